//! A call about to start.

use std::{borrow::Cow, time::Duration};

use telemetry_core::Pipeline;

use super::{Call, CostHandle, Observed, about::About, describe};
use crate::{
    ModelPrice, Operation, Provider, RequestParameters, Settings,
    attribution::{Attributed, prefixes},
    content::Recorded,
    instruments::INSTRUMENTS,
    invocation::count_inference,
    provider::Target,
    stream::Reply,
};

/// Describes a call of a model before it starts; made by [`Call::builder`].
#[derive(Debug, Clone)]
#[must_use = "a call starts with `start`"]
pub struct CallBuilder {
    about: Box<About>,
    settings: Option<Settings>,
    request_body: Vec<u8>,
    /// How long ago another process began it, and for whom.
    begun: Option<Box<(Duration, Attributed)>>,
}

impl CallBuilder {
    pub(super) fn new(operation: Operation, provider: Provider) -> Self {
        Self {
            about: Box::new(About::new(operation, provider)),
            settings: None,
            request_body: Vec::new(),
            begun: None,
        }
    }

    /// The model asked for.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.about.request.model = Some(model.into());
        self
    }

    /// Everything that the request asks for; replaces what was said before.
    pub fn parameters(mut self, parameters: RequestParameters) -> Self {
        self.about.request = parameters;
        self
    }

    /// Whether the answer is streamed. Only then is the time to the first chunk measured.
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.about.request.stream = streaming;
        self
    }

    /// The host and port that the request goes to.
    pub fn server(
        mut self,
        address: impl Into<Cow<'static, str>>,
        port: impl Into<Option<u16>>,
    ) -> Self {
        self.about.server = Some((address.into(), port.into()));
        self
    }

    /// Prices and attribution other than the default ones.
    pub fn settings(mut self, settings: &Settings) -> Self {
        self.settings = Some(settings.clone());
        self
    }

    /// Where the model is served, as far as it decides the price.
    pub fn geography(mut self, geography: impl Into<String>) -> Self {
        self.about.terms.geography = Some(geography.into());
        self
    }

    /// The machine that runs the call, which decides the price of its seconds.
    pub fn hardware(mut self, hardware: impl Into<String>) -> Self {
        self.about.terms.hardware = Some(hardware.into());
        self
    }

    /// What this call costs, whatever its model is listed at; goes before every table, but not
    /// before what the provider states.
    pub fn price(mut self, price: ModelPrice) -> Self {
        self.about.price = Some(price);
        self
    }

    /// The prompt or the body of the request, by whose first 4 KiB it is told whether the provider
    /// should have read it from its cache. Only a hash is kept. A shorter one tells nothing.
    pub fn prompt(mut self, prompt: &[u8]) -> Self {
        self.about.prefix = prefixes::hash(prompt);
        self
    }

    /// What is known of a request that was recognised.
    pub(super) fn target(mut self, target: &Target) -> Self {
        self.about.recognised(target);
        self
    }

    /// Another process began it so long ago, for these.
    pub(super) fn begun(mut self, ago: Duration, attributed: Attributed) -> Self {
        self.begun = Some(Box::new((ago, attributed)));
        self
    }

    /// The body of the request, kept only if content is to be recorded. To be called after
    /// [`settings`](Self::settings).
    #[cfg(feature = "middleware")]
    pub(crate) fn request_body(mut self, body: &[u8]) -> Self {
        if self.settings.as_ref().is_some_and(|settings| settings.content().is_some()) {
            self.request_body = body.to_vec();
        }
        self
    }

    /// Reads what the body of a request that was recognised asks for.
    pub(super) fn read_request(mut self, target: &Target, body: &[u8]) -> Self {
        let request = &mut self.about.request;
        (request.stream, request.interface) = (target.stream, target.interface);
        request.read_into(target.wire.request, body);
        if target.model.is_some() {
            request.model.clone_from(&target.model);
        }
        if let Some(operation) = request.operation.take() {
            self.about.operation = operation;
        }
        self
    }

    /// Starts the call in the present context, whose baggage says who caused it.
    pub fn start(self) -> Call {
        let Some(pipeline) = Pipeline::current() else {
            return Call { observed: None };
        };
        let Self { about, settings, request_body, begun } = self;
        // What another process began is counted there.
        if about.operation.is_inference() && begun.is_none() {
            count_inference();
        }
        let settings = settings.unwrap_or_default();
        let (ago, attributed) = match begun.map(|begun| *begun) {
            Some((ago, attributed)) => (Some(ago), attributed),
            None => (None, settings.attribution().of_present()),
        };
        let mut span = about.span(settings.conventions().older(), ago);
        if span.is_recording() {
            for (name, value) in &attributed {
                span.set(name, value);
            }
            describe::request(&mut span, &about);
        }
        let recorded = settings.content().filter(|_| span.is_recording());
        let recorded = recorded.map(|content| Box::new(Recorded::new(content, &request_body)));
        Call {
            observed: Some(Box::new(Observed {
                span,
                instruments: INSTRUMENTS.of(&pipeline),
                settings,
                attributed,
                wire: about.wire(),
                about,
                reading: None,
                reply: Reply::default(),
                first_chunk: None,
                last_chunk: None,
                chunk_times: None,
                attempts: 1,
                failure: None,
                unavailable: None,
                refused: false,
                recorded,
                handle: CostHandle::default(),
            })),
        }
    }
}
