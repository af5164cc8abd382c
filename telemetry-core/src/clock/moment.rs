use std::time::Instant;

use super::system_unix_nanos;

/// What all clocks show at one moment.
pub(super) struct Moment {
    pub(super) ticks: u64,
    pub(super) instant: Instant,
    pub(super) unix_nanos: u64,
}

impl Moment {
    const READINGS: usize = 8;

    /// The closest of a few readings. A thread that is suspended between two clocks would take its
    /// pause for a difference between them, which on a busy machine is milliseconds.
    pub(super) fn read(ticks: impl Fn() -> u64) -> Self {
        let reading = || {
            let before = ticks();
            let (instant, unix_nanos) = (Instant::now(), system_unix_nanos());
            let took = ticks().saturating_sub(before);
            (took, Self { ticks: before + took / 2, instant, unix_nanos })
        };
        let mut closest = reading();
        for _ in 1..Self::READINGS {
            let another = reading();
            if another.0 < closest.0 {
                closest = another;
            }
        }
        closest.1
    }
}
