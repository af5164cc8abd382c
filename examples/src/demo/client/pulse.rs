//! [`Pulse`]: whether this process has had a processor all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A task that wants to run often, and notes when it couldn't.
#[derive(Debug, Clone)]
pub(super) struct Pulse {
    begun: Instant,
    /// Milliseconds since then: of the last beat, and of the last one that was late.
    last: Arc<AtomicU64>,
    late: Arc<AtomicU64>,
}

impl Pulse {
    const EVERY: Duration = Duration::from_millis(5);
    /// A beat is late after so many milliseconds.
    const LATE: u64 = 40;

    /// Begins to beat, on the runtime of the caller.
    pub(super) fn start() -> Self {
        let pulse = Self { begun: Instant::now(), last: Arc::default(), late: Arc::default() };
        let beating = pulse.clone();
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Self::EVERY).await;
                let now = beating.millis(Instant::now());
                if now - beating.last.swap(now, Ordering::AcqRel) > Self::LATE {
                    beating.late.store(now, Ordering::Release);
                }
            }
        });
        pulse
    }

    /// Whether no beat was late since then.
    pub(super) fn is_steady_since(&self, since: Instant) -> bool {
        let last = self.last.load(Ordering::Acquire);
        let is_late = self.millis(Instant::now()).saturating_sub(last) > Self::LATE;
        !is_late && self.late.load(Ordering::Acquire) < self.millis(since)
    }

    fn millis(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.begun).as_millis() as u64
    }
}
