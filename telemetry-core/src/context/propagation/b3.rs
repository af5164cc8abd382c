//! [B3](https://github.com/openzipkin/b3-propagation): one header, or several. Either is read; which is
//! written is what the propagator says. As
//! [OpenTelemetry has it](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#b3-requirements),
//! the one header comes first, the debug flag is carried on, and the parent's parent isn't.
//!
//! A decision that comes without ids (`b3: 0`) has nothing that it could be kept with, and is ignored.

use super::hex::{self, Line};
use super::{Extracted, HeaderGet, HeaderSet};
use crate::context::{SpanContext, SpanId, TraceId};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

pub(super) fn extract(headers: &impl HeaderGet, found: &mut Extracted<'_>) {
    let single = headers.header(SINGLE).and_then(parse_single);
    if let Some((trace_id, span_id, decision)) = single.or_else(|| parse_multiple(headers)) {
        let flags = match decision {
            Decision::Deferred => found.decide(trace_id),
            Decision::Denied => 0,
            Decision::Sampled | Decision::Debug => SpanContext::SAMPLED,
        };
        let debug = decision == Decision::Debug;
        let invalid = SpanContext::INVALID;
        found.set_parent(SpanContext { trace_id, span_id, flags, debug, remote: true, ..invalid });
    }
}

pub(super) fn inject_single(span: &SpanContext, headers: &mut impl HeaderSet) {
    let (trace_id, span_id) = (span.trace_id.to_bytes(), span.span_id.to_bytes());
    let line = Line::new().hex(&trace_id).text("-").hex(&span_id);
    let decision = match (span.debug, span.is_sampled()) {
        (true, _) => "-d",
        (false, true) => "-1",
        (false, false) => "-0",
    };
    headers.set_header(SINGLE, line.text(decision).as_str());
}

pub(super) fn inject_multiple(span: &SpanContext, headers: &mut impl HeaderSet) {
    headers.set_header(TRACE_ID, Line::new().hex(&span.trace_id.to_bytes()).as_str());
    headers.set_header(SPAN_ID, Line::new().hex(&span.span_id.to_bytes()).as_str());
    if span.debug {
        // It includes that the trace is sampled.
        headers.set_header(FLAGS, "1");
    } else {
        headers.set_header(SAMPLED, if span.is_sampled() { "1" } else { "0" });
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Decision {
    /// It is ours.
    Deferred,
    Denied,
    Sampled,
    Debug,
}

/// `{trace id}-{span id}`, then the decision, then the parent, of which the last two may be missing.
fn parse_single(text: &str) -> Option<(TraceId, SpanId, Decision)> {
    let mut parts = text.trim_matches([' ', '\t']).split('-');
    let (trace_id, span_id) = (parse_trace_id(parts.next()?)?, parse_span_id(parts.next()?)?);
    let decision = match parts.next() {
        None => Decision::Deferred,
        Some("0") => Decision::Denied,
        Some("1") => Decision::Sampled,
        Some("d") => Decision::Debug,
        Some(_) => return None,
    };
    if let Some(parent) = parts.next() {
        parse_span_id(parent)?;
    }
    parts.next().is_none().then_some((trace_id, span_id, decision))
}

fn parse_multiple(headers: &impl HeaderGet) -> Option<(TraceId, SpanId, Decision)> {
    let trimmed = |name| headers.header(name).map(|value| value.trim_matches([' ', '\t']));
    let trace_id = trimmed(TRACE_ID).and_then(parse_trace_id)?;
    let span_id = trimmed(SPAN_ID).and_then(parse_span_id)?;
    let decision = match (trimmed(FLAGS), trimmed(SAMPLED)) {
        (Some("1"), _) => Decision::Debug,
        // Early tracers wrote words.
        (_, Some("1" | "true")) => Decision::Sampled,
        (_, Some("0" | "false")) => Decision::Denied,
        _ => Decision::Deferred,
    };
    Some((trace_id, span_id, decision))
}

fn parse_trace_id(text: &str) -> Option<TraceId> {
    hex::trace_id(text, |length| length == 16 || length == 32)
}

fn parse_span_id(text: &str) -> Option<SpanId> {
    hex::span_id(text, |length| length == 16)
}
