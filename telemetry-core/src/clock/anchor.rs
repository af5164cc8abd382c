use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::local::{LocalClock, scale};
use super::moment::Moment;

/// Where the ticks stand against the wall clock, readable without a lock.
///
/// A sequence lock of atomics: the writer makes `sequence` odd while it writes, a reader that saw an
/// odd or a changed number reads again.
pub(super) struct Anchor {
    sequence: AtomicU64,
    ticks: AtomicU64,
    unix_nanos: AtomicU64,
    /// Nanoseconds a tick, times 2^32.
    nanos_per_tick: AtomicU64,
    /// Where the measuring of the tick's length began; none where a tick is a nanosecond.
    beginning: OnceLock<Option<(u64, Instant)>>,
    writer: Mutex<()>,
}

impl Anchor {
    pub(super) const fn new() -> Self {
        Self {
            sequence: AtomicU64::new(0),
            ticks: AtomicU64::new(0),
            unix_nanos: AtomicU64::new(0),
            nanos_per_tick: AtomicU64::new(1 << 32),
            beginning: OnceLock::new(),
            writer: Mutex::new(()),
        }
    }

    /// Begins to measure the tick's length.
    pub(super) fn begin(&self, moment: &Moment) {
        self.beginning.get_or_init(|| Some((moment.ticks, moment.instant)));
    }

    /// Says that a tick is a nanosecond.
    pub(super) fn begin_nanoseconds(&self) {
        self.beginning.get_or_init(|| None);
    }

    /// Sets the clock by `moment`.
    pub(super) fn set(&self, moment: &Moment) {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let nanos_per_tick = self.measured(moment);
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.ticks.store(moment.ticks, Ordering::Relaxed);
        self.unix_nanos.store(moment.unix_nanos, Ordering::Relaxed);
        self.nanos_per_tick.store(nanos_per_tick, Ordering::Relaxed);
        self.sequence.store(sequence + 2, Ordering::Release);
    }

    fn measured(&self, moment: &Moment) -> u64 {
        let Some(Some((first, beginning))) = self.beginning.get() else {
            return 1 << 32;
        };
        let nanos = moment.instant.saturating_duration_since(*beginning).as_nanos();
        let passed = u128::from(moment.ticks.saturating_sub(*first)).max(1);
        ((nanos << 32) / passed) as u64
    }

    /// How long so many ticks are held to be.
    #[inline]
    pub(super) fn nanos(&self, ticks: u64) -> u64 {
        scale(ticks, self.nanos_per_tick.load(Ordering::Relaxed))
    }

    /// The wall-clock time of `ticks`.
    #[inline]
    pub(super) fn unix_nanos(&self, ticks: u64) -> u64 {
        self.local_clock(ticks).unix_nanos
    }

    /// A clock that says of `ticks` what this one says now, and keeps to it.
    #[inline]
    pub(super) fn local_clock(&self, ticks: u64) -> LocalClock {
        loop {
            let before = self.sequence.load(Ordering::Acquire);
            let anchor = self.ticks.load(Ordering::Relaxed);
            let anchored_at = self.unix_nanos.load(Ordering::Relaxed);
            let nanos_per_tick = self.nanos_per_tick.load(Ordering::Relaxed);
            fence(Ordering::Acquire);
            if before & 1 == 0 && before == self.sequence.load(Ordering::Relaxed) {
                let unix_nanos = if ticks >= anchor {
                    anchored_at.wrapping_add(scale(ticks - anchor, nanos_per_tick))
                } else {
                    anchored_at.saturating_sub(scale(anchor - ticks, nanos_per_tick))
                };
                return LocalClock { ticks, unix_nanos, nanos_per_tick };
            }
            std::hint::spin_loop();
        }
    }
}
