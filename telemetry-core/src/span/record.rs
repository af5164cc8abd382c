use std::borrow::Cow;

use super::{AttributeBuffer, SpanKind, Status};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::pipeline::{Signal, begin_frame, end_frame};
use crate::scope::Scope;
use crate::wire::{FieldValue, Fields, put_bytes, put_uint, varint_len};

/// Field numbers of `opentelemetry.proto.trace.v1.Span`.
mod field {
    pub(super) const TRACE_ID: u32 = 1;
    pub(super) const SPAN_ID: u32 = 2;
    pub(super) const TRACE_STATE: u32 = 3;
    pub(super) const PARENT_SPAN_ID: u32 = 4;
    pub(super) const NAME: u32 = 5;
    pub(super) const KIND: u32 = 6;
    pub(super) const START: u32 = 7;
    pub(super) const END: u32 = 8;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 10;
    pub(super) const STATUS: u32 = 15;
    pub(super) const FLAGS: u32 = 16;
}

/// `SpanFlags` of OTLP: whether the parent is remote is known, and whether it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Bytes of ids, kind, times and flags of a span without a parent.
const ROOT_LEN: usize = 18 + 10 + 2 + 9 + 9 + 6;

/// The parts of a record that take the same room in every span.
pub(super) struct Fixed<'a> {
    pub(super) span: &'a SpanContext,
    pub(super) parent: SpanId,
    pub(super) parent_is_remote: bool,
    pub(super) kind: SpanKind,
    pub(super) start_unix_nanos: u64,
    pub(super) end_unix_nanos: u64,
}

impl Fixed<'_> {
    /// Ids, kind, times and flags, with a parent.
    const LEN: usize = ROOT_LEN + 10;

    /// An upper bound of the record's length.
    #[inline]
    pub(super) fn record_len(
        &self,
        name: &str,
        attributes: &AttributeBuffer,
        status: &Status,
    ) -> usize {
        let description = match status {
            Status::Error(text) => text.len() + 16,
            _ => 8,
        };
        let state = self.span.trace_state().len() + 4;
        Self::LEN + name.len() + 6 + attributes.bytes().len() + description + state + 8
    }
}

/// Appends the framed record.
#[inline]
pub(super) fn encode(
    out: &mut Vec<u8>,
    scope: &'static Scope,
    fixed: &Fixed<'_>,
    name: &str,
    attributes: &AttributeBuffer,
    status: &Status,
) {
    let start = begin_frame(out, Signal::Spans, scope);
    put_fixed(out, fixed);
    put_bytes(out, field::NAME, name.as_bytes());
    put_rare(out, fixed.span, attributes.dropped(), status);
    // Last, so that a reader who meets the first of them has everything else.
    out.extend_from_slice(attributes.bytes());
    end_frame(out, start);
}

/// One block, assembled on the stack and copied at once.
#[inline]
fn put_fixed(out: &mut Vec<u8>, fixed: &Fixed<'_>) {
    let mut block = [0; Fixed::LEN];
    block[0] = 0x0a; // trace_id, 16 bytes
    block[1] = 16;
    block[2..18].copy_from_slice(&fixed.span.trace_id.to_bytes());
    block[18] = 0x12; // span_id, 8 bytes
    block[19] = 8;
    block[20..28].copy_from_slice(&fixed.span.span_id.to_bytes());
    block[28] = 0x30; // kind
    block[29] = fixed.kind as u8;
    block[30] = 0x39; // start
    block[31..39].copy_from_slice(&fixed.start_unix_nanos.to_le_bytes());
    block[39] = 0x41; // end
    block[40..48].copy_from_slice(&fixed.end_unix_nanos.to_le_bytes());
    block[48] = 0x85; // flags, fixed32 of field 16
    block[49] = 0x01;
    let remote = if fixed.parent_is_remote { IS_REMOTE } else { 0 };
    let flags = u32::from(fixed.span.flags) | HAS_IS_REMOTE | remote;
    block[50..54].copy_from_slice(&flags.to_le_bytes());
    block[54] = 0x22; // parent_span_id, last: a root is cut short of it
    block[55] = 8;
    block[56..64].copy_from_slice(&fixed.parent.to_bytes());
    let length = if fixed.parent == SpanId::INVALID { ROOT_LEN } else { Fixed::LEN };
    out.extend_from_slice(&block[..length]);
}

/// What most spans don't have.
#[inline]
fn put_rare(out: &mut Vec<u8>, span: &SpanContext, dropped: u32, status: &Status) {
    if let Some(state) = &span.trace_state {
        put_bytes(out, field::TRACE_STATE, state.as_bytes());
    }
    if dropped > 0 {
        put_uint(out, field::DROPPED_ATTRIBUTES, u64::from(dropped));
    }
    match status {
        Status::Unset => {}
        // Status.code = 3: 1 is ok, 2 is an error.
        Status::Ok => put_bytes(out, field::STATUS, &[0x18, 1]),
        Status::Error(text) if text.is_empty() => put_bytes(out, field::STATUS, &[0x18, 2]),
        Status::Error(text) => {
            let message = 1 + varint_len(text.len() as u64) + text.len();
            put_uint_key(out, field::STATUS, message + 2);
            put_bytes(out, 2, text.as_bytes()); // Status.message = 2
            out.extend_from_slice(&[0x18, 2]);
        }
    }
}

/// The key and the length of a message whose content follows.
fn put_uint_key(out: &mut Vec<u8>, number: u32, length: usize) {
    crate::wire::put_varint(out, u64::from(number << 3 | crate::wire::LENGTH));
    crate::wire::put_varint(out, length as u64);
}

/// An ended span, as sinks see it: decoded from the record when it is made.
#[derive(Clone, Debug)]
pub struct SpanRef<'a> {
    scope: &'static Scope,
    encoded: &'a [u8],
    /// The part of `encoded` in which the attributes stand.
    attributes: &'a [u8],
    trace_id: TraceId,
    span_id: SpanId,
    parent: Option<SpanId>,
    trace_state: &'a str,
    name: &'a str,
    kind: SpanKind,
    start_unix_nanos: u64,
    end_unix_nanos: u64,
    dropped_attributes: u32,
    flags: u32,
    status: Status,
}

impl<'a> SpanRef<'a> {
    pub(crate) fn new(scope: &'static Scope, encoded: &'a [u8]) -> Self {
        let mut span = Self {
            scope,
            encoded,
            attributes: &[],
            trace_id: TraceId::INVALID,
            span_id: SpanId::INVALID,
            parent: None,
            trace_state: "",
            name: "",
            kind: SpanKind::Internal,
            start_unix_nanos: 0,
            end_unix_nanos: 0,
            dropped_attributes: 0,
            flags: 0,
            status: Status::Unset,
        };
        let mut fields = Fields::new(span.read_fixed());
        loop {
            let rest = fields.rest();
            match fields.next() {
                Some(one) if one.number == ATTRIBUTE_FIELD => span.attributes = rest,
                Some(one) => {
                    span.read(one.number, one.value);
                    continue;
                }
                None => {}
            }
            return span;
        }
    }

    /// Reads the block that [`put_fixed`] writes at once, and gives back what follows it; everything,
    /// when the record doesn't begin with such a block.
    #[inline]
    fn read_fixed(&mut self) -> &'a [u8] {
        let Some((block, rest)) = self.encoded.split_first_chunk::<ROOT_LEN>() else {
            return self.encoded;
        };
        let tags = [block[0], block[1], block[18], block[19], block[28], block[30], block[39]];
        if tags != [0x0a, 16, 0x12, 8, 0x30, 0x39, 0x41] || block[48..50] != [0x85, 0x01] {
            return self.encoded;
        }
        let word = |at: usize| {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(&block[at..at + 8]);
            bytes
        };
        let mut trace_id = [0; 16];
        trace_id.copy_from_slice(&block[2..18]);
        self.trace_id = TraceId::from_bytes(trace_id).unwrap_or(TraceId::INVALID);
        self.span_id = SpanId::from_bytes(word(20)).unwrap_or(SpanId::INVALID);
        self.kind = SpanKind::from_number(u64::from(block[29]));
        self.start_unix_nanos = u64::from_le_bytes(word(31));
        self.end_unix_nanos = u64::from_le_bytes(word(40));
        self.flags = u32::from_le_bytes([block[50], block[51], block[52], block[53]]);
        rest
    }

    #[inline]
    fn read(&mut self, number: u32, value: FieldValue<'a>) {
        match number {
            field::TRACE_ID => {
                let bytes = value.bytes().try_into().ok();
                self.trace_id = bytes.and_then(TraceId::from_bytes).unwrap_or(TraceId::INVALID);
            }
            field::SPAN_ID => self.span_id = span_id(value).unwrap_or(SpanId::INVALID),
            field::TRACE_STATE => self.trace_state = value.text(),
            field::PARENT_SPAN_ID => self.parent = span_id(value),
            field::NAME => self.name = value.text(),
            field::KIND => self.kind = SpanKind::from_number(value.number()),
            field::START => self.start_unix_nanos = value.number(),
            field::END => self.end_unix_nanos = value.number(),
            field::DROPPED_ATTRIBUTES => self.dropped_attributes = value.number() as u32,
            field::STATUS => self.status = read_status(value.bytes()),
            field::FLAGS => self.flags = value.number() as u32,
            _ => {}
        }
    }

    /// The trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The span above it; none for the root of a trace.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        self.parent
    }

    /// Whether the parent is in another process.
    pub fn parent_is_remote(&self) -> bool {
        self.flags & IS_REMOTE != 0
    }

    /// The value of `tracestate`; empty when there is none.
    pub fn trace_state(&self) -> &'a str {
        self.trace_state
    }

    /// The span's name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// The span's role.
    pub fn kind(&self) -> SpanKind {
        self.kind
    }

    /// When it started, in nanoseconds since the Unix epoch.
    pub fn start_unix_nanos(&self) -> u64 {
        self.start_unix_nanos
    }

    /// When it ended, in nanoseconds since the Unix epoch.
    pub fn end_unix_nanos(&self) -> u64 {
        self.end_unix_nanos
    }

    /// The attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes, ATTRIBUTE_FIELD)
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<crate::Value<'a>> {
        self.attributes().find(key)
    }

    /// Attributes that were left out because they went beyond the limits.
    pub fn dropped_attributes(&self) -> u32 {
        self.dropped_attributes
    }

    /// How the operation ended.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// The flags of OTLP: W3C's in the lowest byte, then whether the parent is remote.
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// The library that made the span.
    pub fn scope(&self) -> &'static Scope {
        self.scope
    }

    /// The record: an `opentelemetry.proto.trace.v1.Span` message.
    pub fn encoded(&self) -> &'a [u8] {
        self.encoded
    }
}

fn span_id(value: FieldValue<'_>) -> Option<SpanId> {
    value.bytes().try_into().ok().and_then(SpanId::from_bytes)
}

fn read_status(message: &[u8]) -> Status {
    let (mut text, mut code) = ("", 0);
    for one in Fields::new(message) {
        match one.number {
            2 => text = one.value.text(),
            3 => code = one.value.number(),
            _ => {}
        }
    }
    match code {
        1 => Status::Ok,
        2 => Status::Error(Cow::Owned(text.to_owned())),
        _ => Status::Unset,
    }
}
