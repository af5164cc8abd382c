//! [`Measured`]: what one side used in one round.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What one side used in one round; how a side's process answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Processor time of all the process's threads.
    pub(crate) processor: Duration,
    /// Time that passed.
    pub(crate) elapsed: Duration,
    /// Operations done.
    pub(crate) operations: u64,
    /// Operations that came out whole at the other end; none where nothing was to come out.
    pub(crate) delivered: Option<u64>,
    /// How long half of the operations took at the most, where somebody waits for each.
    pub(crate) latency: Option<Duration>,
    /// By how many bytes the process grew with its first 1,000 operations; none where the system doesn't
    /// say, and where there weren't so many before what is measured.
    pub(crate) grown: Option<u64>,
}

impl Measured {
    /// Processor time of one operation, in nanoseconds.
    pub(crate) fn nanos(&self) -> f64 {
        self.processor.as_nanos() as f64 / self.operations as f64
    }

    /// The share of the operations that was delivered.
    pub(crate) fn delivered(&self) -> f64 {
        self.delivered.map_or(1.0, |delivered| delivered as f64 / self.operations as f64)
    }

    /// The share of the core that the process used.
    pub(crate) fn busy(&self) -> f64 {
        self.processor.as_secs_f64() / self.elapsed.as_secs_f64()
    }
}
