use http::{StatusCode, Version};
use telemetry_core::{Value, semconv};

use super::template::UrlTemplate;
use crate::server::method::Method;
use crate::server::series::protocol_version;

/// What the requests to one server have in common that are measured together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Labels {
    pub(super) method: Method,
    pub(super) template: Option<UrlTemplate>,
    host: Box<str>,
    port: Option<u16>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    pub(super) status: Option<StatusCode>,
    pub(super) version: Option<Version>,
    pub(super) error_type: Option<&'a str>,
    pub(super) outcome: Option<&'static str>,
}

impl Labels {
    pub(super) fn new(
        method: Method,
        template: Option<UrlTemplate>,
        host: &str,
        port: Option<u16>,
    ) -> Self {
        Self { method, template, host: host.into(), port }
    }

    /// Of `http.client.active_requests`; empty ones are left out of the series.
    pub(super) fn active(&self) -> [(&'static str, Value<'_>); 4] {
        [
            (semconv::http::REQUEST_METHOD, self.method.as_str().into()),
            (semconv::server::ADDRESS, (&*self.host).into()),
            (semconv::server::PORT, self.port.into()),
            (semconv::url::TEMPLATE, self.template.as_ref().map(UrlTemplate::as_str).into()),
        ]
    }

    /// Of the other metrics.
    pub(super) fn ended<'a>(&'a self, end: &'a End<'a>) -> [(&'static str, Value<'a>); 8] {
        let [method, address, port, template] = self.active();
        let version = end.version.and_then(protocol_version);
        [
            method,
            address,
            port,
            template,
            (semconv::http::RESPONSE_STATUS_CODE, end.status.map(|it| it.as_u16()).into()),
            (semconv::error::TYPE, end.error_type.into()),
            (semconv::network::PROTOCOL_VERSION, version.into()),
            (semconv::telemetry::OUTCOME, end.outcome.into()),
        ]
    }
}

/// The `error.type` that a status alone means to a client: from 400 on, the code.
pub(super) fn error_of_status(status: &StatusCode) -> Option<&str> {
    (status.is_client_error() || status.is_server_error()).then(|| status.as_str())
}
