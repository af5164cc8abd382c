use http::header::{HeaderMap, HeaderValue};

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
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let mut found = Self::default();
        for (name, value) in headers {
            let place = match name.as_str() {
                "host" => &mut found.host,
                "user-agent" => &mut found.user_agent,
                "x-request-id" => &mut found.request_id,
                "x-correlation-id" => &mut found.correlation_id,
                "traceparent" | "baggage" => {
                    found.context = true;
                    continue;
                }
                _ => continue,
            };
            place.get_or_insert(value);
        }
        found
    }
}
