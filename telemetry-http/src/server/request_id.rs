use std::fmt;

use http::header::{HeaderName, HeaderValue};
use telemetry_core::{Baggage, Context, TraceId, semconv};

use super::request_headers::RequestHeaders;

/// The header of the id, in and out.
pub(super) static HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// The other header in which it may come, and goes back then, too.
pub(super) static CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// The id that ties together what happens for one request, in all services that it goes through.
///
/// It is the first of these that there is:
///
/// 1. the header `x-request-id`, else `x-correlation-id`, if it is 1 to 128 visible ASCII characters;
/// 2. `request.id` in the baggage, put there by a service further up;
/// 3. the trace's id.
///
/// It stands on the span as `request.id` and goes back in the response's header `x-request-id` (and in
/// `x-correlation-id`, if it came there), unless the service has set one itself. An id that came in a
/// header also goes into the baggage, and with it to the services that this one calls; log records of the
/// request carry it as `request.id`. An id that is the trace's goes there with the trace, and
/// stands in every log record as that; so whoever reports a failure by its id has named its trace.
///
/// ```
/// use telemetry_http::RequestId;
///
/// async fn handler() -> String {
///     match RequestId::current() {
///         Some(id) => format!("please quote {id} when you ask about this"),
///         None => "nothing is recorded".to_owned(),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

impl RequestId {
    const MAX_LEN: usize = 128;

    /// The id of the request that the caller works for; none outside any trace.
    pub fn current() -> Option<Self> {
        Self::of_context(&Context::current())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        // Nothing but visible ASCII ever gets in.
        self.0.to_str().unwrap_or_default()
    }

    /// The id that a request brings, and whether it came in the header for correlation.
    #[inline]
    pub(super) fn of_headers(headers: &RequestHeaders<'_>) -> Option<(Self, bool)> {
        let valid = |value: Option<&HeaderValue>| {
            value.filter(|value| is_valid(value.as_bytes())).map(|value| Self(value.clone()))
        };
        let id = valid(headers.request_id).map(|id| (id, false));
        id.or_else(|| valid(headers.correlation_id).map(|id| (id, true)))
    }

    /// The id in the baggage, or the trace's.
    pub(super) fn of_context(context: &Context) -> Option<Self> {
        let of_trace = || HeaderValue::from_str(TraceDigits::of(context)?.as_str()).ok().map(Self);
        Self::of_baggage(context.baggage()).or_else(of_trace)
    }

    pub(super) fn of_baggage(baggage: &Baggage) -> Option<Self> {
        let text =
            baggage.get(semconv::telemetry::REQUEST_ID).filter(|text| is_valid(text.as_bytes()))?;
        HeaderValue::from_str(text).ok().map(Self)
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

fn is_valid(id: &[u8]) -> bool {
    (1..=RequestId::MAX_LEN).contains(&id.len()) && id.iter().all(u8::is_ascii_graphic)
}

/// The id of a trace as text, on the stack.
pub(super) struct TraceDigits([u8; 32]);

impl TraceDigits {
    pub(super) fn of(context: &Context) -> Option<Self> {
        Some(Self(context.span_context()?.trace_id().to_digits()))
    }

    /// Those of an id that no trace has.
    pub(super) fn random() -> Self {
        Self(TraceId::random().to_digits())
    }

    pub(super) fn as_str(&self) -> &str {
        // Nothing but digits is ever written.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}
