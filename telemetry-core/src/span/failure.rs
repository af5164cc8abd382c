use std::error::Error;

use super::{Span, Status};
use crate::error::{ErrorClass, Exception};
use crate::semconv;

/// How an operation ends that doesn't simply succeed.
impl Span {
    /// Marks the span as failed: status error without a description, and `error.type`, which must be
    /// of few different values.
    pub fn set_error(&mut self, error_type: &str) {
        self.set_status(Status::ERROR);
        self.set(semconv::error::TYPE, error_type);
    }

    /// Marks the span as failed by `error`: its class as `error.type`. The message isn't recorded; it
    /// may hold what nobody meant to store.
    pub fn fail(&mut self, error: &(dyn Error + 'static)) {
        if self.is_recording() {
            self.set_error(&ErrorClass::of(error).error_type);
        }
    }

    /// Marks the span as failed by an error of this class.
    pub fn fail_as(&mut self, class: &ErrorClass) {
        self.set_error(&class.error_type);
    }

    /// Marks the span as got through by other means, since what was tried first failed with an error
    /// of this class: the outcome `fallback`, and a span event `telemetry.fallback` with the
    /// `error.type`. The status stays, for the operation itself hasn't failed.
    ///
    /// ```
    /// use std::io;
    /// use telemetry_core::{ErrorClass, span};
    ///
    /// # fn fetch() -> io::Result<u32> { Err(io::ErrorKind::TimedOut.into()) }
    /// let mut span = span!("rates.fetch").start();
    /// let rate = span.in_scope(fetch).unwrap_or_else(|error| {
    ///     span.fall_back(&ErrorClass::of(&error));
    ///     1
    /// });
    /// # assert_eq!(rate, 1);
    /// ```
    pub fn fall_back(&mut self, class: &ErrorClass) {
        self.add_event("telemetry.fallback", &[(semconv::error::TYPE, (&class.error_type).into())]);
        self.set_outcome("fallback");
    }

    /// Sets `telemetry.outcome`, for ends that are neither success nor error: `cancelled`,
    /// `client_disconnected`.
    pub fn set_outcome(&mut self, outcome: &'static str) {
        self.set(semconv::telemetry::OUTCOME, outcome);
    }

    /// Records `exception` as a log record with this span's ids and, where
    /// [`PipelineBuilder::exception_span_events`](crate::PipelineBuilder::exception_span_events) asks
    /// for it, as a span event too. The span isn't marked as failed by it: an error that was dealt
    /// with is none of the operation's.
    pub fn record_exception(&mut self, exception: &Exception) {
        exception.emit_in(self.context());
        self.add_exception(exception);
    }

    /// Adds the span event that stands for `exception`, where those are asked for.
    pub(crate) fn add_exception(&mut self, exception: &Exception) {
        let frame = self.context().0.as_deref();
        let home = frame.and_then(|frame| frame.home.as_ref());
        let as_event = home.is_some_and(|home| home.shared.options.exception_span_events);
        if as_event && self.is_recording() {
            let attributes = exception.attributes();
            self.add_event(Exception::NAME, &attributes.map(|(key, value)| (key, value.into())));
        }
    }
}
