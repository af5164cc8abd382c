//! An invocation under way.

use std::{
    borrow::Cow,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use telemetry_core::{
    Context, Span,
    semconv::{error, gen_ai, telemetry},
};

use super::{Kind, counts::Counts};
use crate::{instruments::AiInstruments, names};

/// An agent, workflow, node or tool under way; made by [`Invocation::start`](super::Invocation).
///
/// It ends exactly once, by [`end`](Self::end) or when it is dropped, which means that it was
/// cancelled.
///
/// ```
/// use telemetry_ai::Invocation;
///
/// let mut tool = Invocation::tool("search").start();
/// let found = tool.context().in_scope(|| 7);
/// if found == 0 {
///     tool.fail("nothing_found");
/// }
/// tool.end();
/// ```
#[derive(Debug)]
#[must_use = "an invocation that is dropped was cancelled"]
pub struct Running {
    /// `None` after the end.
    span: Option<Span>,
    context: Context,
    instruments: Option<Arc<AiInstruments>>,
    kind: Kind,
    name: Cow<'static, str>,
    failure: Option<Cow<'static, str>>,
    /// Of an agent.
    counts: Option<Arc<Counts>>,
}

impl Running {
    pub(super) fn new(
        span: Span,
        instruments: Option<Arc<AiInstruments>>,
        kind: Kind,
        name: Cow<'static, str>,
    ) -> Self {
        let context = span.context().clone();
        let counts = (kind == Kind::Agent).then(Arc::default);
        Self { span: Some(span), context, instruments, kind, name, failure: None, counts }
    }

    pub(super) fn counts(&self) -> Option<Arc<Counts>> {
        self.counts.clone()
    }

    /// The context in which its span is current.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// It has failed. `error_type` must be of few different values, and never a message.
    pub fn fail(&mut self, error_type: impl Into<Cow<'static, str>>) {
        self.failure.get_or_insert(error_type.into());
    }

    /// Ends it, and says how long it took.
    pub fn end(mut self) -> Duration {
        self.finish(None)
    }

    /// Another attribute, of nodes.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        if let Some(span) = &mut self.span {
            span.set(name, value);
        }
    }

    fn finish(&mut self, outcome: Option<&'static str>) -> Duration {
        let Some(mut span) = self.span.take() else {
            return Duration::ZERO;
        };
        let failure = self.failure.as_deref();
        if let Some(error_type) = failure {
            span.set_error(error_type);
        } else if let Some(outcome) = outcome {
            span.set_outcome(outcome);
        }
        let duration = span.end();
        let Some(instruments) = &self.instruments else {
            return duration;
        };
        let histogram = match self.kind {
            Kind::Tool => &instruments.execute_tool_duration,
            Kind::Agent => &instruments.invoke_agent_duration,
            Kind::Workflow => &instruments.workflow_duration,
            Kind::Node => &instruments.node_duration,
            Kind::CreateAgent => &instruments.operation_duration,
        };
        // Names come from the application's code; those beyond a bound become one, like models.
        let admitted = instruments.accounts.admits_model(Some(&self.name));
        let name = if admitted { &*self.name } else { "_other" };
        let outcome = outcome.filter(|_| failure.is_none());
        let labels = [
            (gen_ai::OPERATION_NAME, self.kind.operation().into()),
            (self.kind.name_attribute(), name.into()),
            (error::TYPE, failure.into()),
            (telemetry::OUTCOME, outcome.into()),
        ];
        // The conventions give the operation's name to none but client operations.
        let own = if self.kind == Kind::CreateAgent { &labels[..] } else { &labels[1..] };
        histogram.record_in(duration.as_secs_f64(), own, &self.context);
        if let Some(counts) = &self.counts {
            let label = [(names::AGENT_NAME, name.into())];
            for (histogram, count) in [
                (&instruments.agent_inference_calls, &counts.inference_calls),
                (&instruments.agent_tool_calls, &counts.tool_calls),
            ] {
                #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
                histogram.record_in(count.load(Ordering::Relaxed) as f64, &label, &self.context);
            }
        }
        duration
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.span.is_some() {
            let panicking = std::thread::panicking();
            if panicking {
                self.failure.get_or_insert(Cow::Borrowed("panic"));
            }
            self.finish(Some(if panicking { "panicked" } else { names::CANCELLED }));
        }
    }
}
