#[cfg(any(test, feature = "testing"))]
use std::sync::Arc;
#[cfg(any(test, feature = "testing"))]
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{LocalClock, Ticks};

/// Where a pipeline has its time from: the clock of the machine, or one that a test moves.
#[derive(Clone, Debug, Default)]
pub(crate) struct TickSource {
    /// Nanoseconds since the Unix epoch, one a tick.
    #[cfg(any(test, feature = "testing"))]
    moved: Option<Arc<AtomicU64>>,
}

impl TickSource {
    /// A clock that shows what is stored here.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn of(unix_nanos: Arc<AtomicU64>) -> Self {
        Self { moved: Some(unix_nanos) }
    }

    /// The present.
    #[inline]
    pub(crate) fn now(&self) -> Ticks {
        #[cfg(any(test, feature = "testing"))]
        if let Some(moved) = &self.moved {
            return Ticks(moved.load(Ordering::Acquire));
        }
        Ticks::now()
    }

    /// `known`, a point that was noted before it was known whose clock counts, or the present.
    #[inline]
    pub(crate) fn or_now(&self, known: Option<Ticks>) -> Ticks {
        #[cfg(any(test, feature = "testing"))]
        if self.moved.is_some() {
            return self.now();
        }
        known.unwrap_or_else(Ticks::now)
    }

    /// The clock of a root that starts at `ticks`.
    #[inline]
    pub(crate) fn local_clock(&self, ticks: Ticks) -> LocalClock {
        #[cfg(any(test, feature = "testing"))]
        if self.moved.is_some() {
            return LocalClock { ticks: ticks.0, unix_nanos: ticks.0, nanos_per_tick: 1 << 32 };
        }
        LocalClock::starting(ticks)
    }

    /// What `clock` says now, or, without one, the wall clock: nanoseconds since the Unix epoch.
    #[inline]
    pub(crate) fn unix_nanos(&self, clock: Option<LocalClock>) -> u64 {
        let now = self.now();
        match clock {
            Some(clock) => clock.unix_nanos(now),
            #[cfg(any(test, feature = "testing"))]
            None if self.moved.is_some() => now.0,
            None => now.unix_nanos(),
        }
    }

    /// The time from one point to a later one.
    pub(crate) fn between(&self, earlier: Ticks, later: Ticks) -> Duration {
        let clock = self.local_clock(earlier);
        Duration::from_nanos(clock.unix_nanos(later) - clock.unix_nanos(earlier))
    }
}
