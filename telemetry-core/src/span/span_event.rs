use super::{AttributeBuffer, Span};
use crate::attribute::{AttributeLimits, Attributes, Value};
use crate::wire::{Fields, put_bytes, put_uint, put_varint, varint_len};

/// `Span.events` and `Span.dropped_events_count`.
const EVENT_FIELD: u32 = 11;
pub(super) const DROPPED_EVENTS_FIELD: u32 = 12;

/// Field numbers of `opentelemetry.proto.trace.v1.Span.Event`.
mod field {
    pub(super) const TIME: u32 = 1;
    pub(super) const NAME: u32 = 2;
    pub(super) const ATTRIBUTES: u32 = 3;
    pub(super) const DROPPED_ATTRIBUTES: u32 = 4;
}

/// Something that happened within a span, recorded in the span itself: made by
/// [`Span::add_event`](crate::Span::add_event), read from [`SpanRef::events`](crate::SpanRef::events).
///
/// ```
/// use telemetry_core::SpanRef;
///
/// fn retries(span: &SpanRef<'_>) -> usize {
///     span.events().filter(|event| event.name() == "retry").count()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct SpanEventRef<'a> {
    encoded: &'a [u8],
    name: &'a str,
    time_unix_nanos: u64,
    dropped_attributes: u32,
}

impl<'a> SpanEventRef<'a> {
    fn new(encoded: &'a [u8]) -> Self {
        let mut event = Self { encoded, name: "", time_unix_nanos: 0, dropped_attributes: 0 };
        for one in Fields::new(encoded) {
            match one.number {
                field::TIME => event.time_unix_nanos = one.value.number(),
                field::NAME => event.name = one.value.text(),
                field::DROPPED_ATTRIBUTES => event.dropped_attributes = one.value.number() as u32,
                // They come last.
                field::ATTRIBUTES => break,
                _ => {}
            }
        }
        event
    }

    /// The event's name.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// When it happened, in nanoseconds since the Unix epoch.
    pub fn time_unix_nanos(&self) -> u64 {
        self.time_unix_nanos
    }

    /// The attributes.
    pub fn attributes(&self) -> Attributes<'a> {
        let mut fields = Fields::new(self.encoded);
        loop {
            let rest = fields.rest();
            match fields.next() {
                Some(one) if one.number != field::ATTRIBUTES => {}
                _ => return Attributes::new(rest, field::ATTRIBUTES),
            }
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<Value<'a>> {
        self.attributes().find(key)
    }

    /// Attributes that were left out because they went beyond the limits.
    pub fn dropped_attributes(&self) -> u32 {
        self.dropped_attributes
    }
}

impl Span {
    /// Adds something that happened now to the span's own record. At most 128
    /// ([`PipelineBuilder::span_event_limit`](crate::PipelineBuilder::span_event_limit)) and 16 KiB of
    /// them are kept, and the rest is counted. What others are to see while the span is still running,
    /// or without it, is an [`Event`](crate::Event).
    ///
    /// ```
    /// use telemetry_core::span;
    ///
    /// let mut span = span!("order.place").start();
    /// span.add_event("cache.miss", &[("cache.key.kind", "price".into())]);
    /// span.end();
    /// ```
    pub fn add_event(&mut self, name: &str, attributes: &[(&str, Value<'_>)]) {
        let (Some(recording), Some(frame)) = (&mut self.recording, self.context.0.as_deref())
        else {
            return;
        };
        let Some(options) = frame.home.as_ref().map(|home| &home.shared.options) else {
            return;
        };
        let time = options.ticks.unix_nanos(frame.clock);
        let limit = options.span_event_limit;
        let limits = options.limits.span_events;
        let events = recording.events.get_or_insert_default();
        events.add(limit, limits, time, name, attributes);
    }
}

/// The events among these fields of a span's record.
pub(super) fn read(fields: &[u8]) -> impl Iterator<Item = SpanEventRef<'_>> {
    let events = Fields::new(fields).filter(|one| one.number == EVENT_FIELD);
    events.map(|one| SpanEventRef::new(one.value.bytes()))
}

/// The events of a span in the making, encoded as they come.
#[derive(Debug, Default)]
pub(super) struct SpanEvents {
    bytes: Vec<u8>,
    count: u32,
    dropped: u32,
}

impl SpanEvents {
    /// Half a record.
    const MAX_BYTES: usize = 16 * 1024;

    /// Adds an event, unless there are `limit` already or no room is left; then it is counted.
    pub(super) fn add(
        &mut self,
        limit: u32,
        limits: AttributeLimits,
        unix_nanos: u64,
        name: &str,
        attributes: &[(&str, Value<'_>)],
    ) {
        if self.count >= limit {
            self.dropped += 1;
            return;
        }
        let mut buffer = AttributeBuffer::of_field(field::ATTRIBUTES, Vec::new());
        buffer.limit(limits);
        attributes.iter().for_each(|(key, value)| buffer.set(key, *value));
        let mut event = Vec::with_capacity(32 + name.len() + buffer.bytes().len());
        put_varint(&mut event, u64::from(field::TIME << 3 | crate::wire::FIXED64));
        event.extend_from_slice(&unix_nanos.to_le_bytes());
        put_bytes(&mut event, field::NAME, name.as_bytes());
        if buffer.dropped() > 0 {
            put_uint(&mut event, field::DROPPED_ATTRIBUTES, u64::from(buffer.dropped()));
        }
        event.extend_from_slice(buffer.bytes());
        if self.bytes.len() + event.len() + 4 > Self::MAX_BYTES {
            self.dropped += 1;
            return;
        }
        put_bytes(&mut self.bytes, EVENT_FIELD, &event);
        self.count += 1;
    }

    /// As many of the events as `room` bytes hold; the others count as dropped, so that a record isn't
    /// lost to its events.
    pub(super) fn within(&self, room: usize) -> EncodedEvents<'_> {
        let mut fields = Fields::new(&self.bytes);
        let (mut end, mut kept) = (0, 0);
        if self.bytes.len() <= room {
            (end, kept) = (self.bytes.len(), self.count);
        }
        while end < self.bytes.len() && fields.next().is_some() {
            let next = self.bytes.len() - fields.rest().len();
            if next > room {
                break;
            }
            (end, kept) = (next, kept + 1);
        }
        let bytes = self.bytes.get(..end).unwrap_or_default();
        EncodedEvents { bytes, dropped: self.dropped + (self.count - kept) }
    }
}

/// What goes into the record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EncodedEvents<'a> {
    bytes: &'a [u8],
    dropped: u32,
}

impl EncodedEvents<'_> {
    /// Bytes that stand in a record besides the events: their number that was dropped, and its frame.
    pub(super) const HEAD: usize = 64;

    pub(super) fn len(self) -> usize {
        self.bytes.len() + 1 + varint_len(u64::from(self.dropped))
    }

    /// Appends them.
    pub(super) fn put(self, out: &mut Vec<u8>) {
        if self.dropped > 0 {
            put_uint(out, DROPPED_EVENTS_FIELD, u64::from(self.dropped));
        }
        out.extend_from_slice(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_fits_is_read_back_in_order_and_the_rest_is_counted(
            names in prop::collection::vec("[a-z]{0,200}", 0..40),
            limit in 0_u32..40,
            room in 0_usize..4000,
        ) {
            let mut events = SpanEvents::default();
            for (index, name) in names.iter().enumerate() {
                events.add(limit, AttributeLimits::DEFAULT, index as u64, name, &[("index", Value::from(index))]);
            }
            let within = events.within(room);
            prop_assert!(within.bytes.len() <= room);
            let read: Vec<_> = read(within.bytes)
                .map(|event| (event.name().to_owned(), event.time_unix_nanos(), event.attribute("index").unwrap().as_i64()))
                .collect();
            let expected: Vec<_> = names.iter().enumerate().take(read.len())
                .map(|(index, name)| (name.clone(), index as u64, Some(index as i64)))
                .collect();
            prop_assert_eq!(&read, &expected);
            prop_assert_eq!(read.len() + within.dropped as usize, names.len());
            prop_assert!(read.len() == names.len().min(limit as usize) || events.bytes.len() > room);
        }
    }
}
