//! Context in and out of headers: `traceparent`, `tracestate` and `baggage`, to the letter of
//! [Trace Context](https://www.w3.org/TR/trace-context-2/) and [Baggage](https://www.w3.org/TR/baggage/).

use super::{Baggage, Context, SpanContext, SpanId, TraceId};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
const BAGGAGE: &str = "baggage";

/// Headers that can be read. A header that occurs several times is given joined by commas.
pub trait HeaderGet {
    /// The value of the header of this lower-case name.
    fn header(&self, name: &str) -> Option<&str>;
}

/// Headers that can be written.
pub trait HeaderSet {
    /// Sets the header of this lower-case name, replacing what was there.
    fn set_header(&mut self, name: &'static str, value: &str);
}

/// The context that `headers` carry, on top of the current one's pipeline: a remote parent and its
/// baggage. Malformed headers count as absent.
///
/// ```
/// use telemetry_core::propagation::{self, HeaderGet};
///
/// struct Headers;
/// impl HeaderGet for Headers {
///     fn header(&self, name: &str) -> Option<&str> {
///         (name == "traceparent").then_some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
///     }
/// }
/// let context = propagation::extract(&Headers);
/// assert_eq!(context.span_context().unwrap().span_id().to_string(), "00f067aa0ba902b7");
/// ```
pub fn extract(headers: &impl HeaderGet) -> Context {
    let baggage = headers.header(BAGGAGE).map(parse_baggage).unwrap_or_default();
    let remote = headers.header(TRACEPARENT).and_then(parse_traceparent).map(|mut parent| {
        parent.trace_state = headers.header(TRACESTATE).and_then(valid_trace_state).map(Into::into);
        parent
    });
    Context::extracted(remote, baggage)
}

/// Writes `context` to `headers`; nothing for a context without a span or baggage.
pub fn inject(context: &Context, headers: &mut impl HeaderSet) {
    if let Some(span) = context.span_context() {
        headers.set_header(TRACEPARENT, traceparent(span).text());
        if let Some(state) = &span.trace_state {
            headers.set_header(TRACESTATE, state);
        }
    }
    if !context.baggage().is_empty() {
        headers.set_header(BAGGAGE, &format_baggage(context.baggage()));
    }
}

/// A `traceparent` of version 00, on the stack.
struct Traceparent([u8; 55]);

impl Traceparent {
    fn text(&self) -> &str {
        // Only ASCII is ever written.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn traceparent(span: &SpanContext) -> Traceparent {
    let mut out = [b'-'; 55];
    let mut at = 0;
    for part in [&[0][..], &span.trace_id.to_bytes(), &span.span_id.to_bytes(), &[span.flags]] {
        for byte in part {
            out[at] = hex_digit(byte >> 4);
            out[at + 1] = hex_digit(byte & 0x0f);
            at += 2;
        }
        at += 1;
    }
    Traceparent(out)
}

const fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'a' + nibble - 10,
    }
}

/// Reads a `traceparent`; a version above 00 is read as far as 00 is known, `ff` is invalid.
fn parse_traceparent(text: &str) -> Option<SpanContext> {
    let text = text.trim_matches([' ', '\t']);
    let version = parse_byte(text.get(..2)?)?;
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
    let flags = parse_byte(text.get(53..55)?)? & (SpanContext::SAMPLED | SpanContext::RANDOM);
    Some(SpanContext { trace_id, span_id, flags, remote: true, trace_state: None })
}

fn parse_byte(text: &str) -> Option<u8> {
    let digits =
        text.len() == 2 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    digits.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

/// A `tracestate` of at most 32 list members and 512 characters, each `key=value`; a malformed one is
/// dropped whole, as the specification has it.
fn valid_trace_state(text: &str) -> Option<&str> {
    let text = text.trim_matches([' ', '\t', ',']);
    let mut members = 0;
    let well_formed =
        text.split(',').map(|member| member.trim_matches([' ', '\t'])).all(|member| {
            members += usize::from(!member.is_empty());
            member.is_empty() || valid_member(member)
        });
    (well_formed && (1..=32).contains(&members) && text.len() <= 512).then_some(text)
}

fn valid_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let key_character =
        |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/' | b'@');
    let value_character = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b',' && byte != b'=';
    (1..=256).contains(&key.len())
        && key.bytes().all(key_character)
        && !key.starts_with(['_', '-', '*', '/', '@'])
        && (1..=256).contains(&value.len())
        && value.bytes().all(value_character)
}

fn parse_baggage(text: &str) -> Baggage {
    let pairs: Vec<(&str, String)> = text
        .split(',')
        .filter_map(|member| {
            // Properties after a semicolon are metadata that nobody here reads.
            let (key, value) = member.split(';').next()?.split_once('=')?;
            let key = key.trim_matches([' ', '\t']);
            let valid = !key.is_empty() && key.bytes().all(is_token);
            valid.then(|| (key, percent_decode(value.trim_matches([' ', '\t']))))
        })
        .collect();
    Baggage::from_pairs(pairs.iter().map(|(key, value)| (*key, value.as_str())))
}

fn format_baggage(baggage: &Baggage) -> String {
    let mut out = String::new();
    for (key, value) in baggage.iter().filter(|(key, _)| key.bytes().all(is_token)) {
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(key);
        out.push('=');
        percent_encode(value, &mut out);
    }
    out
}

/// `token` of RFC 9110.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn percent_encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        // `baggage-octet`, without the percent sign that introduces an encoded byte.
        let plain = matches!(byte, 0x21 | 0x23..=0x24 | 0x26..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e);
        if plain {
            out.push(byte as char);
        } else {
            out.push('%');
            out.push(hex_digit(byte >> 4).to_ascii_uppercase() as char);
            out.push(hex_digit(byte & 0x0f).to_ascii_uppercase() as char);
        }
    }
}

fn percent_decode(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let encoded = (byte == b'%')
            .then(|| value.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(encoded.unwrap_or(byte));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
