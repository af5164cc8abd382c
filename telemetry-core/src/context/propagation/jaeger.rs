//! [Jaeger](https://www.jaegertracing.io/docs/1.21/client-libraries/#propagation-format):
//! `uber-trace-id`, and a header `uberctx-…` for each entry of the baggage.

use super::baggage::is_token;
use super::hex::{self, Line};
use super::percent;
use super::{Extracted, HeaderGet, HeaderSet};
use crate::context::{Baggage, SpanContext};

const TRACE: &str = "uber-trace-id";
const BAGGAGE: &str = "uberctx-";

const SAMPLED: u8 = 0x01;
const DEBUG: u8 = 0x02;

pub(super) fn extract(headers: &impl HeaderGet, found: &mut Extracted<'_>) {
    if let Some(span) = headers.header(TRACE).and_then(parse) {
        found.set_parent(span);
    }
    let mut entries = Vec::new();
    headers.for_each_header(&mut |name, value| {
        if let Some(key) = name.strip_prefix(BAGGAGE).filter(|key| is_token(key)) {
            entries
                .push((key.to_ascii_lowercase(), percent::decode(value.trim_matches([' ', '\t']))));
        }
    });
    found.without_case.append(&mut entries);
}

pub(super) fn inject_span(span: &SpanContext, headers: &mut impl HeaderSet) {
    let (trace_id, span_id) = (span.trace_id.to_bytes(), span.span_id.to_bytes());
    let flags = match (span.debug, span.is_sampled()) {
        (true, _) => ":0:3",
        (false, true) => ":0:1",
        (false, false) => ":0:0",
    };
    let line = Line::new().hex(&trace_id).text(":").hex(&span_id).text(flags);
    headers.set_header(TRACE, line.as_str());
}

pub(super) fn inject_baggage(baggage: &Baggage, headers: &mut impl HeaderSet) {
    for (key, value) in baggage.iter().filter(|(key, _)| is_token(key)) {
        let mut encoded = String::with_capacity(value.len());
        percent::encode(value, &mut encoded);
        // Names of headers have no case, so the key comes back in lower case.
        headers.set_header(&format!("{BAGGAGE}{}", key.to_ascii_lowercase()), &encoded);
    }
}

/// `{trace id}:{span id}:{parent, ignored}:{flags}`. Zeros in front may be missing.
fn parse(text: &str) -> Option<SpanContext> {
    let text = text.trim_matches([' ', '\t']);
    let decoded = if text.contains('%') { percent::decode(text) } else { String::new() };
    let text = if decoded.is_empty() { text } else { &decoded };
    let mut parts = text.split(':');
    let trace_id = hex::trace_id(parts.next()?, |length| (1..=32).contains(&length))?;
    let span_id = hex::span_id(parts.next()?, |length| (1..=16).contains(&length))?;
    let _parent = parts.next()?;
    let flags =
        parts.next().filter(|flags| (1..=2).contains(&flags.len()) && !flags.contains('+'))?;
    let flags = u8::from_str_radix(flags, 16).ok().filter(|_| parts.next().is_none())?;
    let debug = flags & DEBUG != 0;
    let flags = if debug || flags & SAMPLED != 0 { SpanContext::SAMPLED } else { 0 };
    Some(SpanContext { trace_id, span_id, flags, debug, remote: true, ..SpanContext::INVALID })
}
