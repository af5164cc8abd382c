use crate::clock::{LocalClock, Ticks};
use crate::context::Frame;

/// Start and end of a span by its local root's clock, in nanoseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Times {
    #[inline]
    pub(super) fn until_now(frame: &Frame, started: Ticks) -> Self {
        let now =
            frame.home.as_ref().map_or_else(Ticks::now, |home| home.shared.options.ticks.now());
        let times = |clock: LocalClock| Self {
            start: clock.unix_nanos(started),
            end: clock.unix_nanos(now),
        };
        frame.clock.map(times).unwrap_or_default()
    }

    pub(super) fn nanos(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}
