use std::time::Duration;

use super::Span;
use super::times::Times;
use crate::context::Context;

/// A moment in a span's life, read from its clock once for all who need it: what the span is told at
/// its end, what is measured, and the end itself. Made by [`Span::moment`].
///
/// ```
/// use telemetry_core::{Pipeline, Scope, span};
///
/// static SCOPE: Scope = Scope::new("my-queue-client", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let duration = pipeline.meter(&SCOPE).histogram("queue.send.duration").unit("s").build();
/// let mut span = pipeline.scoped(|| span!("send").start());
///
/// let end = span.moment();
/// span.set("queue.slow", end.elapsed().as_millis() > 100);
/// span.end_at(end, |context| {
///     duration.record_in(end.elapsed().as_secs_f64(), &[], context);
/// });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanMoment(Times);

impl SpanMoment {
    /// How long the span had been running; zero without a pipeline.
    #[inline]
    pub fn elapsed(self) -> Duration {
        Duration::from_nanos(self.0.nanos())
    }

    /// When the span started, in nanoseconds since the Unix epoch by the clock of its local root, so that
    /// what is read from spans beneath one root can be compared; zero without a pipeline.
    #[inline]
    pub fn start_unix_nanos(self) -> u64 {
        self.0.start
    }

    /// The moment, in the same way.
    #[inline]
    pub fn unix_nanos(self) -> u64 {
        self.0.end
    }
}

impl Span {
    /// The present, by the span's own clock.
    #[inline]
    pub fn moment(&self) -> SpanMoment {
        let frame = self.context.0.as_deref().filter(|_| self.counted);
        SpanMoment(frame.map(|frame| Times::until_now(frame, self.started)).unwrap_or_default())
    }

    /// Ends the span as of `moment`, one of its own, and shows `measure` its context, as
    /// [`Span::end_with`] does. The clock isn't read again.
    #[inline]
    pub fn end_at<R>(mut self, moment: SpanMoment, measure: impl FnOnce(&Context) -> R) -> R {
        self.finish_with(Some(moment.0), |_, context| measure(context))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::span;
    use crate::testing::Capture;

    #[test]
    fn a_span_ends_at_the_moment_that_was_read() {
        let capture = Capture::start();
        let end = capture.run(|| {
            let span = span!("work").start();
            let end = span.moment();
            while span.elapsed() < end.elapsed() + Duration::from_micros(50) {
                std::hint::spin_loop();
            }
            span.end_at(end, |context| assert!(context.trace_id().is_some()));
            end
        });
        let span = &capture.spans()[0];
        let took = span.end_unix_nanos - span.start_unix_nanos;
        assert_eq!(Duration::from_nanos(took), end.elapsed());
        assert_eq!(u128::from(end.unix_nanos() - end.start_unix_nanos()), end.elapsed().as_nanos());
    }

    #[test]
    fn without_a_pipeline_a_moment_is_nothing() {
        let span = span!("work").start();
        let moment = span.moment();
        assert_eq!((moment.elapsed(), moment.unix_nanos()), (Duration::ZERO, 0));
        span.end_at(moment, |context| assert!(context.trace_id().is_none()));
    }
}
