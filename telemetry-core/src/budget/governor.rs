use std::time::Duration;

use super::{CpuBudget, Detail};

/// Decides on how much detail there is, by what was spent in one window after the other.
#[derive(Debug)]
pub(crate) struct Governor {
    budget: CpuBudget,
    step: u8,
    /// When the present window began, and what had been spent by then.
    begun: Option<(Duration, Duration)>,
    /// Windows in a row that left enough for more detail.
    calm: u32,
    /// How many of them there must be.
    patience: u32,
    /// Whether the last change brought detail back.
    restored: bool,
}

/// What a window has shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// The share of the budget that was used.
    pub(crate) used: f64,
    /// The step from now on.
    pub(crate) step: u8,
    /// The step so far.
    pub(crate) before: u8,
}

impl Governor {
    /// A step more doubles what is recorded, or so; less than this must be used before it is tried.
    const ENOUGH_LEFT: f64 = 0.4;
    const PATIENCE: u32 = 3;
    /// What can't be borne is tried again ever more seldom: every eight minutes in the end.
    const MOST_PATIENCE: u32 = 48;

    pub(crate) fn new(budget: CpuBudget) -> Self {
        let (calm, patience) = (0, Self::PATIENCE);
        Self { budget, step: 0, begun: None, calm, patience, restored: false }
    }

    /// Whether a window is over, and `spent` must be found out.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        self.begun.is_none_or(|(begun, _)| now.saturating_sub(begun) >= self.budget.window)
    }

    /// Ends a window at the time `now`, by which `spent` has been spent since the start.
    pub(crate) fn judge(&mut self, now: Duration, spent: Duration) -> Option<Verdict> {
        let (begun, spent_before) = self.begun.replace((now, spent))?;
        let passed = now.saturating_sub(begun).as_secs_f64();
        if passed <= 0.0 {
            return None;
        }
        let share = spent.saturating_sub(spent_before).as_secs_f64() / passed;
        let used = share * 100.0 / self.budget.percent;
        let before = self.step;
        if used > 1.0 {
            self.lower();
        } else if used < Self::ENOUGH_LEFT {
            self.restore();
        } else {
            self.calm = 0;
        }
        Some(Verdict { used, step: self.step, before })
    }

    fn lower(&mut self) {
        self.calm = 0;
        if self.restored {
            self.patience = (self.patience * 2).min(Self::MOST_PATIENCE);
        }
        self.restored = false;
        self.step = (self.step + 1).min(Detail::STEPS);
    }

    fn restore(&mut self) {
        self.calm += 1;
        if self.calm < self.patience {
            return;
        }
        self.calm = 0;
        if self.step > 0 {
            self.step -= 1;
            self.restored = true;
        } else {
            // It has been well for as long as it was waited for.
            (self.patience, self.restored) = (Self::PATIENCE, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A governor whose windows all use so much of the budget as `used` says of the step.
    fn run(windows: usize, mut used: impl FnMut(usize, u8) -> f64) -> Vec<u8> {
        let mut governor = Governor::new(CpuBudget::default());
        let (mut now, mut spent) = (Duration::ZERO, Duration::ZERO);
        assert!(governor.is_due(now) && governor.judge(now, spent).is_none());
        let mut steps = Vec::new();
        for window in 0..windows {
            let step = governor.step;
            now += Duration::from_secs(9);
            assert!(!governor.is_due(now));
            now += Duration::from_secs(1);
            assert!(governor.is_due(now));
            let share = used(window, step);
            spent += Duration::from_millis(100).mul_f64(share);
            let verdict = governor.judge(now, spent).unwrap();
            assert!((verdict.used - share).abs() < 1e-6 && verdict.before == step);
            steps.push(verdict.step);
        }
        steps
    }

    #[test]
    fn detail_is_lowered_step_by_step_until_it_is_borne_and_comes_back_in_the_same_steps() {
        let cost = [8.0, 6.0, 3.0, 1.5, 0.9, 0.5, 0.3];
        let steps = run(24, |window, step| {
            if window < 10 { cost[usize::from(step)] } else { cost[usize::from(step)] / 100.0 }
        });
        assert_eq!(steps[..10], [1, 2, 3, 4, 4, 4, 4, 4, 4, 4]);
        assert_eq!(steps[10..], [4, 4, 3, 3, 3, 2, 2, 2, 1, 1, 1, 0, 0, 0]);
    }

    #[test]
    fn what_can_not_be_borne_is_tried_ever_more_seldom() {
        // Full detail is too much, and the first step leaves enough to try it again.
        let steps = run(1000, |_, step| if step == 0 { 1.5 } else { 0.2 });
        let tries: Vec<usize> = (1..1000).filter(|at| steps[*at] < steps[*at - 1]).collect();
        let waits: Vec<usize> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(waits[..6], [7, 13, 25, 49, 49, 49]);
    }

    proptest! {
        #[test]
        fn steps_follow_each_other_and_stay_within_bounds(shares in prop::collection::vec(0.0_f64..3.0, 1..200)) {
            let steps = run(shares.len(), |window, _| shares[window]);
            let mut before = 0_u8;
            for (step, share) in steps.into_iter().zip(shares) {
                prop_assert!(step <= Detail::STEPS && step.abs_diff(before) <= 1);
                prop_assert!(step <= before || share > 1.0);
                prop_assert!(step >= before || share < 0.4);
                before = step;
            }
        }
    }
}
