use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::context::{SpanContext, TraceId};
use crate::event::Severity;
use crate::sampling::{Decision, Ratio};

/// How much is recorded at present: all there is at step 0, and at each further one less, as the table at
/// [`CpuBudget`](super::CpuBudget) has it. Changed by the collector alone; whoever makes a record looks at
/// one byte.
#[derive(Debug)]
pub(crate) struct Detail {
    step: AtomicU8,
    /// The number of the least severity that is recorded.
    least_severity: AtomicU8,
    /// The share of the budget that was used last: the bits of a floating-point number.
    used: AtomicU64,
    /// Which traces are kept of those that begin here, for each step that lowers detail.
    shares: Vec<Ratio>,
}

impl Detail {
    /// The last step.
    pub(crate) const STEPS: u8 = KEPT_OF.len() as u8;

    /// All there is, when a budget may lower it.
    pub(crate) fn new(has_budget: bool) -> Self {
        let kept = KEPT_OF.iter().filter(|_| has_budget);
        Self {
            step: AtomicU8::new(0),
            least_severity: AtomicU8::new(0),
            used: AtomicU64::new(0),
            shares: kept.filter_map(|one_in| Ratio::new(1.0 / f64::from(*one_in))).collect(),
        }
    }

    #[inline]
    pub(crate) fn step(&self) -> u8 {
        self.step.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn is_lowered(&self) -> bool {
        self.step() > 0
    }

    /// Whether records of this severity are made.
    #[inline]
    pub(crate) fn takes(&self, severity: Severity) -> bool {
        severity as u8 >= self.least_severity.load(Ordering::Relaxed)
    }

    /// Whether unsampled spans are recorded for the tail's sake.
    #[inline]
    pub(crate) fn rescues(&self) -> bool {
        self.step() < Self::STEPS
    }

    /// What becomes of a sampler's decision on a span: what is beneath a sampled one is left as it is.
    pub(crate) fn lower(
        &self,
        decision: Decision,
        parent: Option<&SpanContext>,
        trace: TraceId,
    ) -> Decision {
        let step = usize::from(self.step());
        let share = step.checked_sub(1).and_then(|index| self.shares.get(index));
        match share {
            Some(share) if !parent.is_some_and(SpanContext::is_sampled) => {
                decision.and(share.decide(trace))
            }
            _ => decision,
        }
    }

    /// Goes to a step.
    pub(crate) fn set(&self, step: u8) {
        let least = match step {
            0 => 0,
            1..=3 => Severity::Info as u8,
            _ => Severity::Warn as u8,
        };
        self.least_severity.store(least, Ordering::Relaxed);
        self.step.store(step, Ordering::Relaxed);
    }

    /// The share of the budget that was used in the last window.
    pub(crate) fn used(&self) -> f64 {
        f64::from_bits(self.used.load(Ordering::Relaxed))
    }

    pub(crate) fn set_used(&self, used: f64) {
        self.used.store(used.to_bits(), Ordering::Relaxed);
    }
}

/// One of how many traces is kept at each step that lowers detail.
pub(crate) const KEPT_OF: [u16; 6] = [1, 2, 4, 16, 64, 256];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::SpanId;
    use crate::ids::IdGenerator;
    use crate::sampling::adjusted_count;

    fn kept(detail: &Detail, own: &Ratio, trace: TraceId) -> Option<f64> {
        match detail.lower(own.decide(trace), None, trace) {
            Decision::Drop => None,
            Decision::Keep => Some(1.0),
            Decision::KeepAt(state) => Some(adjusted_count(&state)),
        }
    }

    #[test]
    fn each_step_keeps_a_part_of_what_the_one_before_kept_and_counts_add_up() {
        let (detail, ids) = (Detail::new(true), IdGenerator::seeded());
        let traces: Vec<TraceId> = (0..100_000).map(|_| ids.trace_id()).collect();
        for own in [1.0, 0.3] {
            let own = Ratio::new(own).unwrap();
            let mut before = traces.len();
            for step in 0..=Detail::STEPS {
                detail.set(step);
                let counts: Vec<f64> =
                    traces.iter().filter_map(|trace| kept(&detail, &own, *trace)).collect();
                assert!(counts.len() <= before, "step {step}");
                before = counts.len();
                // 391 at the least are kept of 100,000: six standard deviations are less than a third.
                let sum: f64 = counts.iter().sum();
                assert!((sum / 100_000.0 - 1.0).abs() < 0.34, "step {step}: {sum}");
            }
        }
    }

    #[test]
    fn what_is_beneath_a_sampled_span_is_kept_whatever_the_step() {
        let (detail, ids) = (Detail::new(true), IdGenerator::seeded());
        detail.set(Detail::STEPS);
        for _ in 0..1000 {
            let trace = ids.trace_id();
            let parent = SpanContext::remote(trace, SpanId::from_u64(1), true);
            assert!(detail.lower(Decision::Keep, Some(&parent), trace).keeps());
        }
    }

    #[test]
    fn severities_are_left_out_from_the_least_on_and_failures_never() {
        let detail = Detail::new(true);
        let taken = |step| {
            detail.set(step);
            let all = [Severity::Trace, Severity::Debug, Severity::Info, Severity::Warn];
            assert!(detail.takes(Severity::Error) && detail.takes(Severity::Fatal));
            all.into_iter().filter(|severity| detail.takes(*severity)).count()
        };
        assert_eq!((0..=Detail::STEPS).map(taken).collect::<Vec<_>>(), [4, 2, 2, 2, 1, 1, 1]);
    }
}
