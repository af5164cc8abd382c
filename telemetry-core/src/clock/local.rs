use super::{ANCHOR, Ticks};

/// The clock of one local root and all spans beneath it: where the ticks stood against the wall clock
/// when the root started, and how long a tick was held to be then.
///
/// Both are refined while the root runs. Its spans keep to what they began with, so that a child can't
/// seem to end after the parent that outlived it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalClock {
    pub(super) ticks: u64,
    pub(super) unix_nanos: u64,
    pub(super) nanos_per_tick: u64,
}

impl LocalClock {
    /// The clock of a root that starts at `ticks`.
    #[inline]
    pub(crate) fn starting(ticks: Ticks) -> Self {
        ANCHOR.local_clock(ticks.0)
    }

    /// The point that lies `nanos` before `ticks`, at the length of a tick that this clock holds to.
    pub(crate) fn before(&self, ticks: Ticks, nanos: u64) -> Ticks {
        let length = u128::from(self.nanos_per_tick).max(1);
        let back = (u128::from(nanos) << 32) / length;
        Ticks(ticks.0.saturating_sub(u64::try_from(back).unwrap_or(u64::MAX)))
    }

    /// Nanoseconds since the Unix epoch; later ticks are never earlier here.
    #[inline]
    pub(crate) fn unix_nanos(&self, ticks: Ticks) -> u64 {
        self.unix_nanos + scale(ticks.0.saturating_sub(self.ticks), self.nanos_per_tick)
    }
}

/// The length of `ticks`.
#[inline]
pub(super) fn scale(ticks: u64, nanos_per_tick: u64) -> u64 {
    ((u128::from(ticks) * u128::from(nanos_per_tick)) >> 32) as u64
}
