//! What the conventions before the stable ones called it (version 1.20), for those who ask for both.

use telemetry_core::{Context, Histogram, Meter, SpanDescription, Value, semconv};

use super::endpoint::Endpoint;
use super::request_head::RequestHead;
use super::series::{End, Sizes};
use crate::bounds::BYTES;

const METHOD: &str = "http.method";
const STATUS_CODE: &str = "http.status_code";
const TARGET: &str = "http.target";
const SCHEME: &str = "http.scheme";
const CLIENT_IP: &str = "http.client_ip";
const HOST_NAME: &str = "net.host.name";
const HOST_PORT: &str = "net.host.port";
const PROTOCOL_NAME: &str = "net.protocol.name";
const PROTOCOL_VERSION: &str = "net.protocol.version";
const PEER_ADDRESS: &str = "net.sock.peer.addr";
const PEER_PORT: &str = "net.sock.peer.port";

/// The bounds of that time, in milliseconds.
const MILLISECONDS: [f64; 14] = [
    5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
    10000.0,
];

/// The metrics of that time. `http.server.active_requests` has kept its name, so its series carry the
/// attributes of both generations instead.
#[derive(Debug)]
pub(super) struct OldInstruments {
    duration: Histogram,
    request_size: Histogram,
    response_size: Histogram,
}

impl OldInstruments {
    pub(super) fn new(meter: &Meter) -> Self {
        let size = |name, description| {
            let histogram = meter.histogram(name).unit("By").description(description);
            histogram.buckets(&BYTES).build()
        };
        Self {
            duration: meter
                .histogram("http.server.duration")
                .unit("ms")
                .description("Measures the duration of inbound HTTP requests.")
                .buckets(&MILLISECONDS)
                .build(),
            request_size: size(
                "http.server.request.size",
                "Measures the size of HTTP request messages.",
            ),
            response_size: size(
                "http.server.response.size",
                "Measures the size of HTTP response messages.",
            ),
        }
    }

    /// Enters a request that has ended.
    pub(super) fn record(
        &self,
        endpoint: &Endpoint,
        end: End,
        seconds: f64,
        sizes: Sizes,
        context: &Context,
    ) {
        let kind = endpoint.kind();
        // Without `net.host.name`, which the client chooses: it must not make up series.
        let labels = [
            (METHOD, Value::from(kind.method.as_str())),
            (SCHEME, kind.scheme().into()),
            (semconv::http::ROUTE, endpoint.route().into()),
            (STATUS_CODE, end.status.map(|status| status.as_u16()).into()),
            (PROTOCOL_NAME, "http".into()),
            (PROTOCOL_VERSION, kind.version().into()),
        ];
        self.duration.record_in(seconds * 1000.0, &labels, context);
        if let Some(bytes) = sizes.request {
            self.request_size.record_in(bytes as f64, &labels, context);
        }
        if let Some(bytes) = sizes.response {
            self.response_size.record_in(bytes as f64, &labels, context);
        }
    }
}

/// The labels of requests under way.
pub(super) fn active_labels<'a>(
    method: &'a str,
    scheme: &'a str,
) -> [(&'static str, Value<'a>); 2] {
    [(METHOD, method.into()), (SCHEME, scheme.into())]
}

/// What a span says of its request, but for what has kept its name.
#[derive(Debug)]
pub(super) struct OldAttributes<'a> {
    pub(super) method: &'a str,
    pub(super) scheme: &'a str,
    pub(super) version: Option<&'a str>,
    pub(super) host: Option<(&'a str, Option<u16>)>,
    pub(super) client: Option<&'a str>,
    pub(super) peer: Option<(&'a str, u16)>,
    /// As it may be recorded.
    pub(super) query: Option<&'a str>,
}

impl OldAttributes<'_> {
    pub(super) fn describe(&self, span: &mut SpanDescription<'_>, head: &RequestHead<'_>) {
        let target = match self.query {
            Some(query) => format!("{}?{query}", head.path()),
            None => head.path().to_owned(),
        };
        let values = [
            (METHOD, Value::from(self.method)),
            (SCHEME, self.scheme.into()),
            (TARGET, target[..target.floor_char_boundary(4096)].into()),
            (PROTOCOL_NAME, "http".into()),
            (PROTOCOL_VERSION, self.version.into()),
            (HOST_NAME, self.host.map(|(name, _)| name).into()),
            (HOST_PORT, self.host.and_then(|(_, port)| port).into()),
            (CLIENT_IP, self.client.into()),
            (PEER_ADDRESS, self.peer.map(|(address, _)| address).into()),
            (PEER_PORT, self.peer.map(|(_, port)| port).into()),
        ];
        for (key, value) in values {
            span.attribute(key, value);
        }
    }
}

/// The key of the response's status on a span.
pub(super) const SPAN_STATUS: &str = STATUS_CODE;
