//! The labels that the metrics of a call share.

use std::borrow::Cow;

use telemetry_core::{
    Value,
    semconv::{gen_ai, server},
};

use crate::{Operation, Provider};

pub(super) type Label<'a> = (&'a str, Value<'a>);

/// A value that is empty is left out of a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labels<'a> {
    operation: &'a str,
    provider: &'a str,
    request_model: Option<&'a str>,
    response_model: Option<&'a str>,
    address: Option<&'a str>,
    port: Option<u16>,
}

impl<'a> Labels<'a> {
    pub(super) fn new(operation: &'a Operation, provider: &'a Provider) -> Self {
        Self {
            operation: operation.as_str(),
            provider: provider.as_str(),
            request_model: None,
            response_model: None,
            address: None,
            port: None,
        }
    }

    pub(super) fn models(
        self,
        request_model: Option<&'a str>,
        response_model: Option<&'a str>,
    ) -> Self {
        Self { request_model, response_model, ..self }
    }

    pub(super) fn server(self, server: Option<&'a (Cow<'static, str>, Option<u16>)>) -> Self {
        Self {
            address: server.map(|(address, _)| &**address),
            port: server.and_then(|(_, port)| *port),
            ..self
        }
    }

    /// The labels of the conventions' metrics, and `more`.
    pub(super) fn with<const MORE: usize>(&self, more: [Label<'a>; MORE]) -> Vec<Label<'a>> {
        let mut labels = self.models_only(&[], more);
        labels.push((server::ADDRESS, self.address.into()));
        labels.push((server::PORT, self.port.into()));
        labels
    }

    /// The labels of our own metrics: who and what, but not where.
    pub(super) fn models_only<const MORE: usize>(
        &self,
        who: &[Label<'a>],
        more: [Label<'a>; MORE],
    ) -> Vec<Label<'a>> {
        let mut labels = Vec::with_capacity(6 + MORE + who.len());
        labels.extend([
            (gen_ai::OPERATION_NAME, self.operation.into()),
            (gen_ai::PROVIDER_NAME, self.provider.into()),
            (gen_ai::REQUEST_MODEL, self.request_model.into()),
            (gen_ai::RESPONSE_MODEL, self.response_model.into()),
        ]);
        labels.extend_from_slice(who);
        labels.extend(more);
        labels
    }
}
