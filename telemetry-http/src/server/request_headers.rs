use http::header::{HeaderMap, HeaderValue};
use telemetry_core::propagation::Propagators;

/// The headers that matter here, found in one pass: looking each up would hash its name. Of a header
/// that occurs twice the first counts.
#[derive(Debug, Default)]
pub(super) struct RequestHeaders<'a> {
    pub(super) host: Option<&'a HeaderValue>,
    pub(super) user_agent: Option<&'a HeaderValue>,
    pub(super) request_id: Option<&'a HeaderValue>,
    pub(super) correlation_id: Option<&'a HeaderValue>,
    /// Whether there is a trace context or baggage.
    pub(super) context: bool,
}

impl<'a> RequestHeaders<'a> {
    #[inline]
    pub(super) fn of(headers: &'a HeaderMap, propagators: &Propagators) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let place = match name.as_str() {
                "host" => &mut found.host,
                "user-agent" => &mut found.user_agent,
                "x-request-id" => &mut found.request_id,
                "x-correlation-id" => &mut found.correlation_id,
                other => {
                    found.context = found.context || propagators.read(other);
                    continue;
                }
            };
            place.get_or_insert(value);
        }
        let is_context = |name, value: Option<_>| value.is_some() && propagators.read(name);
        found.context = found.context
            || is_context("x-request-id", found.request_id)
            || is_context("x-correlation-id", found.correlation_id);
        found
    }
}
