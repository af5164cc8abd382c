//! A call about to start.

use std::{borrow::Cow, time::Duration};

use telemetry_core::{
    Context, Pipeline, Span, SpanBuilder, SpanKind,
    semconv::{gen_ai, server},
};

use super::{Call, CostHandle, Observed, describe};
use crate::{
    ModelPrice, Operation, Provider, RequestParameters, SCOPE, Settings,
    attribution::{Attributed, prefixes},
    content::Recorded,
    instruments::INSTRUMENTS,
    invocation::count_inference,
    names,
    provider::{Target, Wire, wire_of},
    stream::Reply,
    usage::Terms,
};

/// Describes a call of a model before it starts; made by [`Call::builder`].
#[derive(Debug, Clone)]
#[must_use = "a call starts with `start`"]
pub struct CallBuilder {
    operation: Operation,
    provider: Provider,
    parameters: RequestParameters,
    server: Option<(Cow<'static, str>, Option<u16>)>,
    settings: Option<Settings>,
    terms: Terms,
    wire: Option<Wire>,
    prefix: Option<u64>,
    price: Option<Box<ModelPrice>>,
    request_body: Vec<u8>,
    /// How long ago another process began it, and for whom.
    begun: Option<(Duration, Attributed)>,
}

impl CallBuilder {
    pub(super) fn new(operation: Operation, provider: Provider) -> Self {
        Self {
            operation,
            provider,
            parameters: RequestParameters::default(),
            server: None,
            settings: None,
            terms: Terms::default(),
            wire: None,
            prefix: None,
            price: None,
            request_body: Vec::new(),
            begun: None,
        }
    }

    /// The model asked for.
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.parameters.model = Some(model.into());
        self
    }

    /// Everything that the request asks for; replaces what was said before.
    pub fn parameters(mut self, parameters: RequestParameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Whether the answer is streamed. Only then is the time to the first chunk measured.
    pub fn streaming(mut self, streaming: bool) -> Self {
        self.parameters.stream = streaming;
        self
    }

    /// The host and port that the request goes to.
    pub fn server(
        mut self,
        address: impl Into<Cow<'static, str>>,
        port: impl Into<Option<u16>>,
    ) -> Self {
        self.server = Some((address.into(), port.into()));
        self
    }

    /// Prices and attribution other than the default ones.
    pub fn settings(mut self, settings: &Settings) -> Self {
        self.settings = Some(settings.clone());
        self
    }

    /// Where the model is served, as far as it decides the price.
    pub fn geography(mut self, geography: impl Into<String>) -> Self {
        self.terms.geography = Some(geography.into());
        self
    }

    /// The machine that runs the call, which decides the price of its seconds.
    pub fn hardware(mut self, hardware: impl Into<String>) -> Self {
        self.terms.hardware = Some(hardware.into());
        self
    }

    /// What this call costs, whatever its model is listed at; goes before every table, but not
    /// before what the provider states.
    pub fn price(mut self, price: ModelPrice) -> Self {
        self.price = Some(Box::new(price));
        self
    }

    /// The prompt or the body of the request, by whose first 4 KiB it is told whether the provider
    /// should have read it from its cache. Only a hash is kept. A shorter one tells nothing.
    pub fn prompt(mut self, prompt: &[u8]) -> Self {
        self.prefix = prefixes::hash(prompt);
        self
    }

    /// What is known of a request that was recognised.
    pub(super) fn target(mut self, target: &Target) -> Self {
        self.wire = Some(target.wire);
        self.terms.geography.clone_from(&target.geography);
        self.terms.hardware.clone_from(&target.hardware);
        self
    }

    /// Another process began it so long ago, for these.
    pub(super) fn begun(mut self, ago: Duration, attributed: Attributed) -> Self {
        self.begun = Some((ago, attributed));
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

    /// Starts the call in the present context, whose baggage says who caused it.
    pub fn start(self) -> Call {
        let Some(pipeline) = Pipeline::current() else {
            return Call { observed: None };
        };
        // What another process began is counted there.
        if self.operation.is_inference() && self.begun.is_none() {
            count_inference();
        }
        let settings = self.settings.clone().unwrap_or_default();
        let attributed = match &self.begun {
            Some((_, attributed)) => attributed.clone(),
            None => settings.attribution().of(Context::current().baggage()),
        };
        let mut span = self.start_span(settings.conventions().older());
        if span.is_recording() {
            for (name, value) in &attributed {
                span.set(name, value);
            }
            describe::request(&mut span, &self.operation, &self.provider, &self.parameters);
        }
        let recorded = settings.content().filter(|_| span.is_recording());
        let recorded = recorded.map(|content| Recorded::new(content, &self.request_body));
        Call {
            observed: Some(Box::new(Observed {
                span,
                instruments: INSTRUMENTS.of(&pipeline),
                settings,
                operation: self.operation.clone(),
                provider: self.provider.clone(),
                request: self.parameters,
                server: self.server,
                attributed,
                wire: self.wire.unwrap_or_else(|| wire_of(&self.provider, &self.operation)),
                terms: self.terms,
                reading: None,
                reply: Reply::default(),
                first_chunk: None,
                last_chunk: None,
                chunk_times: None,
                attempts: 1,
                failure: None,
                unavailable: None,
                refused: false,
                prefix: self.prefix,
                price: self.price,
                recorded,
                handle: CostHandle::default(),
            })),
        }
    }

    /// The span with what a sampler should know.
    fn start_span(&self, older: bool) -> Span {
        let name = match &self.parameters.model {
            Some(model) => format!("{} {model}", self.operation),
            None => self.operation.to_string(),
        };
        let (address, port) = match &self.server {
            Some((address, port)) => (Some(&**address), *port),
            None => (None, None),
        };
        let builder = SpanBuilder::new(&SCOPE, name)
            .kind(SpanKind::Client)
            .attribute(gen_ai::OPERATION_NAME, self.operation.as_str())
            .attribute(gen_ai::PROVIDER_NAME, self.provider.as_str())
            .attribute(names::SYSTEM, older.then(|| self.provider.as_str()))
            .attribute(gen_ai::REQUEST_MODEL, self.parameters.model.as_deref())
            .attribute(server::ADDRESS, address)
            .attribute(server::PORT, port);
        match self.begun {
            Some((ago, _)) => builder.start_ago(ago),
            None => builder.start(),
        }
    }
}
