use super::Severity;
use crate::attribute::{Attributes, Value, put_any_value, read_any_value};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::pipeline::{Fate, MAX_RECORD, begin_frame, end_frame};
use crate::scope::Scope;
use crate::span::AttributeBuffer;
use crate::wire::{FieldValue, Fields, put_bytes, put_uint, put_varint};

/// Field numbers of `opentelemetry.proto.logs.v1.LogRecord`.
mod field {
    pub(super) const TIME: u32 = 1;
    pub(super) const SEVERITY_NUMBER: u32 = 2;
    pub(super) const SEVERITY_TEXT: u32 = 3;
    pub(super) const BODY: u32 = 5;
    pub(super) const ATTRIBUTES: u32 = 6;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 7;
    pub(super) const FLAGS: u32 = 8;
    pub(super) const TRACE_ID: u32 = 9;
    pub(super) const SPAN_ID: u32 = 10;
    pub(super) const OBSERVED_TIME: u32 = 11;
    pub(super) const EVENT_NAME: u32 = 12;
}

/// The field in which a log record's attributes stand.
pub(super) const ATTRIBUTES: u32 = field::ATTRIBUTES;

/// Attributes of a log record in the making.
pub(super) fn attribute_buffer(bytes: Vec<u8>) -> AttributeBuffer {
    AttributeBuffer::of_field(field::ATTRIBUTES, bytes)
}

/// What a log record is made of besides its attributes.
pub(super) struct Parts<'a> {
    pub(super) unix_nanos: u64,
    pub(super) severity: Severity,
    pub(super) body: &'a str,
    pub(super) name: &'a str,
    pub(super) span: Option<&'a SpanContext>,
}

/// A text longer than this is cut in the record.
const MAX_TEXT: usize = MAX_RECORD / 8;

/// An upper bound of the record's length.
pub(super) fn record_len(parts: &Parts<'_>, attributes: &AttributeBuffer) -> usize {
    let fixed = 9 + 9 + 2 + 8 + 5 + 18 + 10 + 8;
    fixed
        + parts.body.len().min(MAX_TEXT)
        + 12
        + parts.name.len().min(MAX_TEXT)
        + 6
        + attributes.bytes().len()
}

/// Appends the framed record.
pub(super) fn encode(
    out: &mut Vec<u8>,
    fate: Fate,
    scope: &'static Scope,
    parts: &Parts<'_>,
    attributes: &AttributeBuffer,
) {
    let start = begin_frame(out, fate, scope);
    put_fixed64(out, field::TIME, parts.unix_nanos);
    put_fixed64(out, field::OBSERVED_TIME, parts.unix_nanos);
    put_uint(out, field::SEVERITY_NUMBER, parts.severity as u64);
    put_bytes(out, field::SEVERITY_TEXT, parts.severity.as_str().as_bytes());
    if !parts.body.is_empty() {
        put_body(out, cut(parts.body));
    }
    if attributes.dropped() > 0 {
        put_uint(out, field::DROPPED_ATTRIBUTES, u64::from(attributes.dropped()));
    }
    if let Some(span) = parts.span {
        put_varint(out, u64::from(field::FLAGS << 3 | crate::wire::FIXED32));
        out.extend_from_slice(&u32::from(span.flags).to_le_bytes());
        put_bytes(out, field::TRACE_ID, &span.trace_id.to_bytes());
        put_bytes(out, field::SPAN_ID, &span.span_id.to_bytes());
    }
    if !parts.name.is_empty() {
        put_bytes(out, field::EVENT_NAME, cut(parts.name).as_bytes());
    }
    // Last, so that a reader who meets the first of them has everything else.
    out.extend_from_slice(attributes.bytes());
    end_frame(out, start);
}

fn put_fixed64(out: &mut Vec<u8>, number: u32, value: u64) {
    put_varint(out, u64::from(number << 3 | crate::wire::FIXED64));
    out.extend_from_slice(&value.to_le_bytes());
}

fn put_body(out: &mut Vec<u8>, text: &str) {
    let mut body = Vec::new();
    put_any_value(&mut body, Value::Str(text));
    put_bytes(out, field::BODY, &body);
}

/// The beginning of `text`, cut between characters.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// A log record or event, as sinks see it: decoded from the record when it is made.
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
