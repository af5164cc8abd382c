use super::{Draft, Span};
use crate::attribute::{Attributes, Value, put_attribute, put_cut};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::wire::{FIXED32, Fields, put_bytes, put_uint, put_varint};

/// Field numbers of `opentelemetry.proto.trace.v1.Span` and its `Link`.
mod field {
    pub(super) const LINKS: u32 = 13;
    pub(super) const DROPPED_LINKS: u32 = 14;

    pub(super) const TRACE_ID: u32 = 1;
    pub(super) const SPAN_ID: u32 = 2;
    pub(super) const TRACE_STATE: u32 = 3;
    pub(super) const ATTRIBUTES: u32 = 4;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 5;
    pub(super) const FLAGS: u32 = 6;
}

/// `SpanFlags` of OTLP: whether the linked span is remote is known, and whether it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

impl Span {
    /// Links to another span, when it becomes known only after the start; see [`SpanBuilder::link`].
    ///
    /// [`SpanBuilder::link`]: crate::SpanBuilder::link
    ///
    /// ```
    /// use telemetry_core::{SpanContext, SpanId, TraceId, span};
    ///
    /// # fn receive() -> Option<(SpanContext, i64)> {
    /// #     let trace = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736")?;
    /// #     Some((SpanContext::remote(trace, SpanId::parse("00f067aa0ba902b7")?, true), 7))
    /// # }
    /// let mut batch = span!("mail.batch").start();
    /// while let Some((sender, size)) = receive() {
    ///     batch.add_link(&sender, &[("messaging.message.body.size", size.into())]);
    /// #   break;
    /// }
    /// ```
    pub fn add_link(&mut self, span: &SpanContext, attributes: &[(&str, Value<'_>)]) {
        if let Some(recording) = &mut self.recording {
            recording.add_link(span, attributes);
        }
    }
}

impl Draft {
    /// Links to another span; a span without ids is none. The limits of the pipeline that records are
    /// applied once it is known.
    pub(crate) fn add_link(&mut self, span: &SpanContext, attributes: &[(&str, Value<'_>)]) {
        if span.is_valid() {
            self.links.get_or_insert_default().add(span, attributes);
        }
    }
}

/// The links of a record in the making, encoded as they come.
#[derive(Debug, Default)]
pub(crate) struct LinkBuffer {
    bytes: Vec<u8>,
    count: u32,
    dropped: u32,
    /// The most attributes that one of them has.
    most_attributes: u32,
    limits: LinkLimits,
}

/// How many links there are, how many attributes in each, and how long their values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LinkLimits {
    pub(crate) count: u32,
    pub(crate) attributes: u32,
    /// Of a value.
    pub(crate) length: usize,
}

/// The specification's defaults (`OTEL_SPAN_LINK_COUNT_LIMIT`, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`).
impl Default for LinkLimits {
    fn default() -> Self {
        Self { count: 128, attributes: 128, length: usize::MAX }
    }
}

impl LinkBuffer {
    /// With the attributes' limit this leaves room in a record for all the rest: 128 links without
    /// attributes fit.
    const MAX_BYTES: usize = 6 * 1024;

    /// Adds a link to `span` unless that would go beyond the limits.
    fn add(&mut self, span: &SpanContext, attributes: &[(&str, Value<'_>)]) {
        let attributes = attributes.iter().copied().filter(|(_, value)| *value != Value::Empty);
        self.put(span, attributes, 0);
    }

    /// Applies the limits of the pipeline that records, to what there is and to what comes.
    #[cold]
    pub(super) fn limit(&mut self, limits: LinkLimits) {
        self.limits = limits;
        let is_within = self.count <= limits.count && self.most_attributes <= limits.attributes;
        if is_within && limits.length == usize::MAX {
            return;
        }
        let mut limited = Self { limits, dropped: self.dropped, ..Self::default() };
        for link in links(&self.bytes) {
            limited.put(&link.to_context(), link.attributes(), link.dropped_attributes());
        }
        *self = limited;
    }

    /// Adds a link of whose attributes some were left out already.
    fn put<'v>(
        &mut self,
        span: &SpanContext,
        mut attributes: impl Iterator<Item = (&'v str, Value<'v>)>,
        mut left_out: u32,
    ) {
        if self.count >= self.limits.count {
            self.dropped += 1;
            return;
        }
        let mut link = Vec::with_capacity(40);
        put_bytes(&mut link, field::TRACE_ID, &span.trace_id.to_bytes());
        put_bytes(&mut link, field::SPAN_ID, &span.span_id.to_bytes());
        if let Some(state) = &span.trace_state {
            put_bytes(&mut link, field::TRACE_STATE, state.as_bytes());
        }
        let remote = if span.remote { IS_REMOTE } else { 0 };
        put_varint(&mut link, u64::from(field::FLAGS << 3 | FIXED32));
        link.extend_from_slice(&(u32::from(span.flags) | HAS_IS_REMOTE | remote).to_le_bytes());
        let mut kept = 0;
        for (key, value) in attributes.by_ref().take(self.limits.attributes as usize) {
            let mut cut = Vec::new();
            let value = if self.limits.length == usize::MAX {
                value
            } else {
                put_cut(&mut cut, value, self.limits.length);
                Value::Encoded(&cut)
            };
            put_attribute(&mut link, field::ATTRIBUTES, key, value);
            kept += 1;
        }
        left_out += attributes.count() as u32;
        if left_out > 0 {
            put_uint(&mut link, field::DROPPED_ATTRIBUTES, u64::from(left_out));
        }
        if self.bytes.len() + link.len() + 3 > Self::MAX_BYTES {
            self.dropped += 1;
            return;
        }
        put_bytes(&mut self.bytes, field::LINKS, &link);
        self.count += 1;
        self.most_attributes = self.most_attributes.max(kept);
    }

    /// An upper bound of what [`LinkBuffer::encode`] appends.
    pub(super) fn encoded_len(&self) -> usize {
        self.bytes.len() + 6
    }

    /// Appends the fields of a `Span` message.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.bytes);
        if self.dropped > 0 {
            put_uint(out, field::DROPPED_LINKS, u64::from(self.dropped));
        }
    }
}

/// A span's link to another span, in this trace or another one, that isn't its parent: the messages
/// of a batch, the request that enqueued a job
/// ([specification](https://opentelemetry.io/docs/specs/otel/trace/api/#link)).
///
/// As sinks see it, in [`SpanRef::links`](crate::SpanRef::links):
///
/// ```
/// use telemetry_core::SpanRef;
///
/// fn show(span: &SpanRef<'_>) {
///     for link in span.links() {
///         println!("{} -> {} of {}", span.span_id(), link.span_id(), link.trace_id());
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct LinkRef<'a> {
    message: &'a [u8],
    trace_id: TraceId,
    span_id: SpanId,
    flags: u32,
}

impl<'a> LinkRef<'a> {
    fn new(message: &'a [u8]) -> Self {
        let (mut trace_id, mut span_id, mut flags) = (None, None, 0);
        for one in Fields::new(message) {
            match one.number {
                field::TRACE_ID => trace_id = one.value.bytes().try_into().ok(),
                field::SPAN_ID => span_id = one.value.bytes().try_into().ok(),
                field::FLAGS => flags = one.value.number() as u32,
                _ => {}
            }
        }
        Self {
            message,
            trace_id: trace_id.and_then(TraceId::from_bytes).unwrap_or(TraceId::INVALID),
            span_id: span_id.and_then(SpanId::from_bytes).unwrap_or(SpanId::INVALID),
            flags,
        }
    }

    /// The other span's trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The other span.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// Whether the other span is in another process.
    pub fn is_remote(&self) -> bool {
        self.flags & IS_REMOTE != 0
    }

    /// The value of the other span's `tracestate`; empty when there is none.
    pub fn trace_state(&self) -> &'a str {
        let state = Fields::new(self.message).find(|one| one.number == field::TRACE_STATE);
        state.map_or("", |one| one.value.text())
    }

    /// The link's attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.message, field::ATTRIBUTES)
    }

    /// Attributes that were left out because they went beyond the limits.
    pub fn dropped_attributes(&self) -> u32 {
        let dropped = Fields::new(self.message).find(|one| one.number == field::DROPPED_ATTRIBUTES);
        dropped.map_or(0, |one| one.value.number() as u32)
    }

    fn to_context(&self) -> SpanContext {
        let state = self.trace_state();
        SpanContext {
            trace_id: self.trace_id,
            span_id: self.span_id,
            flags: self.flags as u8,
            remote: self.is_remote(),
            trace_state: (!state.is_empty()).then(|| state.into()),
            ..SpanContext::INVALID
        }
    }
}

/// The links among the fields of a `Span` message, in their order.
pub(super) fn links(message: &[u8]) -> impl Iterator<Item = LinkRef<'_>> {
    let links = Fields::new(message).filter(|one| one.number == field::LINKS);
    links.map(|one| LinkRef::new(one.value.bytes()))
}

/// How many links were left out, by the fields of a `Span` message.
pub(super) fn dropped(message: &[u8]) -> u32 {
    let dropped = Fields::new(message).find(|one| one.number == field::DROPPED_LINKS);
    dropped.map_or(0, |one| one.value.number() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn linked(number: u64) -> SpanContext {
        SpanContext::remote(TraceId::from_u128(7), SpanId::from_u64(number), true)
    }

    proptest! {
        #[test]
        fn links_read_back_up_to_the_limits_and_the_rest_is_counted(
            lengths in prop::collection::vec(0_usize..200, 0..200),
        ) {
            let texts: Vec<String> = lengths.into_iter().map(|length| "é".repeat(length)).collect();
            let mut buffer = LinkBuffer::default();
            for (number, text) in (1..).zip(&texts) {
                buffer.add(&linked(number), &[("text", text.into())]);
            }
            let mut out = Vec::new();
            buffer.encode(&mut out);
            prop_assert!(out.len() <= buffer.encoded_len());
            prop_assert!(out.len() <= LinkBuffer::MAX_BYTES + 6);
            let read: Vec<_> = links(&out).collect();
            prop_assert_eq!(read.len() + dropped(&out) as usize, texts.len());
            prop_assert!(read.len() <= 128);
            for link in &read {
                let number = u64::from_be_bytes(link.span_id().to_bytes()) as usize;
                prop_assert_eq!(link.attributes().find("text"), Some(Value::Str(&texts[number - 1])));
                prop_assert!(link.is_remote());
            }
        }
    }

    proptest! {
        #[test]
        fn limits_hold_for_links_that_came_before_they_were_known_and_after(
            before in prop::collection::vec(0_usize..6, 0..8),
            after in prop::collection::vec(0_usize..6, 0..8),
            count in 0_u32..12,
            attributes in 0_u32..8,
        ) {
            let keys = ["a", "b", "c", "d", "e", "f"];
            let mut buffer = LinkBuffer::default();
            let add = |buffer: &mut LinkBuffer, number: u64, length: usize| {
                let all: Vec<_> = keys[..length].iter().map(|key| (*key, Value::I64(1))).collect();
                buffer.add(&linked(number), &all);
            };
            for (number, length) in (1..).zip(&before) {
                add(&mut buffer, number, *length);
            }
            buffer.limit(LinkLimits { count, attributes, ..LinkLimits::default() });
            for (number, length) in (100..).zip(&after) {
                add(&mut buffer, number, *length);
            }
            let mut out = Vec::new();
            buffer.encode(&mut out);
            let lengths: Vec<usize> = before.iter().chain(&after).copied().collect();
            let read: Vec<_> = links(&out).collect();
            prop_assert_eq!(read.len(), lengths.len().min(count as usize));
            prop_assert_eq!(read.len() + dropped(&out) as usize, lengths.len());
            for (link, length) in read.iter().zip(lengths) {
                let kept = link.attributes().count();
                prop_assert_eq!(kept, length.min(attributes as usize));
                prop_assert_eq!(kept + link.dropped_attributes() as usize, length);
                prop_assert!(link.is_remote());
            }
        }
    }

    #[test]
    fn so_many_links_as_the_specification_asks_for_fit() {
        let mut buffer = LinkBuffer::default();
        (1..=130).for_each(|number| buffer.add(&linked(number), &[]));
        let mut out = Vec::new();
        buffer.encode(&mut out);
        assert_eq!((links(&out).count(), dropped(&out)), (128, 2));
    }
}
