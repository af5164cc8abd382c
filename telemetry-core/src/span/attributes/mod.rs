mod runs;

use crate::attribute::{
    ATTRIBUTE_FIELD, AttributeLimits, Attributes, ROOM, ShortKey, Value, print, put_attribute,
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
pub(in crate::span) fn attribute_len(bytes: &[u8]) -> Option<usize> {
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
mod tests;
