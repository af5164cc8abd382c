use std::time::Duration;

use super::{ANCHOR, Ticks};

/// Measures a stretch of time by the clock that spans have, for what is measured without a span: cheaper
/// than [`Instant`](std::time::Instant) where the processor's counter can be read.
///
/// ```
/// use telemetry_core::{BoundHistogram, Stopwatch};
///
/// fn timed<R>(duration: &BoundHistogram, work: impl FnOnce() -> R) -> R {
///     let stopwatch = Stopwatch::start();
///     let result = work();
///     duration.record(stopwatch.elapsed().as_secs_f64());
///     result
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Ticks);

impl Stopwatch {
    /// Starts now.
    #[inline]
    #[must_use = "a stopwatch that nobody reads measures nothing"]
    pub fn start() -> Self {
        Self(Ticks::now())
    }

    /// The time since the start, on whatever thread, at the length that a tick of the clock is held to have now.
    #[inline]
    pub fn elapsed(self) -> Duration {
        let ticks = Ticks::now().0.saturating_sub(self.0.0);
        Duration::from_nanos(ANCHOR.nanos(ticks))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_stopwatch_measures_what_the_system_measures() {
        // A thread that is suspended between the two looks measures its pause: one of many won't be.
        let agree = (0..100).any(|_| {
            let (stopwatch, instant) = (Stopwatch::start(), Instant::now());
            while instant.elapsed() < Duration::from_millis(2) {
                std::hint::spin_loop();
            }
            let ratio = stopwatch.elapsed().as_secs_f64() / instant.elapsed().as_secs_f64();
            (0.9..1.1).contains(&ratio)
        });
        assert!(agree);
    }
}
