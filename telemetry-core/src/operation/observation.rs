use std::borrow::Cow;
use std::thread;
use std::time::{Duration, Instant};

use super::instruments::INSTRUMENTS;
use super::{Operation, RetryPolicy};
use crate::attribute::Value;
use crate::context::Context;
use crate::error::{Classify, ErrorClass, Exception};
use crate::event::{Event, Severity};
use crate::pipeline::Pipeline;
use crate::scope::Scope;
use crate::semconv;
use crate::span::Span;

/// An operation under way: span, metrics and events come from here. It ends once, with an outcome; if
/// nobody says which, it was broken off.
#[derive(Debug)]
pub(super) struct Observation {
    /// None after the end.
    span: Option<Span>,
    name: Cow<'static, str>,
    scope: &'static Scope,
    exceptions: bool,
    attempts: u32,
    started: Instant,
}

impl Observation {
    pub(super) fn start<R>(operation: Operation<R>) -> (Self, R) {
        let Operation { span, name, scope, exceptions, retry } = operation;
        let span = Some(span.start());
        let started = Instant::now();
        (Self { span, name, scope, exceptions, attempts: 0, started }, retry)
    }

    /// The span's context.
    pub(super) fn context(&self) -> Context {
        self.span.as_ref().map(|span| span.context().clone()).unwrap_or_default()
    }

    /// One more try, of which this is the beginning.
    pub(super) fn attempt<O>(&mut self, work: impl FnOnce() -> O) -> O {
        self.attempts += 1;
        self.within(work)
    }

    /// Runs something that isn't a try of its own.
    pub(super) fn within<O>(&self, work: impl FnOnce() -> O) -> O {
        match &self.span {
            Some(span) => span.in_scope(work),
            None => work(),
        }
    }

    /// How long to wait before the next try after an error of this class; none when there is to be
    /// none.
    pub(super) fn next_delay(&self, policy: &RetryPolicy, class: &ErrorClass) -> Option<Duration> {
        if !class.transient {
            return None;
        }
        let delay = policy.next(self.attempts, self.started.elapsed())?;
        let context = self.context();
        Event::new(self.scope, semconv::telemetry::OPERATION_RETRY)
            .severity(Severity::Warn)
            .context(&context)
            .attribute("attempt", self.attempts + 1)
            .attribute("delay_ms", u64::try_from(delay.as_millis()).unwrap_or(u64::MAX))
            .attribute(semconv::telemetry::OPERATION_NAME, &self.name)
            .attribute(semconv::error::TYPE, &class.error_type)
            .emit();
        let labels = [
            (semconv::telemetry::OPERATION_NAME, Value::from(&self.name)),
            (semconv::error::TYPE, Value::from(&class.error_type)),
        ];
        self.measure(&labels, |instruments, labels| instruments.retries.add(1, labels));
        Some(delay)
    }

    /// The error in words.
    pub(super) fn note<By, E: Classify<By>>(&mut self, error: &E, class: &ErrorClass) {
        if let Some(span) = self.span.as_mut().filter(|_| self.exceptions) {
            span.record_exception(&Exception::classed(error, class));
        }
    }

    pub(super) fn succeed(&mut self) {
        self.end("success", None, |_| {});
    }

    pub(super) fn fail(&mut self, class: &ErrorClass) {
        self.end("error", Some(&class.error_type), |_| {});
    }

    pub(super) fn fall_back(&mut self, class: &ErrorClass) {
        self.end("fallback", None, |span| span.fall_back(class));
    }

    fn end(&mut self, outcome: &'static str, error: Option<&str>, say: impl FnOnce(&mut Span)) {
        let Some(mut span) = self.span.take() else {
            return;
        };
        say(&mut span);
        span.set_outcome(outcome);
        if let Some(error_type) = error {
            span.set_error(error_type);
        }
        span.set(semconv::telemetry::OPERATION_ATTEMPTS, self.attempts);
        let labels = [
            (semconv::telemetry::OPERATION_NAME, Value::from(&self.name)),
            (semconv::telemetry::OUTCOME, Value::from(outcome)),
            (semconv::error::TYPE, Value::from(error)),
        ];
        span.end_with(|took, context| {
            measure_in(context, &labels, |instruments, labels| {
                instruments.duration.record_in(took.as_secs_f64(), labels, context);
            });
        });
    }

    fn measure(
        &self,
        labels: &[(&str, Value<'_>)],
        record: impl FnOnce(&super::instruments::OperationInstruments, &[(&str, Value<'_>)]),
    ) {
        if let Some(span) = &self.span {
            measure_in(span.context(), labels, record);
        }
    }
}

/// Records in the context's pipeline, with the labels and those that its baggage has.
fn measure_in(
    context: &Context,
    labels: &[(&str, Value<'_>)],
    record: impl FnOnce(&super::instruments::OperationInstruments, &[(&str, Value<'_>)]),
) {
    let home = context.0.as_deref().and_then(|frame| frame.home.clone());
    let Some(pipeline) = home.map(Pipeline::of_ring).or_else(Pipeline::current) else {
        return;
    };
    if context.baggage().is_empty() {
        return INSTRUMENTS.with(&pipeline, |instruments| record(instruments, labels));
    }
    let listed = context.baggage().listed(&pipeline.options().baggage_attributes);
    // What comes last counts, and ours does.
    let all: Vec<(&str, Value<'_>)> =
        listed.map(|(key, value)| (key, Value::Str(value))).chain(labels.iter().copied()).collect();
    INSTRUMENTS.with(&pipeline, |instruments| record(instruments, &all));
}

impl Drop for Observation {
    fn drop(&mut self) {
        if thread::panicking() {
            self.end("panicked", Some("panic"), |_| {});
        } else {
            self.end("cancelled", None, |_| {});
        }
    }
}
