//! A call about to start.

use std::borrow::Cow;

use telemetry_core::{
    Context, Pipeline, Span, SpanBuilder, SpanKind,
    semconv::{gen_ai, server},
};

use super::{Call, CostHandle, Observed, reading::Reading};
use crate::{
    Operation, Provider, RequestParameters, SCOPE, Settings, instruments::INSTRUMENTS, names,
    stream::Reply,
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
}

impl CallBuilder {
    pub(super) fn new(operation: Operation, provider: Provider) -> Self {
        Self {
            operation,
            provider,
            parameters: RequestParameters::default(),
            server: None,
            settings: None,
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

    /// Starts the call in the present context, whose baggage says who caused it.
    pub fn start(self) -> Call {
        let Some(pipeline) = Pipeline::current() else {
            return Call { observed: None };
        };
        let settings = self.settings.clone().unwrap_or_default();
        let attributed = settings.attribution().of(Context::current().baggage());
        let mut span = self.start_span();
        if span.is_recording() {
            for (name, value) in &attributed {
                span.set(name, value);
            }
            self.describe(&mut span);
        }
        Call {
            observed: Some(Box::new(Observed {
                span,
                instruments: INSTRUMENTS.of(&pipeline),
                settings,
                operation: self.operation,
                provider: self.provider,
                request: self.parameters,
                server: self.server,
                attributed,
                reading: Reading::default(),
                reply: Reply::default(),
                first_chunk: None,
                failure: None,
                unavailable: None,
                handle: CostHandle::default(),
            })),
        }
    }

    /// The span with what a sampler should know.
    fn start_span(&self) -> Span {
        let name = match &self.parameters.model {
            Some(model) => format!("{} {model}", self.operation),
            None => self.operation.to_string(),
        };
        let (address, port) = match &self.server {
            Some((address, port)) => (Some(&**address), *port),
            None => (None, None),
        };
        SpanBuilder::new(&SCOPE, name)
            .kind(SpanKind::Client)
            .attribute(gen_ai::OPERATION_NAME, self.operation.as_str())
            .attribute(gen_ai::PROVIDER_NAME, self.provider.as_str())
            .attribute(gen_ai::REQUEST_MODEL, self.parameters.model.as_deref())
            .attribute(server::ADDRESS, address)
            .attribute(server::PORT, port)
            .start()
    }

    /// What the request asks for besides.
    fn describe(&self, span: &mut Span) {
        let asked = &self.parameters;
        span.set(gen_ai::REQUEST_STREAM, asked.stream.then_some(true));
        span.set(gen_ai::REQUEST_MAX_TOKENS, asked.max_tokens);
        span.set(gen_ai::REQUEST_TEMPERATURE, asked.temperature);
        span.set(gen_ai::REQUEST_TOP_P, asked.top_p);
        span.set(gen_ai::REQUEST_TOP_K, asked.top_k);
        span.set(gen_ai::REQUEST_FREQUENCY_PENALTY, asked.frequency_penalty);
        span.set(gen_ai::REQUEST_PRESENCE_PENALTY, asked.presence_penalty);
        span.set(gen_ai::REQUEST_CHOICE_COUNT, asked.choice_count.filter(|&count| count != 1));
        span.set(gen_ai::REQUEST_SEED, asked.seed);
        span.set(gen_ai::REQUEST_REASONING_LEVEL, asked.reasoning_level.as_deref());
        span.set(gen_ai::OUTPUT_TYPE, asked.output_type);
        if !asked.stop_sequences.is_empty() {
            let stops: Vec<&str> = asked.stop_sequences.iter().map(String::as_str).collect();
            span.set(gen_ai::REQUEST_STOP_SEQUENCES, stops.as_slice());
        }
        if self.provider == Provider::OPENAI {
            if self.operation == Operation::CHAT {
                span.set(names::OPENAI_API_TYPE, "chat_completions");
            }
            let tier = asked.service_tier.as_deref().filter(|&tier| tier != "auto");
            span.set(names::OPENAI_REQUEST_SERVICE_TIER, tier);
        }
    }
}
