//! [`About`]: what is known of a call before it is answered.

use std::borrow::Cow;

use telemetry_core::{
    Key, Span, SpanBuilder, SpanKind, Value,
    semconv::{gen_ai, server},
};

use crate::{
    ModelPrice, Operation, Provider, RequestParameters, SCOPE, Sparse, Terms, names,
    provider::{Target, Wire, wire_of},
};

/// What is known of a call before it is answered. The builder fills it in, and the call keeps it.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) operation: Operation,
    pub(super) provider: Provider,
    pub(super) request: RequestParameters,
    pub(super) server: Option<(Cow<'static, str>, Option<u16>)>,
    /// What the URL and the user's rules say of the price.
    pub(super) terms: Sparse<Terms>,
    wire: Option<Wire>,
    /// The hash of the prompt's beginning, if it is long enough to be cached.
    pub(super) prefix: Option<u64>,
    /// A price for this call alone.
    pub(super) price: Option<ModelPrice>,
}

/// What a sampler should know, in the order of [`About::values`].
static KEYS: [Key; 5] = [
    Key::new(gen_ai::OPERATION_NAME),
    Key::new(gen_ai::PROVIDER_NAME),
    Key::new(gen_ai::REQUEST_MODEL),
    Key::new(server::ADDRESS),
    Key::new(server::PORT),
];

impl About {
    pub(super) fn new(operation: Operation, provider: Provider) -> Self {
        Self {
            operation,
            provider,
            request: RequestParameters::default(),
            server: None,
            terms: Sparse::default(),
            wire: None,
            prefix: None,
            price: None,
        }
    }

    /// Takes over what is known of a request that was recognised.
    pub(super) fn recognised(&mut self, target: &Target) {
        self.wire = Some(target.wire);
        if target.geography.is_some() {
            self.terms.geography.clone_from(&target.geography);
        }
        if target.hardware.is_some() {
            self.terms.hardware.clone_from(&target.hardware);
        }
    }

    /// How the call is written and read.
    pub(super) fn wire(&self) -> Wire {
        self.wire.unwrap_or_else(|| wire_of(&self.provider, &self.operation))
    }

    /// The span's name.
    pub(super) fn name(&self) -> String {
        let (operation, model) = (self.operation.as_str(), self.request.model.as_deref());
        let Some(model) = model else {
            return operation.to_owned();
        };
        let mut name = String::with_capacity(operation.len() + 1 + model.len());
        name.push_str(operation);
        name.push(' ');
        name.push_str(model);
        name
    }

    /// The span with what a sampler should know.
    pub(super) fn span(&self, older: bool, ago: Option<std::time::Duration>) -> Span {
        let (address, port) = match &self.server {
            Some((address, port)) => (Some(&**address), *port),
            None => (None, None),
        };
        let values: [Value<'_>; 5] = [
            self.operation.as_str().into(),
            self.provider.as_str().into(),
            self.request.model.as_deref().into(),
            address.into(),
            port.into(),
        ];
        let mut builder =
            SpanBuilder::new(&SCOPE, self.name()).kind(SpanKind::Client).attributes(&KEYS, &values);
        if older {
            builder = builder.attribute(names::SYSTEM, self.provider.as_str());
        }
        match ago {
            Some(ago) => builder.start_ago(ago),
            None => builder.start(),
        }
    }
}
