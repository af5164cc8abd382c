use std::fmt;

use http::header::{HeaderName, HeaderValue};
use telemetry_core::{Baggage, Context, TraceId};

use super::request_headers::RequestHeaders;
use crate::names;

/// The header of the id, in and out.
pub(super) static HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id that ties together what happens for one request, in all services that it goes through.
///
/// It is the first of these that there is:
///
/// 1. the header `x-request-id`, else `x-correlation-id`, if it is 1 to 128 visible ASCII characters;
/// 2. `request.id` in the baggage, put there by a service further up;
/// 3. the trace's id.
///
/// It stands on the span as `request.id` and goes back in the response's header `x-request-id`, unless
/// the service has set one itself. An id that came in a header also goes into the baggage, and with it
/// to the services that this one calls. An id that is the trace's goes there with the trace, and
/// stands in every log record; so whoever reports a failure by its id has named its trace.
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

    /// The id that a request brings.
    #[inline]
    pub(super) fn of_headers(headers: &RequestHeaders<'_>) -> Option<Self> {
        [headers.request_id, headers.correlation_id]
            .into_iter()
            .flatten()
            .find(|value| is_valid(value.as_bytes()))
            .map(|value| Self(value.clone()))
    }

    /// The id in the baggage, or the trace's.
    pub(super) fn of_context(context: &Context) -> Option<Self> {
        Self::of_baggage(context.baggage()).or_else(|| {
            let span = context.span_context()?;
            Self::of_trace(span.trace_id())
        })
    }

    pub(super) fn of_baggage(baggage: &Baggage) -> Option<Self> {
        let text = baggage.get(names::REQUEST_ID)?;
        is_valid(text.as_bytes()).then(|| HeaderValue::from_str(text).ok()).flatten().map(Self)
    }

    #[inline]
    pub(super) fn of_trace(trace_id: TraceId) -> Option<Self> {
        let mut text = [0; 32];
        for (digits, byte) in text.chunks_exact_mut(2).zip(trace_id.to_bytes()) {
            digits.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0x0f)]);
        }
        HeaderValue::from_bytes(&text).ok().map(Self)
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

const fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    }
}
