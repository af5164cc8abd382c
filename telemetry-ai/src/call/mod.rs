//! One call of a model, observed.

mod about;
mod budgets;
mod builder;
mod describe;
mod ended;
mod handle;
mod handles;
mod labels;
mod measure;
mod reading;
mod record;
mod unfinished;

use std::{borrow::Cow, sync::Arc, time::Duration};

use about::About;
pub use builder::CallBuilder;
pub use handle::CostHandle;
pub(crate) use handles::Handles;
use record::Ending;
use telemetry_core::{BoundHistogram, Context, Span};
pub(crate) use unfinished::Unfinished;

#[cfg(feature = "tower")]
use crate::RequestParameters;
#[cfg(any(feature = "middleware", feature = "tower"))]
use crate::provider::{Stated, Step, headroom};
use crate::{
    AiCost, Operation, Provider, Settings, Usage,
    attribution::Attributed,
    content::Recorded,
    instruments::AiInstruments,
    provider::{Target, Wire},
    stream::{Reading, Reply},
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
    about: Box<About>,
    attributed: Attributed,
    wire: Wire,
    reading: Option<Box<Reading>>,
    reply: Reply,
    first_chunk: Option<Duration>,
    last_chunk: Option<Duration>,
    /// The series of the times between chunks by their newest and their older name, once there were two.
    chunk_times: Option<[Option<BoundHistogram>; 2]>,
    attempts: u32,
    failure: Option<Cow<'static, str>>,
    unavailable: Option<&'static str>,
    /// The request was answered with a status of failure.
    refused: bool,
    /// Content, where it is asked for.
    recorded: Option<Box<Recorded>>,
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
        let handle = self.cost_handle();
        self.finish(Ending::Completed);
        handle.cost().cloned()
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
        let builder = CallBuilder::new(target.operation.clone(), target.provider.clone());
        builder.target(target).read_request(target, body)
    }

    /// What the request asks for has become known after the start.
    #[cfg(feature = "tower")]
    pub(crate) fn asked(&mut self, mut parameters: RequestParameters) {
        let Some(observed) = self.observed.as_deref_mut() else {
            return;
        };
        let about = &mut observed.about;
        parameters.model = about.request.model.take().or(parameters.model);
        parameters.interface = about.request.interface;
        if let Some(operation) = parameters.operation.take() {
            about.operation = operation;
        }
        about.request = parameters;
        observed.describe_request();
    }

    /// Takes over what status and headers of the response say.
    #[cfg(any(feature = "middleware", feature = "tower"))]
    pub(crate) fn headers(
        &mut self,
        status: u16,
        stated: &[(Cow<'static, str>, Stated)],
        headers: &http::HeaderMap,
    ) {
        let Some(observed) = self.observed.as_deref_mut() else {
            return;
        };
        // A bit for each length of a name, since a name that isn't there is expensive to look for.
        let mut lengths = 0_u64;
        let all = headers.iter().map(|(name, value)| {
            lengths |= 1 << (name.as_str().len() % 64);
            (name.as_str(), value.as_bytes())
        });
        for headroom in headroom(all) {
            observed.measure_headroom(&headroom);
        }
        let header = |name: &str| {
            let may_be_there = lengths >> (name.len() % 64) & 1 == 1;
            if may_be_there { headers.get(name)?.to_str().ok() } else { None }
        };
        let protocol = observed.wire.protocol;
        protocol.headers(&header, &mut observed.reply);
        observed.refused = status >= 400;
        protocol.status(&Step::Call, status, &mut observed.reply);
        observed.reply.take_stated(stated, &header);
    }

    /// Ends the call now, though it is still owned. Later calls do nothing.
    pub(crate) fn complete(&mut self) {
        self.finish(Ending::Completed);
    }

    /// Whether a stream was asked for.
    pub(crate) fn expects_stream(&self) -> bool {
        self.observed.as_deref().is_some_and(|observed| observed.about.request.stream)
    }

    /// The response is a stream, whatever the request said; its body may not have been readable.
    pub(crate) fn is_streamed(&mut self) {
        if let Some(observed) = self.observed.as_deref_mut() {
            observed.about.request.stream = true;
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

    fn finish(&mut self, ending: Ending) {
        let Some(mut observed) = self.observed.take() else {
            return;
        };
        if ending == Ending::Completed {
            observed.end_of_body();
        }
        if let Err(observed) = observed.keep_job() {
            observed.finish(ending);
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
