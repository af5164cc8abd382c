use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

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

    /// Says that at `instant` the counter stood at `ticks`.
    pub(super) fn begin(&self, ticks: u64, instant: Instant) {
        self.beginning.get_or_init(|| Some((ticks, instant)));
    }

    /// Says that a tick is a nanosecond.
    pub(super) fn begin_nanoseconds(&self) {
        self.beginning.get_or_init(|| None);
    }

    /// Says that it is `unix_nanos` now, when the ticks are at `ticks`.
    pub(super) fn set(&self, ticks: u64, unix_nanos: u64) {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let nanos_per_tick = self.measured(ticks);
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        self.ticks.store(ticks, Ordering::Relaxed);
        self.unix_nanos.store(unix_nanos, Ordering::Relaxed);
        self.nanos_per_tick.store(nanos_per_tick, Ordering::Relaxed);
        self.sequence.store(sequence + 2, Ordering::Release);
    }

    fn measured(&self, ticks: u64) -> u64 {
        let Some(Some((first, instant))) = self.beginning.get() else {
            return 1 << 32;
        };
        let nanos = instant.elapsed().as_nanos();
        let passed = u128::from(ticks.saturating_sub(*first)).max(1);
        ((nanos << 32) / passed) as u64
    }

    /// The length of `ticks` in nanoseconds.
    #[inline]
    pub(super) fn nanos(&self, ticks: u64) -> u64 {
        scale(ticks, self.nanos_per_tick.load(Ordering::Relaxed))
    }

    /// The wall-clock time of `ticks`.
    #[inline]
    pub(super) fn unix_nanos(&self, ticks: u64) -> u64 {
        loop {
            let before = self.sequence.load(Ordering::Acquire);
            let anchor = self.ticks.load(Ordering::Relaxed);
            let unix_nanos = self.unix_nanos.load(Ordering::Relaxed);
            let length = self.nanos_per_tick.load(Ordering::Relaxed);
            fence(Ordering::Acquire);
            if before & 1 == 0 && before == self.sequence.load(Ordering::Relaxed) {
                return if ticks >= anchor {
                    unix_nanos.wrapping_add(scale(ticks - anchor, length))
                } else {
                    unix_nanos.saturating_sub(scale(anchor - ticks, length))
                };
            }
            std::hint::spin_loop();
        }
    }
}

#[inline]
fn scale(ticks: u64, nanos_per_tick: u64) -> u64 {
    ((u128::from(ticks) * u128::from(nanos_per_tick)) >> 32) as u64
}
