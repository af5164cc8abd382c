//! How much processor time telemetry may take ([`CpuBudget`]), and what it leaves out when it takes more.

mod detail;
mod governor;
mod spending;

use std::time::Duration;

pub(crate) use detail::{Detail, KEPT_OF};
pub(crate) use governor::Governor;
pub(crate) use spending::{observe, spent};

/// How much processor time telemetry may take, in per cent of one core. What is over it lowers detail, one
/// step for each window of time; once there is enough left, detail comes back in the same steps.
///
/// | step | left out |
/// |---|---|
/// | 1 | log records and events below [`Severity::Info`](crate::Severity::Info) |
/// | 2 | besides, one half of the traces that begin here |
/// | 3 | three quarters of them |
/// | 4 | all but one in 16, and log records and events below [`Severity::Warn`](crate::Severity::Warn) |
/// | 5 | all but one in 64 |
/// | 6 | all but one in 256, and nothing is [rescued](crate::Tail) |
///
/// Metrics stay whole: instruments always, and views too, since what they need is recorded for them. So
/// do traces that another service has flagged, and what is sampled because somebody asked for it. A trace
/// that is kept says how many it stands for ([`SpanRef::adjusted_count`](crate::SpanRef::adjusted_count)).
///
/// What counts is the time of telemetry's own threads, which Linux tells (elsewhere it can't be known
/// and counts as nothing), and an estimate for the threads of the program: 400 ns for each span or log
/// record, 100 ns for one that isn't recorded. Each change is a [`Notice`](crate::Notice); the metrics
/// `telemetry.cpu.budget.utilization` and `telemetry.detail.step` tell how it stands.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::{CpuBudget, Pipeline};
///
/// let budget = CpuBudget::percent_of_a_core(0.5).expect("above zero");
/// let pipeline = Pipeline::builder().cpu_budget(budget).build()?;
/// assert!(CpuBudget::percent_of_a_core(0.0).is_none() && CpuBudget::percent_of_a_core(101.0).is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "a budget holds for the pipeline that is built with it"]
pub struct CpuBudget {
    percent: f64,
    window: Duration,
}

impl CpuBudget {
    /// So many per cent of one core: above 0, and 100 at the most.
    pub fn percent_of_a_core(percent: f64) -> Option<Self> {
        (percent > 0.0 && percent <= 100.0).then(|| Self { percent, ..Self::default() })
    }

    /// Over how long the time is measured, ten seconds by default and a hundredth of a second at the
    /// least. No step follows another sooner.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window.max(Duration::from_millis(10));
        self
    }

    /// The budget, in per cent of one core.
    pub fn percent(&self) -> f64 {
        self.percent
    }
}

/// One per cent of a core, over ten seconds.
impl Default for CpuBudget {
    fn default() -> Self {
        Self { percent: 1.0, window: Duration::from_secs(10) }
    }
}
