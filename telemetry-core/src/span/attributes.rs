use super::encoded_attributes::doubles;
use super::{CallSite, EncodedAttributes};
use crate::attribute::{
    ATTRIBUTE_FIELD, AttributeLimits, Attributes, Key, ROOM, ShortKey, Value, print, put_attribute,
    put_cut, put_short, read_key_value,
};
use crate::wire::{Fields, LENGTH};

/// The attributes of a record in the making, encoded as they come; of a key set twice the last value
/// counts.
#[derive(Debug)]
pub(crate) struct AttributeBuffer {
    /// All bytes that there are; those that are used come first. So one question, whether there is
    /// [`ROOM`], is all that an attribute has to ask.
    bytes: Vec<u8>,
    used: usize,
    /// The tag of the field in which attributes stand in the record's message.
    tag: u8,
    /// One bit for each key's print. A clear bit proves that a key is new, which spares the search
    /// in all but a few cases.
    seen: u64,
    count: u16,
    dropped: u32,
    limits: AttributeLimits,
    /// No value is longer, but those of the short kinds.
    longest: usize,
}

impl AttributeBuffer {
    /// Leaves room in a record for all the rest.
    const MAX_BYTES: usize = 24 * 1024;
    /// By which a buffer grows at the least.
    const STEP: usize = 512;

    /// Attributes of a span.
    pub(crate) fn new() -> Self {
        Self::of_field(ATTRIBUTE_FIELD, Vec::new())
    }

    /// Attributes that stand in field `field` of their message, in the memory of `bytes`.
    pub(crate) fn of_field(field: u32, bytes: Vec<u8>) -> Self {
        debug_assert!(field < 16, "a tag of one byte");
        let tag = (field << 3 | LENGTH) as u8;
        let limits = AttributeLimits::UNKNOWN;
        Self { bytes, used: 0, tag, seen: 0, count: 0, dropped: 0, limits, longest: 0 }
    }

    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or(&[])
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        (self.used, self.seen, self.count, self.dropped) = (0, 0, 0, 0);
        (self.limits, self.longest) = (AttributeLimits::UNKNOWN, 0);
    }

    /// Applies the limits of the pipeline that records, now that it is known, to what there is and to
    /// what comes.
    #[inline]
    pub(crate) fn limit(&mut self, limits: AttributeLimits) {
        self.limits = limits;
        if self.count > limits.quick() || self.longest > limits.length() {
            self.set_again();
        }
    }

    #[cold]
    #[inline(never)]
    fn set_again(&mut self) {
        let mut limited = Self::of_field(u32::from(self.tag >> 3), Vec::new());
        (limited.limits, limited.dropped) = (self.limits, self.dropped);
        for (key, value) in Attributes::new(self.bytes(), u32::from(self.tag >> 3)) {
            limited.set(key, value);
        }
        *self = limited;
    }

    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The memory, for another buffer.
    pub(crate) fn into_memory(self) -> Vec<u8> {
        self.bytes
    }

    /// Attributes that didn't fit.
    #[inline]
    pub(crate) fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Sets several attributes at once, each key's to the value at the same place.
    #[inline]
    pub(crate) fn set_all(&mut self, keys: &[Key], values: &[Value<'_>]) {
        let done = self.set_run::<false>(keys, values);
        if done < keys.len().min(values.len()) {
            self.set_one_by_one(keys, values, done);
        }
    }

    /// Sets the first attributes of a span: those that the place in the code knows, and the values of
    /// its other keys.
    #[inline]
    pub(super) fn set_known(&mut self, site: &CallSite, values: &[Value<'_>]) {
        let keys = site.keys();
        if self.count > 0 && site.knows_none() {
            return self.set_all(keys, values);
        }
        let done = if self.append_known(site) { self.set_run::<true>(keys, values) } else { 0 };
        if done < keys.len().min(values.len()) {
            self.set_known_one_by_one(site, values);
        }
    }

    /// Takes over what the place in the code knows; false when it has to be set one by one.
    #[inline]
    fn append_known(&mut self, site: &CallSite) -> bool {
        if let Some(known) = site.encoded()
            && self.count == 0
            && known.count <= self.limits.quick()
            && let Some(room) = self.bytes.first_chunk_mut::<{ CallSite::ENCODED }>()
        {
            // In pieces of constant length, which take no call.
            let pieces = known.length.div_ceil(CallSite::PIECE);
            let (room, _) = room.as_chunks_mut::<{ CallSite::PIECE }>();
            let (bytes, _) = known.bytes.as_chunks::<{ CallSite::PIECE }>();
            for (place, piece) in room.iter_mut().zip(bytes).take(pieces) {
                *place = *piece;
            }
            (self.used, self.seen, self.count) = (known.length, known.seen, known.count);
            return true;
        }
        false
    }

    #[cold]
    #[inline(never)]
    fn set_known_one_by_one(&mut self, site: &CallSite, values: &[Value<'_>]) {
        for (place, (key, value)) in site.keys().iter().zip(values).enumerate() {
            let value = site.text(place).map_or(*value, Value::Str);
            self.put(key.print(), key, key.as_str(), &value);
        }
    }

    /// Sets them up to the first that is of no common kind or takes looking up, and gives how many
    /// that were. Where keys are known to be new, none is looked up, and what is empty is passed over.
    fn set_run<const ARE_NEW: bool>(&mut self, keys: &[Key], values: &[Value<'_>]) -> usize {
        let left = usize::from(self.limits.quick().saturating_sub(self.count));
        let many = keys.len().min(values.len()).min(left);
        let pairs = keys.get(..many).unwrap_or_default().iter();
        let pairs = pairs.zip(values.get(..many).unwrap_or_default());
        let (start, tag) = (self.used, self.tag);
        let mut rest = self.bytes.get_mut(start..).unwrap_or_default();
        let all = rest.len();
        let (mut seen, mut done, mut passed) = (self.seen, 0, 0);
        for (key, value) in pairs {
            if ARE_NEW && matches!(value, Value::Empty) {
                passed += 1;
            } else if (ARE_NEW || seen & key.print() == 0)
                && let Some(room) = rest.first_chunk_mut()
                && let Some(length) = put_short(room, tag, key, value)
            {
                rest = rest.get_mut(length..).unwrap_or_default();
                seen |= key.print();
                done += 1;
            } else {
                break;
            }
        }
        self.used = start + all - rest.len();
        self.seen = seen;
        self.count += done as u16;
        done + passed
    }

    /// Sets attributes that were encoded before.
    #[inline]
    pub(crate) fn append(&mut self, encoded: &EncodedAttributes) {
        self.append_with(encoded, &[]);
    }

    /// The same with other numbers for those of its values that are doubles.
    #[inline]
    pub(super) fn append_with(&mut self, encoded: &EncodedAttributes, doubles: &[f64]) {
        let left = self.limits.quick().saturating_sub(self.count);
        let end = self.used + encoded.bytes.len();
        if self.seen & encoded.seen == 0
            && encoded.count <= left
            && encoded.longest <= self.limits.length()
            && let Some(room) = self.bytes.get_mut(self.used..end)
        {
            room.copy_from_slice(&encoded.bytes);
            for (place, number) in encoded.doubles.iter().zip(doubles) {
                let room = room.get_mut(usize::from(*place)..).and_then(<[u8]>::first_chunk_mut);
                if let Some(room) = room {
                    *room = number.to_le_bytes();
                }
            }
            self.used = end;
            self.seen |= encoded.seen;
            self.count += encoded.count;
            self.longest = self.longest.max(encoded.longest);
        } else {
            self.append_one_by_one(encoded, doubles);
        }
    }

    #[cold]
    #[inline(never)]
    fn append_one_by_one(&mut self, encoded: &EncodedAttributes, doubles: &[f64]) {
        let mut doubles = doubles.iter();
        for (key, value) in Attributes::new(&encoded.bytes, ATTRIBUTE_FIELD) {
            let double = matches!(value, Value::F64(_)).then(|| doubles.next()).flatten();
            self.set(key, double.map_or(value, |double| Value::F64(*double)));
        }
    }

    /// What there is, for other buffers to take over.
    pub(super) fn encoded(&self) -> EncodedAttributes {
        EncodedAttributes {
            bytes: self.bytes().into(),
            seen: self.seen,
            count: self.count,
            longest: self.longest,
            doubles: doubles(self.bytes()),
        }
    }

    #[cold]
    #[inline(never)]
    fn set_one_by_one(&mut self, keys: &[Key], values: &[Value<'_>], done: usize) {
        for (key, value) in keys.iter().zip(values).skip(done) {
            self.put(key.print(), key, key.as_str(), value);
        }
    }

    /// Inlined, so that the key's print and the kind of the value are known where they are written.
    #[inline(always)]
    pub(crate) fn set(&mut self, key: &str, value: Value<'_>) {
        let print = print(key);
        match value {
            Value::Str(text) => self.set_text(print, key, text),
            Value::I64(number) => self.set_number(print, key, number),
            Value::Bool(truth) => self.set_truth(print, key, truth),
            other => self.set_any(print, key, other),
        }
    }

    #[inline(never)]
    fn set_text(&mut self, print: u64, key: &str, text: &str) {
        self.put(print, key, key, &Value::Str(text));
    }

    #[inline(never)]
    fn set_number(&mut self, print: u64, key: &str, number: i64) {
        self.put(print, key, key, &Value::I64(number));
    }

    #[inline(never)]
    fn set_truth(&mut self, print: u64, key: &str, truth: bool) {
        self.put(print, key, key, &Value::Bool(truth));
    }

    #[inline(never)]
    fn set_any(&mut self, print: u64, key: &str, value: Value<'_>) {
        self.put(print, key, key, &value);
    }

    #[inline(always)]
    fn put(&mut self, print: u64, short: impl ShortKey, key: &str, value: &Value<'_>) {
        let is_new = self.seen & print == 0 || self.remove(key);
        if is_new
            && self.count < self.limits.quick()
            && let Some(room) = self.bytes.get_mut(self.used..)
            && let Some(room) = room.first_chunk_mut()
            && let Some(length) = put_short(room, self.tag, short, value)
        {
            self.seen |= print;
            self.count += 1;
            self.used += length;
            return;
        }
        self.put_slowly(print, key, *value);
    }

    /// An attribute of any kind and size, in a buffer that may be full.
    #[cold]
    #[inline(never)]
    fn put_slowly(&mut self, print: u64, key: &str, value: Value<'_>) {
        if matches!(value, Value::Empty) {
            return;
        }
        if self.count >= self.limits.count() {
            self.dropped += 1;
            return;
        }
        self.bytes.truncate(self.used);
        let mut cut = Vec::new();
        let value = if self.limits.length() < u32::MAX as usize {
            put_cut(&mut cut, value, self.limits.length());
            Value::Encoded(&cut)
        } else {
            value
        };
        put_attribute(&mut self.bytes, u32::from(self.tag >> 3), key, value);
        let used = self.bytes.len();
        if used > Self::MAX_BYTES {
            self.dropped += 1;
        } else {
            self.seen |= print;
            self.count += 1;
            self.longest = self.longest.max(used - self.used);
            self.used = used;
        }
        // All the room that there is, lest the next attribute comes here too.
        let capacity = self.bytes.capacity();
        let length = if capacity >= self.used + ROOM { capacity } else { self.used + Self::STEP };
        self.bytes.resize(length.min(Self::MAX_BYTES).max(self.used), 0);
    }

    /// Sets an attribute whose key has no value yet.
    #[cold]
    pub(crate) fn set_if_absent(&mut self, key: &str, value: Value<'_>) {
        if Attributes::new(self.bytes(), u32::from(self.tag >> 3)).find(key).is_none() {
            self.set(key, value);
        }
    }

    /// Sets the attributes of another span's buffer.
    #[cold]
    pub(crate) fn set_from(&mut self, other: &Self) {
        for (key, value) in Attributes::new(other.bytes(), ATTRIBUTE_FIELD) {
            self.set(key, value);
        }
        self.dropped += other.dropped;
    }

    /// Takes `key` out if it is there; the search that a set bit of `seen` asks for. True, since the
    /// key is new then.
    #[cold]
    fn remove(&mut self, key: &str) -> bool {
        let mut at = 0;
        while let Some(rest) = self.bytes.get(at..self.used)
            && let Some(length) = attribute_len(rest)
        {
            if is_of(rest, length, key) {
                self.bytes.copy_within(at + length..self.used, at);
                self.used -= length;
                self.count -= 1;
                return true;
            }
            at += length;
        }
        true
    }
}

/// Whether the attribute that `bytes` begins with, of this length, has this key.
#[inline]
fn is_of(bytes: &[u8], length: usize, key: &str) -> bool {
    if let [_, 0..0x80, 0x0a, known @ 0..0x80, rest @ ..] = bytes {
        return usize::from(*known) == key.len() && rest.starts_with(key.as_bytes());
    }
    let mut fields = Fields::new(bytes.get(..length).unwrap_or(&[]));
    fields.next().is_some_and(|field| read_key_value(field.value.bytes()).0 == key)
}

/// Length of the attribute that `bytes` begins with: one byte of tag, a varint and what it counts.
pub(super) fn attribute_len(bytes: &[u8]) -> Option<usize> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some(2 + index + length).filter(|total| *total <= bytes.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn read(buffer: &AttributeBuffer) -> Vec<(String, i64)> {
        Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD)
            .map(|(key, value)| (key.to_owned(), value.as_i64().unwrap()))
            .collect()
    }

    proptest! {
        #[test]
        fn the_last_value_of_each_key_is_kept(sets in prop::collection::vec(("[a-c]{0,3}", any::<i64>()), 0..40)) {
            let mut buffer = AttributeBuffer::new();
            let mut expected = BTreeMap::new();
            for (key, value) in &sets {
                buffer.set(key, Value::I64(*value));
                expected.insert(key.clone(), *value);
            }
            let got: BTreeMap<_, _> = read(&buffer).into_iter().collect();
            prop_assert_eq!(read(&buffer).len(), expected.len());
            prop_assert_eq!(got, expected);
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_before_is_set_as_one_by_one(
            before in prop::collection::vec(("[a-e]{1,2}", "\\PC{0,90}"), 0..6),
            encoded in prop::collection::vec(("[a-e]{1,2}", "\\PC{0,90}"), 0..6),
            after in prop::collection::vec(("[a-e]{1,2}", "\\PC{0,90}"), 0..6),
            count in 0_u16..10,
            length in prop::option::of(0_u32..90),
            limited_before: bool,
        ) {
            let limits = AttributeLimits::new(count, length);
            let pairs: Vec<_> =
                encoded.iter().map(|(key, text)| (key.as_str(), Value::Str(text))).collect();
            let run = EncodedAttributes::new(&pairs);
            let filled = |append: &dyn Fn(&mut AttributeBuffer)| {
                let mut buffer = AttributeBuffer::new();
                if limited_before {
                    buffer.limit(limits);
                }
                before.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
                append(&mut buffer);
                after.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
                buffer.limit(limits);
                (buffer.bytes().to_vec(), buffer.dropped())
            };
            let one_by_one = filled(&|buffer| {
                for (key, value) in Attributes::new(&run.bytes, ATTRIBUTE_FIELD) {
                    buffer.set(key, value);
                }
            });
            prop_assert_eq!(filled(&|buffer| buffer.append(&run)), one_by_one);
        }
    }

    #[test]
    fn beyond_the_limits_attributes_are_counted_as_dropped() {
        let mut buffer = AttributeBuffer::new();
        buffer.limit(AttributeLimits::DEFAULT);
        for index in 0..200 {
            buffer.set(&format!("key{index}"), Value::I64(index));
        }
        assert_eq!((read(&buffer).len(), buffer.dropped()), (128, 72));
        let mut buffer = AttributeBuffer::new();
        buffer.set("big", Value::Str(&"x".repeat(100_000)));
        buffer.set("small", Value::I64(1));
        assert_eq!((read(&buffer), buffer.dropped()), (vec![("small".to_owned(), 1)], 1));
    }

    proptest! {
        #[test]
        fn limits_hold_for_what_was_set_before_they_were_known_and_after(
            before in prop::collection::vec(("[a-h]{1,2}", "\\PC{0,90}"), 0..12),
            after in prop::collection::vec(("[a-h]{1,2}", "\\PC{0,90}"), 0..12),
            count in 0_u16..10,
            length in prop::option::of(0_u32..90),
        ) {
            let limits = AttributeLimits::new(count, length);
            let mut buffer = AttributeBuffer::new();
            before.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
            buffer.limit(limits);
            after.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
            let cut = |text: &String| -> String { text.chars().take(limits.length()).collect() };
            // Known keys are replaced, new ones taken while there is room.
            let mut expected: BTreeMap<String, String> = BTreeMap::new();
            let mut distinct: BTreeMap<String, String> = BTreeMap::new();
            for (key, text) in &before {
                distinct.insert(key.clone(), cut(text));
            }
            let read = |buffer: &AttributeBuffer| -> BTreeMap<String, String> {
                Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD)
                    .map(|(key, value)| (key.to_owned(), value.as_str().unwrap().to_owned()))
                    .collect()
            };
            let got = read(&buffer);
            prop_assert!(got.len() <= usize::from(count));
            for (key, text) in after.iter().rev() {
                expected.entry(key.clone()).or_insert_with(|| cut(text));
            }
            for (key, text) in distinct {
                expected.entry(key).or_insert(text);
            }
            prop_assert!(got.iter().all(|(key, text)| expected.get(key) == Some(text)));
            prop_assert_eq!(got.len(), expected.len().min(usize::from(count)));
            prop_assert!(got.len() == expected.len() || buffer.dropped() > 0);
        }
    }
}
