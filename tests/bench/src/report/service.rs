//! [`ServiceFigures`]: what a caller and the machine's memory see of a side that is a service.

use super::Spread;
use crate::measure::Rounds;

/// What a caller and the machine's memory see of a side: medians over the rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ServiceFigures {
    /// The time that half of the calls take at the most, in nanoseconds.
    pub(super) p50_ns: f64,
    /// How much larger the process was after its first 1,000 operations, in bytes; none where the system
    /// doesn't say.
    pub(super) grown_bytes: Option<f64>,
}

impl ServiceFigures {
    /// None of a side that nobody calls.
    pub(super) fn of(rounds: &Rounds, side: &str) -> Option<Self> {
        let measured = rounds.of(side);
        let mut latencies = Vec::new();
        for one in measured {
            latencies.push(one.latency?.as_nanos() as f64);
        }
        let grown: Vec<f64> = measured.iter().filter_map(|one| Some(one.grown? as f64)).collect();
        (!latencies.is_empty()).then(|| Self {
            p50_ns: Spread::of(latencies).median,
            grown_bytes: (!grown.is_empty()).then(|| Spread::of(grown).median),
        })
    }
}
