//! One wrapper for any operation that may fail: [`Operation`].

mod instruments;
mod macros;
mod observation;
mod policy;
mod run;

use std::borrow::Cow;
use std::time::Duration;

pub use policy::RetryPolicy;

use crate::attribute::Value;
use crate::context::Context;
use crate::scope::Scope;
use crate::span::{SpanBuilder, SpanKind};

/// An operation about to be carried out, made by [`operation!`](crate::operation!): a call to someone
/// else's service, a job, whatever has a name and may fail.
///
/// In one call it gives
///
/// * one span over all tries, with what the tries do beneath it. It carries `telemetry.outcome`:
///   `success`, `error`, `fallback`, `cancelled` when its future is dropped, `panicked`; `error.type`
///   when it failed; and `telemetry.operation.attempts`;
/// * the histogram `telemetry.operation.duration` in seconds, by `telemetry.operation.name`,
///   `telemetry.outcome` and `error.type`, also for spans that aren't sampled, and labelled with the
///   baggage that
///   [`PipelineBuilder::baggage_attributes`](crate::PipelineBuilder::baggage_attributes) lists;
/// * for each retry the event `telemetry.operation.retry`, at warn, with the measurements `attempt`
///   (the number of the try to come) and `delay_ms`, and the `error.type` that made it necessary; and
///   one more in the counter `telemetry.operation.retries`;
/// * when it failed for good, the error in words, as an [`Exception`](crate::Exception).
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::{RetryPolicy, operation};
///
/// # async fn fetch() -> std::io::Result<u32> { Ok(7) }
/// # async fn handler() -> std::io::Result<()> {
/// let rates = operation!("rates.fetch", "provider" = "ecb")
///     .retry(RetryPolicy::exponential(Duration::from_millis(100)).attempts(3), tokio::time::sleep)
///     .run(|| fetch())
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an operation starts with `run` or `in_scope`"]
pub struct Operation<R = Once> {
    span: SpanBuilder,
    name: Cow<'static, str>,
    scope: &'static Scope,
    exceptions: bool,
    retry: R,
}

/// The operation is tried once.
#[derive(Clone, Copy, Debug)]
pub struct Once(());

/// The operation is tried again by a policy; `S` is what sleeps in between.
#[derive(Clone, Debug)]
pub struct Retry<S> {
    policy: RetryPolicy,
    sleep: S,
}

impl Operation {
    /// An operation of `scope`. The name tells operations apart, not requests: few different ones, as
    /// it is a metric's label too.
    pub fn new(scope: &'static Scope, name: impl Into<Cow<'static, str>>) -> Self {
        let name = name.into();
        let span = SpanBuilder::new(scope, name.clone());
        Self { span, name, scope, exceptions: true, retry: Once(()) }
    }

    /// Tries again after errors that are transient ([`ErrorClass`](crate::ErrorClass)), as `policy`
    /// says. `sleep` waits: for [`run`](Operation::run) a function that gives a future, such as
    /// `tokio::time::sleep`, for [`in_scope`](Operation::in_scope) one that blocks, such as
    /// `std::thread::sleep`.
    pub fn retry<S, P>(self, policy: RetryPolicy, sleep: S) -> Operation<Retry<S>>
    where
        S: Fn(Duration) -> P,
    {
        let Self { span, name, scope, exceptions, .. } = self;
        Operation { span, name, scope, exceptions, retry: Retry { policy, sleep } }
    }
}

impl<R> Operation<R> {
    /// The span's role; internal by default.
    pub fn kind(self, kind: SpanKind) -> Self {
        Self { span: self.span.kind(kind), ..self }
    }

    /// Sets an attribute of the span. It isn't a label of the metrics.
    pub fn attribute<'v>(self, key: &str, value: impl Into<Value<'v>>) -> Self {
        Self { span: self.span.attribute(key, value), ..self }
    }

    /// Starts beneath `parent` instead of the current context, and in its pipeline.
    pub fn parent(self, parent: &Context) -> Self {
        Self { span: self.span.parent(parent), ..self }
    }

    /// Starts a trace of its own.
    pub fn root(self) -> Self {
        Self { span: self.span.root(), ..self }
    }

    /// Records nothing of an error but its class: for those whose messages are nobody's business.
    pub fn without_exceptions(self) -> Self {
        Self { exceptions: false, ..self }
    }
}
