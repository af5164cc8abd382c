use crate::attribute::{ATTRIBUTE_FIELD, Attributes, Value, put_attribute};

/// The attributes of a record in the making, encoded as they come; of a key set twice the last value
/// counts.
#[derive(Debug)]
pub(crate) struct AttributeBuffer {
    bytes: Vec<u8>,
    /// The field of the record's message in which attributes stand.
    field: u32,
    /// One bit for each key's print. A clear bit proves that a key is new, which spares the search
    /// in all but a few cases.
    seen: u64,
    count: u16,
    dropped: u32,
}

impl AttributeBuffer {
    /// The specification's default (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`).
    const MAX_COUNT: u16 = 128;
    /// Leaves room in a record for all the rest.
    const MAX_BYTES: usize = 24 * 1024;

    /// Attributes of a span.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self::of_field(ATTRIBUTE_FIELD, bytes)
    }

    /// Attributes that stand in field `field` of their message.
    pub(crate) fn of_field(field: u32, bytes: Vec<u8>) -> Self {
        Self { bytes, field, seen: 0, count: 0, dropped: 0 }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        (self.seen, self.count, self.dropped) = (0, 0, 0);
    }

    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Attributes that didn't fit.
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
        self.put(print, key, |out, field| put_attribute(out, field, key, Value::Str(text)));
    }

    #[inline(never)]
    fn set_number(&mut self, print: u64, key: &str, number: i64) {
        self.put(print, key, |out, field| put_attribute(out, field, key, Value::I64(number)));
    }

    #[inline(never)]
    fn set_truth(&mut self, print: u64, key: &str, truth: bool) {
        self.put(print, key, |out, field| put_attribute(out, field, key, Value::Bool(truth)));
    }

    #[inline(never)]
    fn set_any(&mut self, print: u64, key: &str, value: Value<'_>) {
        if matches!(value, Value::Empty) {
            if self.seen & print != 0 {
                self.remove(key);
            }
            return;
        }
        self.put(print, key, |out, field| put_attribute(out, field, key, value));
    }

    #[inline(always)]
    fn put(&mut self, print: u64, key: &str, put: impl FnOnce(&mut Vec<u8>, u32)) {
        if self.seen & print != 0 {
            self.remove(key);
        }
        if self.count >= Self::MAX_COUNT {
            self.dropped += 1;
            return;
        }
        let start = self.bytes.len();
        put(&mut self.bytes, self.field);
        if self.bytes.len() > Self::MAX_BYTES {
            self.bytes.truncate(start);
            self.dropped += 1;
            return;
        }
        self.seen |= print;
        self.count += 1;
    }

    /// Sets attributes that a span's buffer has encoded.
    #[cold]
    pub(crate) fn set_all(&mut self, encoded: &[u8]) {
        for (key, value) in Attributes::new(encoded, ATTRIBUTE_FIELD) {
            self.set(key, value);
        }
    }

    /// Takes `key` out if it is there; the search that a set bit of `seen` asks for.
    #[cold]
    fn remove(&mut self, key: &str) {
        let mut at = 0;
        while let Some(rest) = self.bytes.get(at..) {
            let Some(length) = attribute_len(rest) else {
                return;
            };
            if Attributes::new(&rest[..length], self.field).find(key).is_some() {
                self.bytes.drain(at..at + length);
                self.count -= 1;
                return;
            }
            at += length;
        }
    }
}

/// Length of the attribute that `bytes` begins with: one byte of tag, a varint and what it counts.
fn attribute_len(bytes: &[u8]) -> Option<usize> {
    let mut length = 0_usize;
    for (index, byte) in bytes.iter().skip(1).take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some(2 + index + length).filter(|total| *total <= bytes.len());
        }
    }
    None
}

/// One of 64 bits for a key, by its length and its ends: names of one area differ there.
#[inline]
fn print(key: &str) -> u64 {
    let bytes = key.as_bytes();
    let last = bytes.last().copied().unwrap_or(0);
    let middle = bytes.get(bytes.len() / 2).copied().unwrap_or(0);
    let mixed = (bytes.len() as u64).wrapping_mul(0x9e37)
        ^ u64::from(last).wrapping_mul(0x85eb_ca6b)
        ^ u64::from(middle).wrapping_mul(0xc2b2_ae35);
    1 << ((mixed ^ mixed >> 7) & 63)
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
            let mut buffer = AttributeBuffer::new(Vec::new());
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

    #[test]
    fn beyond_the_limits_attributes_are_counted_as_dropped() {
        let mut buffer = AttributeBuffer::new(Vec::new());
        for index in 0..200 {
            buffer.set(&format!("key{index}"), Value::I64(index));
        }
        assert_eq!((read(&buffer).len(), buffer.dropped()), (128, 72));
        let mut buffer = AttributeBuffer::new(Vec::new());
        buffer.set("big", Value::Str(&"x".repeat(100_000)));
        buffer.set("small", Value::I64(1));
        assert_eq!((read(&buffer), buffer.dropped()), (vec![("small".to_owned(), 1)], 1));
    }
}
