use super::links::LinkBuffer;
use super::span_event::{EncodedEvents, SpanEvents};
use super::{AttributeBuffer, SpanKind, Status};
use crate::context::{SpanContext, SpanId};
use crate::pipeline::{FRAME_HEADER, Fate, MAX_RECORD, Signal, end_frame, frame_header};
use crate::scope::Scope;
use crate::wire::{LENGTH, put_bytes, put_uint, varint_len};

/// Numbers of the fields of `opentelemetry.proto.trace.v1.Span` that aren't part of the fixed block.
pub(super) mod field {
    pub(in crate::span) const TRACE_STATE: u32 = 3;
    pub(in crate::span) const NAME: u32 = 5;
    pub(in crate::span) const DROPPED_ATTRIBUTES: u32 = 10;
    pub(in crate::span) const STATUS: u32 = 15;
}

/// `SpanFlags` of OTLP: whether the parent is remote is known, and whether it is.
const HAS_IS_REMOTE: u32 = 0x100;
pub(super) const IS_REMOTE: u32 = 0x200;

/// Bytes of ids, kind, times and flags of a span without a parent.
pub(super) const ROOT_LEN: usize = 18 + 10 + 2 + 9 + 9 + 6;
/// Bytes of a parent's id.
const PARENT_LEN: usize = 10;

/// Bytes of a name that are recorded, and of what a status says.
const MAX_NAME: usize = 1024;
const MAX_DESCRIPTION: usize = 4 * 1024;

/// Bytes of what a record begins with: the frame's header, the fixed block, a parent's id, and tag and
/// length of the name.
const HEAD: usize = FRAME_HEADER + ROOT_LEN + PARENT_LEN + 2;

/// All that an ended span's record says.
pub(super) struct Record<'a> {
    pub(super) scope: &'static Scope,
    pub(super) span: &'a SpanContext,
    pub(super) parent: SpanId,
    pub(super) parent_is_remote: bool,
    pub(super) kind: SpanKind,
    pub(super) start_unix_nanos: u64,
    pub(super) end_unix_nanos: u64,
    pub(super) name: &'a str,
    pub(super) attributes: &'a AttributeBuffer,
    pub(super) links: Option<&'a LinkBuffer>,
    pub(super) status: &'a Status,
    pub(super) events: Option<&'a SpanEvents>,
}

impl Record<'_> {
    /// An upper bound of the record's length.
    #[inline]
    pub(super) fn length(&self) -> usize {
        if self.is_plain() {
            return HEAD - FRAME_HEADER + self.name.len() + self.attributes.bytes().len();
        }
        self.length_of_rare()
    }

    /// Where the record goes.
    #[inline]
    pub(super) fn fate(&self) -> Fate {
        Fate { signal: Signal::Spans, sampled: self.span.is_sampled() }
    }

    /// Whether there is none of what most spans don't have.
    #[inline]
    fn is_plain(&self) -> bool {
        // Looked at all at once, for the answer is nearly always yes.
        matches!(self.status, Status::Unset)
            & (self.attributes.dropped() == 0)
            & self.span.trace_state.is_none()
            & self.links.is_none()
            & (self.name.len() < 0x80)
            & self.events.is_none()
    }

    #[cold]
    fn length_of_rare(&self) -> usize {
        let without_events = self.length_without_description() + self.description().len();
        without_events + self.events().map_or(0, EncodedEvents::len)
    }

    /// The events for which there is room.
    fn events(&self) -> Option<EncodedEvents<'_>> {
        let taken = FRAME_HEADER + self.length_without_description() + self.description().len();
        let room = MAX_RECORD.saturating_sub(taken + EncodedEvents::HEAD);
        self.events.map(|events| events.within(room))
    }

    fn length_without_description(&self) -> usize {
        // Tags and lengths of name, state and status, and the number of dropped attributes.
        let framing = 4 + 6 + 20 + 6;
        let links = self.links.map_or(0, LinkBuffer::encoded_len);
        let texts = self.short_name().len() + self.span.trace_state().len();
        HEAD - FRAME_HEADER + texts + self.attributes.bytes().len() + links + framing
    }

    /// The name, cut between two characters where it is too long to be one.
    fn short_name(&self) -> &str {
        &self.name[..self.name.floor_char_boundary(MAX_NAME)]
    }

    /// What the status says, as much of it as there is room for beside the rest and the number of events: the
    /// span mustn't be lost for it.
    fn description(&self) -> &str {
        let Status::Error(text) = self.status else {
            return "";
        };
        let taken = FRAME_HEADER + self.length_without_description() + EncodedEvents::HEAD;
        let room = MAX_RECORD.saturating_sub(taken).min(MAX_DESCRIPTION);
        &text[..text.floor_char_boundary(room)]
    }

    /// Appends the framed record.
    #[inline]
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        // Assembled on the stack and copied at once.
        let mut head = [0; HEAD];
        let end = self.put_head(&mut head);
        if !self.is_plain() {
            return self.encode_rare(out, &head[..end]);
        }
        head[end] = 0x2a; // name
        head[end + 1] = self.name.len() as u8;
        let attributes = self.attributes.bytes();
        let length = end + 2 + self.name.len() + attributes.len() - FRAME_HEADER;
        head[..4].copy_from_slice(&(length as u32).to_le_bytes());
        // All of it, since a copy of constant length needs no call.
        let start = out.len();
        out.extend_from_slice(&head);
        out.truncate(start + end + 2);
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(attributes);
    }

    /// Writes the frame's header, whose length isn't known yet, and the parts that take the same room
    /// in every span.
    #[inline]
    fn put_head(&self, head: &mut [u8; HEAD]) -> usize {
        head[..FRAME_HEADER].copy_from_slice(&frame_header(self.fate(), self.scope));
        head[8..10].copy_from_slice(&[0x0a, 16]); // trace_id, 16 bytes
        head[10..26].copy_from_slice(&self.span.trace_id.to_bytes());
        head[26..28].copy_from_slice(&[0x12, 8]); // span_id, 8 bytes
        head[28..36].copy_from_slice(&self.span.span_id.to_bytes());
        head[36..39].copy_from_slice(&[0x30, self.kind as u8, 0x39]); // kind, start
        head[39..47].copy_from_slice(&self.start_unix_nanos.to_le_bytes());
        head[47] = 0x41; // end
        head[48..56].copy_from_slice(&self.end_unix_nanos.to_le_bytes());
        head[56..58].copy_from_slice(&[0x85, 0x01]); // flags, fixed32 of field 16
        let remote = if self.parent_is_remote { IS_REMOTE } else { 0 };
        let flags = u32::from(self.span.flags) | HAS_IS_REMOTE | remote;
        head[58..62].copy_from_slice(&flags.to_le_bytes());
        if self.parent == SpanId::INVALID {
            return FRAME_HEADER + ROOT_LEN;
        }
        head[62..64].copy_from_slice(&[0x22, 8]); // parent_span_id
        head[64..72].copy_from_slice(&self.parent.to_bytes());
        FRAME_HEADER + ROOT_LEN + PARENT_LEN
    }

    #[cold]
    fn encode_rare(&self, out: &mut Vec<u8>, head: &[u8]) {
        let start = out.len();
        out.extend_from_slice(head);
        put_bytes(out, field::NAME, self.short_name().as_bytes());
        self.put_rare(out);
        if let Some(events) = self.events() {
            events.put(out);
        }
        if let Some(links) = self.links {
            links.encode(out);
        }
        // Last, so that a reader who meets the first of them has everything else.
        out.extend_from_slice(self.attributes.bytes());
        end_frame(out, start);
    }

    /// What most spans don't have.
    fn put_rare(&self, out: &mut Vec<u8>) {
        if let Some(state) = &self.span.trace_state {
            put_bytes(out, field::TRACE_STATE, state.as_bytes());
        }
        if self.attributes.dropped() > 0 {
            put_uint(out, field::DROPPED_ATTRIBUTES, u64::from(self.attributes.dropped()));
        }
        match self.status {
            Status::Unset => {}
            // Status.code = 3: 1 is ok, 2 is an error.
            Status::Ok => put_bytes(out, field::STATUS, &[0x18, 1]),
            Status::Error(text) if text.is_empty() => put_bytes(out, field::STATUS, &[0x18, 2]),
            Status::Error(_) => {
                let text = self.description();
                let message = 1 + varint_len(text.len() as u64) + text.len();
                put_uint_key(out, field::STATUS, message + 2);
                put_bytes(out, 2, text.as_bytes()); // Status.message = 2
                out.extend_from_slice(&[0x18, 2]);
            }
        }
    }
}

/// The key and the length of a message whose content follows.
fn put_uint_key(out: &mut Vec<u8>, number: u32, length: usize) {
    crate::wire::put_varint(out, u64::from(number << 3 | LENGTH));
    crate::wire::put_varint(out, length as u64);
}
