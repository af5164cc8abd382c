use std::borrow::Cow;

use super::links::{self, LinkRef};
use super::record::{IS_REMOTE, ROOT_LEN, field};
use super::span_event::{self, DROPPED_EVENTS_FIELD};
use super::{SpanEventRef, SpanKind, Status};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::sampling::adjusted_count;
use crate::scope::Scope;
use crate::wire::{FieldValue, Fields, LENGTH, text};

/// An ended span, as sinks see it: the record, of which each part is decoded when it is asked for.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::SpanRef;
///
/// fn took(span: &SpanRef<'_>) -> Duration {
///     Duration::from_nanos(span.end_unix_nanos() - span.start_unix_nanos())
/// }
///
/// fn is_slow_query(span: &SpanRef<'_>) -> bool {
///     span.attribute("db.system.name").is_some() && took(span) > Duration::from_millis(200)
/// }
/// ```
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
