use std::cell::OnceCell;

use http::header::{GetAll, HeaderMap, HeaderName, HeaderValue};
use telemetry_core::propagation::{HeaderGet, HeaderSet};

/// Reads the trace context of a request's headers.
///
/// `tracestate` and `baggage` may be spread over several headers, which are read as one. Any other
/// header that occurs more than once counts as absent, and so does one that isn't text.
///
/// ```
/// use http::HeaderMap;
/// use telemetry_core::propagation;
/// use telemetry_http::HeaderMapReader;
///
/// let mut headers = HeaderMap::new();
/// let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// headers.insert("traceparent", parent.parse().unwrap());
/// let context = propagation::extract(&HeaderMapReader::new(&headers));
/// assert!(context.span_context().unwrap().is_remote());
/// ```
#[derive(Debug)]
pub struct HeaderMapReader<'a> {
    headers: &'a HeaderMap,
    trace_state: OnceCell<String>,
    baggage: OnceCell<String>,
}

impl<'a> HeaderMapReader<'a> {
    /// Reads `headers`.
    pub fn new(headers: &'a HeaderMap) -> Self {
        Self { headers, trace_state: OnceCell::new(), baggage: OnceCell::new() }
    }
}

impl HeaderGet for HeaderMapReader<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        let all = self.headers.get_all(name);
        let mut values = all.iter();
        let first = values.next()?;
        if values.next().is_none() {
            return first.to_str().ok();
        }
        match name {
            "tracestate" => Some(self.trace_state.get_or_init(|| join(&all))),
            "baggage" => Some(self.baggage.get_or_init(|| join(&all))),
            _ => None,
        }
    }

    fn for_each_header(&self, show: &mut dyn FnMut(&str, &str)) {
        for (name, value) in self.headers {
            if let Ok(value) = value.to_str() {
                show(name.as_str(), value);
            }
        }
    }
}

fn join(values: &GetAll<'_, HeaderValue>) -> String {
    let texts: Vec<&str> = values.iter().filter_map(|value| value.to_str().ok()).collect();
    texts.join(",")
}

/// Writes a trace context to a request's headers.
///
/// ```
/// use http::HeaderMap;
/// use telemetry_core::{Context, propagation};
/// use telemetry_http::HeaderMapWriter;
///
/// let mut headers = HeaderMap::new();
/// propagation::inject(&Context::current(), &mut HeaderMapWriter::new(&mut headers));
/// assert!(headers.is_empty(), "there is no span here");
/// ```
#[derive(Debug)]
pub struct HeaderMapWriter<'a> {
    headers: &'a mut HeaderMap,
}

impl<'a> HeaderMapWriter<'a> {
    /// Writes to `headers`.
    pub fn new(headers: &'a mut HeaderMap) -> Self {
        Self { headers }
    }
}

impl HeaderSet for HeaderMapWriter<'_> {
    /// Replaces the header. A value that can't stand in a header is left out.
    fn set_header(&mut self, name: &str, value: &str) {
        if let (Some(name), Ok(value)) = (header_name(name), HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
    }
}

/// The usual names are known to be valid.
fn header_name(name: &str) -> Option<HeaderName> {
    static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
    static TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
    static BAGGAGE: HeaderName = HeaderName::from_static("baggage");
    match name {
        "traceparent" => Some(TRACEPARENT.clone()),
        "tracestate" => Some(TRACESTATE.clone()),
        "baggage" => Some(BAGGAGE.clone()),
        _ => HeaderName::from_bytes(name.as_bytes()).ok(),
    }
}
