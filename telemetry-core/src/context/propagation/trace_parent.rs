//! `traceparent` and `tracestate`: [W3C Trace Context](https://www.w3.org/TR/trace-context-2/).

use super::hex;
use super::{Extracted, HeaderGet, HeaderSet, trace_state};
use crate::context::{SpanContext, SpanId, TraceId};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

pub(super) fn extract(headers: &impl HeaderGet, found: &mut Extracted<'_>) {
    if let Some(mut parent) = headers.header(TRACEPARENT).and_then(parse) {
        parent.trace_state =
            headers.header(TRACESTATE).and_then(trace_state::parse).map(Into::into);
        found.span = Some(parent);
    }
}

pub(super) fn inject(span: &SpanContext, headers: &mut impl HeaderSet) {
    let mut line = *b"00-00000000000000000000000000000000-0000000000000000-00";
    hex::put(&mut line[3..35], &span.trace_id.to_bytes());
    hex::put(&mut line[36..52], &span.span_id.to_bytes());
    hex::put(&mut line[53..], &[span.flags]);
    // All of it is ASCII.
    headers.set_header(TRACEPARENT, std::str::from_utf8(&line).unwrap_or_default());
    if let Some(state) = &span.trace_state {
        headers.set_header(TRACESTATE, state);
    }
}

/// Reads a `traceparent`; a version above 00 is read as far as 00 is known, `ff` is invalid.
fn parse(text: &str) -> Option<SpanContext> {
    let text = text.trim_matches([' ', '\t']);
    let version = hex::byte(text.get(..2)?)?;
    let rest_is_as_expected = match version {
        0 => text.len() == 55,
        0xff => false,
        _ => text.len() == 55 || text.as_bytes().get(55) == Some(&b'-'),
    };
    let dashes = [2, 35, 52].iter().all(|&at| text.as_bytes().get(at) == Some(&b'-'));
    if !rest_is_as_expected || !dashes {
        return None;
    }
    let trace_id = TraceId::parse(text.get(3..35)?)?;
    let span_id = SpanId::parse(text.get(36..52)?)?;
    // Of flags from a later version only the known ones may be kept.
    let flags = hex::byte(text.get(53..55)?)? & (SpanContext::SAMPLED | SpanContext::RANDOM);
    Some(SpanContext { trace_id, span_id, flags, remote: true, ..SpanContext::INVALID })
}
