use std::sync::OnceLock;

use http::{StatusCode, Version};
use telemetry_core::{BoundHistogram, Context, Histogram, Value, semconv};

use super::endpoint::Endpoint;

/// What of a request's end decides the series of its duration, next to its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) status: Option<StatusCode>,
    pub(super) disconnected: bool,
}

/// The outcome of a request whose client didn't wait.
pub(super) const DISCONNECTED: &str = "client_disconnected";

/// Bytes of both bodies; none of what isn't measured or known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) request: Option<u64>,
    pub(super) response: Option<u64>,
}

/// The series that an endpoint's requests usually end in, bound to spare looking them up.
#[derive(Debug, Default)]
pub(super) struct BoundSeries {
    places: [OnceLock<(End, Bound)>; 8],
}

/// The series of one end. Those of sizes only where there are some, so that none is empty.
#[derive(Debug)]
struct Bound {
    duration: BoundHistogram,
    request_size: OnceLock<BoundHistogram>,
    response_size: OnceLock<BoundHistogram>,
}

impl BoundSeries {
    /// Enters a duration and sizes into their series. Errors that aren't told by the status are looked
    /// up, as is what finds no place here.
    #[inline]
    pub(super) fn record(
        &self,
        endpoint: &Endpoint,
        end: End,
        error_type: Option<&str>,
        seconds: f64,
        sizes: Sizes,
        context: &Context,
    ) {
        if error_type.is_none() {
            for place in &self.places {
                let (bound, series) = place.get_or_init(|| (end, Bound::new(endpoint, end)));
                if *bound == end {
                    return series.record(endpoint, end, seconds, sizes, context);
                }
            }
        }
        record_unbound(endpoint, end, error_type, seconds, sizes, context);
    }
}

impl Bound {
    #[cold]
    fn new(endpoint: &Endpoint, end: End) -> Self {
        Self {
            duration: bind(&endpoint.instruments().duration, endpoint, end),
            request_size: OnceLock::new(),
            response_size: OnceLock::new(),
        }
    }

    #[inline]
    fn record(&self, endpoint: &Endpoint, end: End, seconds: f64, sizes: Sizes, context: &Context) {
        self.duration.record_in(seconds, context);
        let instruments = endpoint.instruments();
        if let Some(bytes) = sizes.request {
            let series = &self.request_size;
            let series = series.get_or_init(|| bind(&instruments.request_size, endpoint, end));
            series.record_in(bytes as f64, context);
        }
        if let Some(bytes) = sizes.response {
            let series = &self.response_size;
            let series = series.get_or_init(|| bind(&instruments.response_size, endpoint, end));
            series.record_in(bytes as f64, context);
        }
    }
}

#[cold]
fn bind(histogram: &Histogram, endpoint: &Endpoint, end: End) -> BoundHistogram {
    histogram.bind(&labels(endpoint, &end, None))
}

#[cold]
fn record_unbound(
    endpoint: &Endpoint,
    end: End,
    error_type: Option<&str>,
    seconds: f64,
    sizes: Sizes,
    context: &Context,
) {
    let labels = labels(endpoint, &end, error_type);
    let instruments = endpoint.instruments();
    instruments.duration.record_in(seconds, &labels, context);
    if let Some(bytes) = sizes.request {
        instruments.request_size.record_in(bytes as f64, &labels, context);
    }
    if let Some(bytes) = sizes.response {
        instruments.response_size.record_in(bytes as f64, &labels, context);
    }
}

/// Enters the time to a response's head.
#[cold]
pub(super) fn record_time_to_headers(
    endpoint: &Endpoint,
    status: StatusCode,
    error_type: Option<&str>,
    seconds: f64,
    context: &Context,
) {
    let end = End { status: Some(status), disconnected: false };
    let labels = labels(endpoint, &end, error_type);
    endpoint.instruments().time_to_headers.record_in(seconds, &labels, context);
}

/// The labels of all histograms; empty ones are left out of the series.
fn labels<'a>(
    endpoint: &'a Endpoint,
    end: &'a End,
    error_type: Option<&'a str>,
) -> [(&'static str, Value<'a>); 7] {
    let kind = endpoint.kind();
    let by_status = || end.status.as_ref().and_then(error_of_status);
    [
        (semconv::http::REQUEST_METHOD, kind.method.as_str().into()),
        (semconv::url::SCHEME, kind.scheme().into()),
        (semconv::http::ROUTE, endpoint.route().into()),
        (semconv::http::RESPONSE_STATUS_CODE, end.status.map(|status| status.as_u16()).into()),
        (semconv::error::TYPE, error_type.or_else(by_status).into()),
        (semconv::network::PROTOCOL_VERSION, kind.version().into()),
        (semconv::telemetry::OUTCOME, end.disconnected.then_some(DISCONNECTED).into()),
    ]
}

/// The `error.type` that a status alone means: that of a server error is the code.
#[inline]
pub(super) fn error_of_status(status: &StatusCode) -> Option<&str> {
    status.is_server_error().then(|| status.as_str())
}

/// For `network.protocol.version`.
#[inline]
pub(crate) fn protocol_version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_09 => Some("0.9"),
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}
