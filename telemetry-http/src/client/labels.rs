use std::borrow::Cow;

use http::{StatusCode, Version};
use telemetry_core::{Value, semconv};

use super::template::UrlTemplate;
use crate::server::endpoint::lasting;
use crate::server::method::Method;
use crate::server::series::protocol_version;

/// What the requests to one server have in common that are measured together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Labels {
    method: Method,
    template: Option<UrlTemplate>,
    host: Box<str>,
    port: Option<u16>,
}

/// The same of one request, which may be the first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) method: Method,
    pub(super) template: Option<&'a UrlTemplate>,
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
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
    pub(super) fn new(asked: Asked<'_>) -> Self {
        let Asked { method, template, host, port } = asked;
        Self { method, template: template.cloned(), host: host.into(), port }
    }

    /// Whether these are what is asked for.
    #[inline]
    pub(super) fn are(&self, asked: &Asked<'_>) -> bool {
        self.method == asked.method
            && self.port == asked.port
            && *self.host == *asked.host
            && self.template.as_ref() == asked.template
    }

    /// The name of the spans.
    pub(super) fn name(&self) -> Cow<'static, str> {
        let method = self.method.in_names();
        match &self.template {
            Some(template) => lasting([method, " ", template.as_str()].concat()),
            None => Cow::Borrowed(method),
        }
    }

    /// Of `http.client.active_requests`, and of all spans; empty ones are left out.
    pub(super) fn active(&self) -> [(&'static str, Value<'_>); 4] {
        [
            (semconv::http::REQUEST_METHOD, self.method.as_str().into()),
            (semconv::server::ADDRESS, Some(&*self.host).filter(|host| !host.is_empty()).into()),
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
