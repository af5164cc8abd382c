use super::Severity;
use crate::attribute::{Attributes, Value, read_any_value};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::pipeline::{Fate, MAX_RECORD, begin_frame, end_frame};
use crate::scope::Scope;
use crate::span::AttributeBuffer;
use crate::wire::{FieldValue, Fields, LENGTH, put_bytes, put_uint, put_varint, varint_len};

/// Field numbers of `opentelemetry.proto.logs.v1.LogRecord`.
mod field {
    pub(super) const TIME: u32 = 1;
    pub(super) const SEVERITY_NUMBER: u32 = 2;
    pub(super) const SEVERITY_TEXT: u32 = 3;
    pub(super) const BODY: u32 = 5;
    pub(super) const ATTRIBUTES: u32 = 6;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 7;
    pub(super) const TRACE_ID: u32 = 9;
    pub(super) const SPAN_ID: u32 = 10;
    pub(super) const EVENT_NAME: u32 = 12;
}

/// The field in which a log record's attributes stand.
pub(super) const ATTRIBUTES: u32 = field::ATTRIBUTES;

/// Attributes of a log record in the making.
pub(crate) fn attribute_buffer(bytes: Vec<u8>) -> AttributeBuffer {
    AttributeBuffer::of_field(field::ATTRIBUTES, bytes)
}

/// What a log record is made of besides its attributes.
pub(crate) struct Parts<'a> {
    pub(crate) unix_nanos: u64,
    pub(crate) severity: Severity,
    pub(crate) body: &'a str,
    pub(crate) name: &'a str,
    pub(crate) span: Option<&'a SpanContext>,
}

/// Bytes of a body and of a name that are recorded: with all attributes that there may be they fit into a record.
const MAX_BODY: usize = MAX_RECORD / 8;
const MAX_NAME: usize = 1024;

/// An upper bound of the record's length.
pub(crate) fn record_len(parts: &Parts<'_>, attributes: &AttributeBuffer) -> usize {
    // What frames the severity's text, the body, the name and the count of what was left out.
    let framing = 7 + 8 + 4 + 6;
    BLOCK_LEN
        + framing
        + parts.body.len().min(MAX_BODY)
        + parts.name.len().min(MAX_NAME)
        + attributes.bytes().len()
}

/// Appends the framed record.
pub(crate) fn encode(
    out: &mut Vec<u8>,
    fate: Fate,
    scope: &'static Scope,
    parts: &Parts<'_>,
    attributes: &AttributeBuffer,
) {
    let start = begin_frame(out, fate, scope);
    put_block(out, parts);
    put_bytes(out, field::SEVERITY_TEXT, parts.severity.as_str().as_bytes());
    if !parts.body.is_empty() {
        put_body(out, cut(parts.body, MAX_BODY));
    }
    if attributes.dropped() > 0 {
        put_uint(out, field::DROPPED_ATTRIBUTES, u64::from(attributes.dropped()));
    }
    if !parts.name.is_empty() {
        put_bytes(out, field::EVENT_NAME, cut(parts.name, MAX_NAME).as_bytes());
    }
    // Last, so that a reader who meets the first of them has everything else.
    out.extend_from_slice(attributes.bytes());
    end_frame(out, start);
}

/// Bytes of times, severity, flags and ids.
const BLOCK_LEN: usize = 9 + 9 + 2 + 5 + 18 + 10;
/// Tag of the flags, which a record within a span has.
const FLAGS_TAG: u8 = 0x45;
/// Those of a record outside any span.
const BARE_LEN: usize = 9 + 9 + 2;

/// What takes the same room in every record: one block, assembled on the stack and copied at once.
#[inline]
fn put_block(out: &mut Vec<u8>, parts: &Parts<'_>) {
    let mut block = [0; BLOCK_LEN];
    block[0] = 0x09; // time
    block[1..9].copy_from_slice(&parts.unix_nanos.to_le_bytes());
    block[9] = 0x59; // observed time
    block[10..18].copy_from_slice(&parts.unix_nanos.to_le_bytes());
    block[18] = 0x10; // severity number
    block[19] = parts.severity as u8;
    let Some(span) = parts.span else {
        return out.extend_from_slice(&block[..BARE_LEN]);
    };
    block[20] = FLAGS_TAG;
    block[21..25].copy_from_slice(&u32::from(span.flags).to_le_bytes());
    block[25] = 0x4a; // trace id, 16 bytes
    block[26] = 16;
    block[27..43].copy_from_slice(&span.trace_id.to_bytes());
    block[43] = 0x52; // span id, 8 bytes
    block[44] = 8;
    block[45..53].copy_from_slice(&span.span_id.to_bytes());
    out.extend_from_slice(&block);
}

/// An `AnyValue` that is a text.
fn put_body(out: &mut Vec<u8>, text: &str) {
    put_varint(out, u64::from(field::BODY << 3 | LENGTH));
    put_varint(out, (1 + varint_len(text.len() as u64) + text.len()) as u64);
    put_bytes(out, 1, text.as_bytes()); // AnyValue.string_value = 1
}

/// The beginning of `text`, cut between characters.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The name of an encoded event, empty for a plain log record, and its attributes; without looking at
/// the rest.
#[inline]
pub(crate) fn event_parts(encoded: &[u8]) -> (&str, Attributes<'_>) {
    // What has the same length in every record is stepped over.
    let is_in_span = encoded.get(BARE_LEN).is_some_and(|tag| *tag == FLAGS_TAG);
    let block = if is_in_span { BLOCK_LEN } else { BARE_LEN };
    let mut fields = Fields::new(encoded.get(block..).unwrap_or_default());
    let mut name = "";
    loop {
        let rest = fields.rest();
        match fields.next() {
            Some(one) if one.number == field::ATTRIBUTES => {
                return (name, Attributes::new(rest, field::ATTRIBUTES));
            }
            Some(one) if one.number == field::EVENT_NAME => name = one.value.text(),
            Some(_) => {}
            None => return (name, Attributes::new(&[], field::ATTRIBUTES)),
        }
    }
}

/// The span of an encoded event, without looking at the rest; invalid outside any.
pub(crate) fn event_span(encoded: &[u8]) -> SpanContext {
    let ids = |block: &[u8; BLOCK_LEN]| {
        let flags = *block.get(21)?;
        let trace_id = TraceId::from_bytes(block.get(27..43)?.try_into().ok()?)?;
        let span_id = SpanId::from_bytes(block.get(45..53)?.try_into().ok()?)?;
        Some(SpanContext { trace_id, span_id, flags, ..SpanContext::INVALID })
    };
    let block = encoded.first_chunk().filter(|block| block[BARE_LEN] == FLAGS_TAG);
    block.and_then(ids).unwrap_or(SpanContext::INVALID)
}

/// A log record or event, as sinks see it: decoded from the record when it is made.
///
/// ```
/// use telemetry_core::{LogRef, Severity};
///
/// /// A line for a record that somebody should look at.
/// fn line(log: &LogRef<'_>) -> Option<String> {
///     let trace = log.trace_id().map(|id| id.to_string()).unwrap_or_default();
///     (log.severity() >= Severity::Warn).then(|| format!("{} {} {trace}", log.severity().as_str(), log.event_name()))
/// }
/// ```
#[derive(Clone, Debug)]
pub struct LogRef<'a> {
    scope: &'static Scope,
    encoded: &'a [u8],
    /// The part of `encoded` in which the attributes stand.
    attributes: &'a [u8],
    time_unix_nanos: u64,
    severity: Severity,
    body: Option<Value<'a>>,
    event_name: &'a str,
    trace_id: Option<TraceId>,
    span_id: Option<SpanId>,
    dropped_attributes: u32,
}

impl<'a> LogRef<'a> {
    pub(crate) fn new(scope: &'static Scope, encoded: &'a [u8]) -> Self {
        let mut log = Self {
            scope,
            encoded,
            attributes: &[],
            time_unix_nanos: 0,
            severity: Severity::Info,
            body: None,
            event_name: "",
            trace_id: None,
            span_id: None,
            dropped_attributes: 0,
        };
        let mut fields = Fields::new(encoded);
        loop {
            let rest = fields.rest();
            match fields.next() {
                Some(one) if one.number == field::ATTRIBUTES => log.attributes = rest,
                Some(one) => {
                    log.read(one.number, one.value);
                    continue;
                }
                None => {}
            }
            return log;
        }
    }

    fn read(&mut self, number: u32, value: FieldValue<'a>) {
        match number {
            field::TIME => self.time_unix_nanos = value.number(),
            field::SEVERITY_NUMBER => self.severity = Severity::from_number(value.number()),
            field::BODY => self.body = Some(read_any_value(value.bytes())),
            field::DROPPED_ATTRIBUTES => self.dropped_attributes = value.number() as u32,
            field::TRACE_ID => {
                self.trace_id = value.bytes().try_into().ok().and_then(TraceId::from_bytes);
            }
            field::SPAN_ID => {
                self.span_id = value.bytes().try_into().ok().and_then(SpanId::from_bytes);
            }
            field::EVENT_NAME => self.event_name = value.text(),
            _ => {}
        }
    }

    /// When it happened, in nanoseconds since the Unix epoch.
    pub fn time_unix_nanos(&self) -> u64 {
        self.time_unix_nanos
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The text for people.
    pub fn body(&self) -> Option<Value<'a>> {
        self.body
    }

    /// The event's name; empty for a plain log record.
    pub fn event_name(&self) -> &'a str {
        self.event_name
    }

    /// The attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes, field::ATTRIBUTES)
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<Value<'a>> {
        self.attributes().find(key)
    }

    /// Attributes that were left out because they went beyond the limits.
    pub fn dropped_attributes(&self) -> u32 {
        self.dropped_attributes
    }

    /// The trace it belongs to.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.trace_id
    }

    /// The span it belongs to.
    pub fn span_id(&self) -> Option<SpanId> {
        self.span_id
    }

    /// The library that made it.
    pub fn scope(&self) -> &'static Scope {
        self.scope
    }

    /// The record: an `opentelemetry.proto.logs.v1.LogRecord` message.
    pub fn encoded(&self) -> &'a [u8] {
        self.encoded
    }
}
