use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::clock::TickSource;
use crate::pipeline::PipelineBuilder;

/// A clock that only a test moves: the time of all spans, span events, events and log records of the
/// pipelines that have it. Waiting isn't moved by it (a collector's sweeps, a flush's deadline), nor
/// are the times of metrics.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::testing::{Capture, VirtualClock};
/// use telemetry_core::{Pipeline, span};
///
/// let clock = VirtualClock::new();
/// let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
/// let span = capture.run(|| span!("import").start());
/// clock.advance(Duration::from_secs(3 * 3600));
/// assert_eq!(capture.pipeline().active_spans().iter().next().unwrap().age, span.elapsed());
/// assert_eq!(span.end(), Duration::from_secs(3 * 3600));
/// ```
#[derive(Clone, Debug)]
pub struct VirtualClock {
    unix_nanos: Arc<AtomicU64>,
}

impl VirtualClock {
    /// 2001-09-09T01:46:40Z, a thousand million seconds after the Unix epoch.
    const BEGINNING: Duration = Duration::from_secs(1_000_000_000);

    /// A clock that shows 2001-09-09T01:46:40Z until it is moved. Its clones are the same clock.
    pub fn new() -> Self {
        Self { unix_nanos: Arc::new(AtomicU64::new(nanos(Self::BEGINNING))) }
    }

    /// Moves it forwards.
    pub fn advance(&self, time: Duration) {
        self.unix_nanos.fetch_add(nanos(time), Ordering::Release);
    }

    /// What it shows.
    pub fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.unix_nanos())
    }

    /// What it shows, in nanoseconds since the Unix epoch, as records have it.
    pub fn unix_nanos(&self) -> u64 {
        self.unix_nanos.load(Ordering::Acquire)
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl PipelineBuilder {
    /// Takes the time from a clock that the test moves.
    pub fn virtual_clock(self, clock: &VirtualClock) -> Self {
        self.ticks(TickSource::of(Arc::clone(&clock.unix_nanos)))
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
