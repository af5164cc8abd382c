//! One call of a model, observed.

mod budgets;
mod builder;
mod describe;
mod handle;
mod labels;
mod measure;
mod reading;
mod record;
mod unfinished;

use std::{borrow::Cow, sync::Arc, time::Duration};

pub use builder::CallBuilder;
pub use handle::CostHandle;
use record::Ending;
use telemetry_core::{BoundHistogram, Context, Span};
pub(crate) use unfinished::Unfinished;

use crate::{
    AiCost, ModelPrice, Operation, Provider, RequestParameters, Settings, Usage,
    attribution::Attributed,
    content::Recorded,
    instruments::AiInstruments,
    provider::{HeaderLookup, Stated, Step, Target, Wire, headroom},
    stream::{Reading, Reply},
    usage::Terms,
};

/// A call of a model under way: the one observation from which its span, metrics and cost are made.
///
/// Whoever carries the call out owns it: first the future, then the body or stream of the response.
/// It ends exactly once, by [`end`](Self::end) or when it is dropped. A call that is dropped before
/// its response was complete was cancelled: it keeps the usage it has, and its cost is a lower
/// bound.
///
/// The middleware makes one for each request that it recognises. Clients that it can't see are
/// observed with the same few calls:
///
/// ```
/// use telemetry_ai::{Call, Operation, Provider, Usage};
///
/// # fn main() {
/// let mut call = Call::builder(Operation::CHAT, Provider::OLLAMA)
///     .model("llama3.2")
///     .server("localhost", 11434)
///     .start();
/// // ... for each piece of a stream:
/// call.chunk();
/// // ... at its end:
/// let mut usage = Usage::default();
/// usage.input_tokens = Some(26);
/// usage.output_tokens = Some(298);
/// call.usage(&usage);
/// call.finish_reason(0, "stop");
/// let cost = call.end();
/// # assert!(cost.is_none(), "nothing is observed without a pipeline");
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a call that is dropped was cancelled"]
pub struct Call {
    /// `None` without a pipeline, and after the end.
    observed: Option<Box<Observed>>,
}

#[derive(Debug)]
struct Observed {
    span: Span,
    instruments: Arc<AiInstruments>,
    settings: Settings,
    operation: Operation,
    provider: Provider,
    request: RequestParameters,
    server: Option<(Cow<'static, str>, Option<u16>)>,
    attributed: Attributed,
    wire: Wire,
    /// What the URL and the user's rules say of the price.
    terms: Terms,
    reading: Option<Reading>,
    reply: Reply,
    first_chunk: Option<Duration>,
    last_chunk: Option<Duration>,
    /// The series of the times between chunks, once there were two.
    chunk_times: Option<BoundHistogram>,
    attempts: u32,
    failure: Option<Cow<'static, str>>,
    unavailable: Option<&'static str>,
    /// The request was answered with a status of failure.
    refused: bool,
    /// The hash of the prompt's beginning, if it is long enough to be cached.
    prefix: Option<u64>,
    /// A price for this call alone.
    price: Option<Box<ModelPrice>>,
    /// Content, where it is asked for.
    recorded: Option<Recorded>,
    handle: CostHandle,
}

impl Call {
    /// Describes a call about to start.
    pub fn builder(operation: Operation, provider: Provider) -> CallBuilder {
        CallBuilder::new(operation, provider)
    }

    /// Whether anybody listens. Without a pipeline, everything here does nothing.
    #[must_use]
    pub fn is_observed(&self) -> bool {
        self.observed.is_some()
    }

    /// The context in which the call's span is current: what is started in it is the span's child.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.observed.as_deref().map(|observed| observed.span.context())
    }

    /// A handle that the call's cost will be put into.
    #[must_use]
    pub fn cost_handle(&self) -> CostHandle {
        let handle = self.observed.as_deref().map(|observed| observed.handle.clone());
        handle.unwrap_or_default()
    }

    /// A piece of a streamed response has arrived. The first one's time is kept, and the time
    /// between this and the one before is entered in `gen_ai.client.inference.time_per_output_chunk`.
    pub fn chunk(&mut self) {
        if let Some(observed) = self.observed.as_deref_mut() {
            observed.chunks(1);
        }
    }

    /// The response's id.
    pub fn response_id(&mut self, id: &str) {
        self.with_reply(|reply| reply.set_id(Some(id)));
    }

    /// The model that answered.
    pub fn response_model(&mut self, model: &str) {
        self.with_reply(|reply| reply.set_model(Some(model)));
    }

    /// The service tier that the response names; it decides the price.
    pub fn service_tier(&mut self, tier: &str) {
        self.with_reply(|reply| reply.set_service_tier(Some(tier)));
    }

    /// Why a choice ended: `stop`, `length`, `tool_calls`, ...
    pub fn finish_reason(&mut self, choice: u32, reason: &str) {
        self.with_reply(|reply| reply.choice(choice, Some(reason)));
    }

    /// What the call has used so far. The last value of each field holds; nothing is added up.
    pub fn usage(&mut self, usage: &Usage) {
        self.with_reply(|reply| reply.usage(Some(usage.clone())));
    }

    /// The call has failed. `error_type` must be of few different values, and never a message.
    pub fn fail(&mut self, error_type: impl Into<Cow<'static, str>>) {
        if let Some(observed) = self.observed.as_deref_mut() {
            observed.failure.get_or_insert(error_type.into());
        }
    }

    /// Ends the call, and says what it cost; `None` without a pipeline.
    ///
    /// The response was received whole, unless [`fail`](Self::fail) was called. A response that
    /// tells of a job under way doesn't end the call, and there is no cost yet: it is kept with the
    /// [`Jobs`](crate::Jobs) of its settings until the job ends.
    pub fn end(mut self) -> Option<AiCost> {
        self.finish(Ending::Completed)
    }

    /// One more attempt is made at the same call; it follows one that failed and was retried.
    ///
    /// The span covers them all; `telemetry.gen_ai.attempts` says how many there were.
    ///
    /// ```
    /// use telemetry_ai::{Call, Operation, Provider};
    ///
    /// let mut call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o").start();
    /// call.attempt(); // The first one failed with 503.
    /// call.end();
    /// ```
    pub fn attempt(&mut self) {
        if let Some(observed) = self.observed.as_deref_mut() {
            observed.attempts = observed.attempts.saturating_add(1);
        }
    }

    /// A call of what was recognised, described by what its body says.
    pub(crate) fn of_target(target: &Target, body: &[u8]) -> CallBuilder {
        let mut parameters = RequestParameters {
            model: None,
            stream: target.stream,
            interface: target.interface,
            ..RequestParameters::default()
        };
        parameters.read_into(target.wire.request, body);
        if target.model.is_some() {
            parameters.model.clone_from(&target.model);
        }
        let operation = parameters.operation.take().unwrap_or_else(|| target.operation.clone());
        CallBuilder::new(operation, target.provider.clone()).target(target).parameters(parameters)
    }

    /// What the request asks for has become known after the start.
    #[cfg(feature = "tower")]
    pub(crate) fn asked(&mut self, mut parameters: RequestParameters) {
        let Some(observed) = self.observed.as_deref_mut() else {
            return;
        };
        parameters.model = observed.request.model.take().or(parameters.model);
        parameters.interface = observed.request.interface;
        if let Some(operation) = parameters.operation.take() {
            observed.operation = operation;
        }
        observed.request = parameters;
        observed.describe_request();
    }

    /// Takes over what status and headers of the response say.
    pub(crate) fn headers(
        &mut self,
        status: u16,
        stated: &[(Cow<'static, str>, Stated)],
        headers: HeaderLookup<'_>,
    ) {
        let Some(observed) = self.observed.as_deref_mut() else {
            return;
        };
        observed.measure_headroom(&headroom(headers));
        let protocol = observed.wire.protocol;
        protocol.headers(headers, &mut observed.reply);
        observed.refused = status >= 400;
        protocol.status(&Step::Call, status, &mut observed.reply);
        observed.reply.take_stated(stated, headers);
    }

    /// Ends the call now, though it is still owned. Later calls do nothing.
    pub(crate) fn complete(&mut self) {
        self.finish(Ending::Completed);
    }

    /// Whether a stream was asked for.
    pub(crate) fn expects_stream(&self) -> bool {
        self.observed.as_deref().is_some_and(|observed| observed.request.stream)
    }

    /// The response is a stream, whatever the request said; its body may not have been readable.
    pub(crate) fn is_streamed(&mut self) {
        if let Some(observed) = self.observed.as_deref_mut() {
            observed.request.stream = true;
            observed.span.set(telemetry_core::semconv::gen_ai::REQUEST_STREAM, true);
        }
    }

    /// Why the body can't be read for its usage.
    pub(crate) fn usage_unavailable(&mut self, reason: &'static str) {
        if let Some(observed) = self.observed.as_deref_mut() {
            observed.unavailable = Some(reason);
        }
    }

    /// Whether the response has said that it is complete.
    pub(crate) fn is_complete(&self) -> bool {
        self.observed.as_deref().is_none_or(Observed::is_complete)
    }

    /// Whether the stream's closing mark came.
    pub(crate) fn is_done(&self) -> bool {
        self.observed.as_deref().is_some_and(|observed| observed.reply.done)
    }

    /// Lends what is known of the response; does nothing after the end.
    fn with_reply(&mut self, change: impl FnOnce(&mut Reply)) {
        if let Some(observed) = self.observed.as_deref_mut() {
            change(observed.reply());
        }
    }

    fn finish(&mut self, ending: Ending) -> Option<AiCost> {
        let mut observed = self.observed.take()?;
        if ending == Ending::Completed {
            observed.end_of_body();
        }
        match observed.keep_job() {
            Ok(()) => None,
            Err(observed) => Some(observed.finish(ending)),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(observed) = &self.observed {
            let ending = if observed.is_complete() {
                // All that was to come had come; the rest of the body is of no interest.
                Ending::Completed
            } else if std::thread::panicking() {
                Ending::Panicked
            } else {
                Ending::Cancelled
            };
            self.finish(ending);
        }
    }
}
