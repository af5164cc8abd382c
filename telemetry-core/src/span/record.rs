use std::borrow::Cow;

use super::links::{self, LinkBuffer, LinkRef};
use super::span_event::{self, DROPPED_EVENTS_FIELD, EncodedEvents, SpanEvents};
use super::{AttributeBuffer, SpanEventRef, SpanKind, Status};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::pipeline::{FRAME_HEADER, Fate, MAX_RECORD, Signal, end_frame, frame_header};
use crate::sampling::adjusted_count;
use crate::scope::Scope;
use crate::wire::{FieldValue, Fields, LENGTH, put_bytes, put_uint, text, varint_len};

/// Numbers of the fields of `opentelemetry.proto.trace.v1.Span` that aren't part of the fixed block.
mod field {
    pub(super) const TRACE_STATE: u32 = 3;
    pub(super) const NAME: u32 = 5;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 10;
    pub(super) const STATUS: u32 = 15;
}

/// `SpanFlags` of OTLP: whether the parent is remote is known, and whether it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Bytes of ids, kind, times and flags of a span without a parent.
const ROOT_LEN: usize = 18 + 10 + 2 + 9 + 9 + 6;
/// Bytes of a parent's id.
const PARENT_LEN: usize = 10;

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
        let rare = if self.is_plain() { 0 } else { self.rare_length() };
        ROOT_LEN + PARENT_LEN + 2 + self.name.len() + self.attributes.bytes().len() + rare
    }

    /// Where the record goes.
    #[inline]
    pub(super) fn fate(&self) -> Fate {
        Fate { signal: Signal::Spans, sampled: self.span.is_sampled() }
    }

    /// Whether there is none of what most spans don't have.
    #[inline]
    fn is_plain(&self) -> bool {
        matches!(self.status, Status::Unset)
            && self.attributes.dropped() == 0
            && self.span.trace_state.is_none()
            && self.links.is_none()
            && self.name.len() < 0x80
            && self.events.is_none()
    }

    #[cold]
    fn rare_length(&self) -> usize {
        self.rare_length_without_events() + self.events().map_or(0, EncodedEvents::len)
    }

    /// The events for which there is room.
    fn events(&self) -> Option<EncodedEvents<'_>> {
        let others = self.name.len() + self.attributes.bytes().len();
        let taken = HEAD + others + self.rare_length_without_events() + EncodedEvents::HEAD;
        self.events.map(|events| events.within(MAX_RECORD.saturating_sub(taken)))
    }

    fn rare_length_without_events(&self) -> usize {
        let description = match self.status {
            Status::Error(text) => text.len(),
            _ => 0,
        };
        // Tags and lengths of name, state and status, and the number of dropped attributes.
        let framing = 4 + 6 + 20 + 6;
        let links = self.links.map_or(0, LinkBuffer::encoded_len);
        self.span.trace_state().len() + description + links + framing
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
        out.extend_from_slice(&head[..end + 2]);
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
        put_bytes(out, field::NAME, self.name.as_bytes());
        put_rare(out, self.span, self.attributes.dropped(), self.status);
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
}

/// What most spans don't have.
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
    crate::wire::put_varint(out, u64::from(number << 3 | LENGTH));
    crate::wire::put_varint(out, length as u64);
}

/// An ended span, as sinks see it: the record, of which each part is decoded when it is asked for.
#[derive(Clone, Debug)]
pub struct SpanRef<'a> {
    scope: &'static Scope,
    encoded: &'a [u8],
    fixed: &'a [u8; ROOT_LEN],
    parent: Option<&'a [u8; 8]>,
    name: &'a [u8],
    /// What most spans don't have.
    rare: &'a [u8],
    attributes: &'a [u8],
}

impl<'a> SpanRef<'a> {
    /// Finds the parts of what [`Record::encode`] has written.
    #[inline]
    pub(crate) fn new(scope: &'static Scope, encoded: &'a [u8]) -> Self {
        static NOTHING: [u8; ROOT_LEN] = [0; ROOT_LEN];
        let (fixed, rest) = encoded.split_first_chunk().unwrap_or((&NOTHING, &[]));
        let (parent, rest) = match rest.split_first_chunk() {
            Some(([0x22, 8], rest)) => {
                rest.split_first_chunk().map_or((None, rest), |(id, rest)| (Some(id), rest))
            }
            _ => (None, rest),
        };
        let (name, rest) = split_name(rest);
        let (rare, attributes) = split_rare(rest);
        Self { scope, encoded, fixed, parent, name, rare, attributes }
    }

    /// The last of the rare fields with this number.
    fn rare(&self, number: u32) -> Option<FieldValue<'a>> {
        Fields::new(self.rare).filter(|one| one.number == number).last().map(|one| one.value)
    }

    /// Bytes of the fixed block.
    #[inline]
    fn fixed<const N: usize>(&self, start: usize) -> [u8; N] {
        self.fixed[start..].first_chunk().copied().unwrap_or([0; N])
    }

    /// The trace.
    #[inline]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from_bytes(self.fixed(2)).unwrap_or(TraceId::INVALID)
    }

    /// The span.
    #[inline]
    pub fn span_id(&self) -> SpanId {
        SpanId::from_bytes(self.fixed(20)).unwrap_or(SpanId::INVALID)
    }

    /// The span above it; none for the root of a trace.
    #[inline]
    pub fn parent_span_id(&self) -> Option<SpanId> {
        self.parent.copied().and_then(SpanId::from_bytes)
    }

    /// Whether the parent is in another process.
    pub fn parent_is_remote(&self) -> bool {
        self.flags() & IS_REMOTE != 0
    }

    /// The value of `tracestate`; empty when there is none.
    pub fn trace_state(&self) -> &'a str {
        self.rare(field::TRACE_STATE).map_or("", FieldValue::text)
    }

    /// The span's name.
    #[inline]
    pub fn name(&self) -> &'a str {
        text(self.name)
    }

    /// The span's role.
    #[inline]
    pub fn kind(&self) -> SpanKind {
        SpanKind::from_number(u64::from(self.fixed[29]))
    }

    /// When it started, in nanoseconds since the Unix epoch.
    pub fn start_unix_nanos(&self) -> u64 {
        u64::from_le_bytes(self.fixed(31))
    }

    /// When it ended, in nanoseconds since the Unix epoch.
    pub fn end_unix_nanos(&self) -> u64 {
        u64::from_le_bytes(self.fixed(40))
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
        self.rare(field::DROPPED_ATTRIBUTES).map_or(0, |value| value.number() as u32)
    }

    /// What happened within the span and was recorded in it, in its order.
    pub fn events(&self) -> impl Iterator<Item = SpanEventRef<'a>> + use<'a> {
        span_event::read(self.rare)
    }

    /// Events that were left out because they went beyond the limits.
    pub fn dropped_events(&self) -> u32 {
        self.rare(DROPPED_EVENTS_FIELD).map_or(0, |value| value.number() as u32)
    }

    /// The links to other spans.
    pub fn links(&self) -> impl Iterator<Item = LinkRef<'a>> + use<'a> {
        links::links(self.rare)
    }

    /// Links that were left out because they went beyond the limits.
    pub fn dropped_links(&self) -> u32 {
        links::dropped(self.rare)
    }

    /// How the operation ended.
    pub fn status(&self) -> Status {
        self.rare(field::STATUS).map_or(Status::Unset, |value| read_status(value.bytes()))
    }

    /// The flags of OTLP: W3C's in the lowest byte, then whether the parent is remote.
    pub fn flags(&self) -> u32 {
        u32::from_le_bytes(self.fixed(50))
    }

    /// How many spans this one stands for: the reciprocal of the probability with which it was sampled,
    /// as
    /// [consistent sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/)
    /// keeps it in `tracestate`; 1 where nothing was left out by chance. Zero for a span that wasn't
    /// sampled and is here because it was rescued: those of its kind are counted by the sampled ones.
    pub fn adjusted_count(&self) -> f64 {
        if self.flags() & u32::from(SpanContext::SAMPLED) == 0 {
            return 0.0;
        }
        adjusted_count(self.trace_state())
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

/// Takes the name off, which is the first field after the fixed block.
#[inline]
fn split_name(rest: &[u8]) -> (&[u8], &[u8]) {
    const NAME: u8 = (field::NAME << 3 | LENGTH) as u8;
    if let [NAME, length @ 0..0x80, after @ ..] = rest
        && let Some(parts) = after.split_at_checked(usize::from(*length))
    {
        return parts;
    }
    split_long_name(rest)
}

#[cold]
fn split_long_name(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut fields = Fields::new(rest);
    match fields.next() {
        Some(one) if one.number == field::NAME => (one.value.bytes(), fields.rest()),
        _ => (&[], rest),
    }
}

/// Tells the rare fields from the attributes, which come last.
#[inline]
fn split_rare(rest: &[u8]) -> (&[u8], &[u8]) {
    const ATTRIBUTE: u8 = (ATTRIBUTE_FIELD << 3 | LENGTH) as u8;
    match rest.first() {
        None | Some(&ATTRIBUTE) => (&[], rest),
        Some(_) => split_some_rare(rest),
    }
}

#[cold]
fn split_some_rare(rest: &[u8]) -> (&[u8], &[u8]) {
    let mut fields = Fields::new(rest);
    loop {
        let left = fields.rest();
        if fields.next().is_none_or(|one| one.number == ATTRIBUTE_FIELD) {
            return rest.split_at(rest.len() - left.len());
        }
    }
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
