//! `opentelemetry.proto.common.v1.{KeyValue, AnyValue}`.

use super::Value;
use crate::wire::{put_bytes, put_varint, varint_len};

/// The field of a span's message in which attributes stand (`Span.attributes`); metric points keep
/// theirs in the same form.
pub(crate) const ATTRIBUTE_FIELD: u32 = 9;

/// Appends one attribute as field `field` (`repeated KeyValue`) of its message.
#[inline(always)]
pub(crate) fn put_attribute(out: &mut Vec<u8>, field: u32, key: &str, value: Value<'_>) {
    let short = key.len() <= SHORT_KEY && field < 16;
    match value {
        Value::Str(text) if short && text.len() <= SHORT_TEXT => {
            let length = text.len() as u8;
            put_short_key(out, field, key, length + 2);
            out.extend_from_slice(&[0x12, length + 2, 0x0a, length]);
            out.extend_from_slice(text.as_bytes());
        }
        Value::I64(number @ 0..0x80) if short => {
            put_short_key(out, field, key, 2);
            out.extend_from_slice(&[0x12, 2, 0x18, number as u8]);
        }
        Value::I64(number @ 0x80..0x4000) if short => {
            put_short_key(out, field, key, 3);
            let (low, high) = (number as u8 | 0x80, (number >> 7) as u8);
            out.extend_from_slice(&[0x12, 3, 0x18, low, high]);
        }
        Value::Bool(truth) if short => {
            put_short_key(out, field, key, 2);
            out.extend_from_slice(&[0x12, 2, 0x10, u8::from(truth)]);
        }
        _ => put_any_attribute(out, field, key, value),
    }
}

/// Keys and texts up to these lengths make a `KeyValue` of less than 128 bytes, all of whose lengths
/// are varints of one byte: nearly every attribute is of that kind and needs no counting ahead.
const SHORT_KEY: usize = 56;
const SHORT_TEXT: usize = 62;

/// The tag, the length and the key of a short attribute whose value message is `value` bytes long.
#[inline]
fn put_short_key(out: &mut Vec<u8>, field: u32, key: &str, value: u8) {
    let length = key.len() as u8;
    out.reserve(SHORT_KEY + SHORT_TEXT + 10);
    let tag = (field << 3 | crate::wire::LENGTH) as u8;
    out.extend_from_slice(&[tag, length + value + 4, 0x0a, length]);
    out.extend_from_slice(key.as_bytes());
}

/// An attribute of any kind and size.
fn put_any_attribute(out: &mut Vec<u8>, field: u32, key: &str, value: Value<'_>) {
    let value_len = len_at(value, 0);
    let key_part = 1 + varint_len(key.len() as u64) + key.len();
    let value_part = 1 + varint_len(value_len as u64) + value_len;
    put_varint(out, u64::from(field << 3 | crate::wire::LENGTH));
    put_varint(out, (key_part + value_part) as u64);
    out.push(0x0a); // KeyValue.key = 1
    put_varint(out, key.len() as u64);
    out.extend_from_slice(key.as_bytes());
    out.push(0x12); // KeyValue.value = 2
    put_varint(out, value_len as u64);
    put_any_value(out, value);
}

/// How deep lists and maps in each other are recorded; what lies deeper is empty.
const MAX_DEPTH: u32 = 16;

/// Length of the `AnyValue` message of `value`, in so many lists and maps.
fn len_at(value: Value<'_>, depth: u32) -> usize {
    match value {
        Value::Empty => 0,
        Value::Bool(_) => 2,
        Value::I64(value) => 1 + varint_len(value as u64),
        Value::F64(_) => 9,
        Value::Str(text) => delimited(text.len()),
        Value::Bytes(bytes) => delimited(bytes.len()),
        Value::Encoded(bytes) => bytes.len(),
        Value::StrArray(items) => array_len(items.iter().map(|&item| Value::Str(item)), depth),
        Value::BoolArray(items) => array_len(items.iter().map(|&item| Value::Bool(item)), depth),
        Value::I64Array(items) => array_len(items.iter().map(|&item| Value::I64(item)), depth),
        Value::F64Array(items) => array_len(items.iter().map(|&item| Value::F64(item)), depth),
        Value::Array(_) | Value::Map(_) if depth >= MAX_DEPTH => 0,
        Value::Array(items) => array_len(items.iter().copied(), depth),
        Value::Map(entries) => {
            delimited(entries.iter().map(|entry| delimited(entry_len(entry, depth))).sum())
        }
    }
}

/// Length of a field with a tag of one byte whose content is so long.
fn delimited(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}

/// Length of an `AnyValue.array_value`.
fn array_len<'a>(items: impl Iterator<Item = Value<'a>>, depth: u32) -> usize {
    delimited(items.map(|item| delimited(len_at(item, depth + 1))).sum())
}

/// Length of a `KeyValue` in a map.
fn entry_len((key, value): &(&str, Value<'_>), depth: u32) -> usize {
    delimited(key.len()) + delimited(len_at(*value, depth + 1))
}

/// Appends the `AnyValue` message of `value`, without a length.
#[inline]
pub(crate) fn put_any_value(out: &mut Vec<u8>, value: Value<'_>) {
    put_at(out, value, 0);
}

fn put_at(out: &mut Vec<u8>, value: Value<'_>, depth: u32) {
    match value {
        Value::Empty => {}
        Value::Str(text) => put_bytes(out, 1, text.as_bytes()),
        Value::Bool(value) => out.extend_from_slice(&[0x10, u8::from(value)]),
        Value::I64(value) => {
            out.push(0x18);
            put_varint(out, value as u64);
        }
        Value::F64(value) => {
            let mut bytes = [0x21; 9];
            bytes[1..].copy_from_slice(&value.to_le_bytes());
            out.extend_from_slice(&bytes);
        }
        Value::Bytes(bytes) => put_bytes(out, 7, bytes),
        Value::Encoded(bytes) => out.extend_from_slice(bytes),
        Value::StrArray(items) => put_array(out, items.iter().map(|&item| Value::Str(item)), depth),
        Value::BoolArray(items) => {
            put_array(out, items.iter().map(|&item| Value::Bool(item)), depth);
        }
        Value::I64Array(items) => put_array(out, items.iter().map(|&item| Value::I64(item)), depth),
        Value::F64Array(items) => put_array(out, items.iter().map(|&item| Value::F64(item)), depth),
        Value::Array(_) | Value::Map(_) if depth >= MAX_DEPTH => {}
        Value::Array(items) => put_array(out, items.iter().copied(), depth),
        Value::Map(entries) => put_map(out, entries, depth),
    }
}

/// Appends an `AnyValue.array_value`.
fn put_array<'a>(out: &mut Vec<u8>, items: impl Iterator<Item = Value<'a>> + Clone, depth: u32) {
    let length = |item| len_at(item, depth + 1);
    out.push(0x2a); // AnyValue.array_value = 5
    put_varint(out, items.clone().map(|item| delimited(length(item))).sum::<usize>() as u64);
    for item in items {
        out.push(0x0a); // ArrayValue.values = 1
        put_varint(out, length(item) as u64);
        put_at(out, item, depth + 1);
    }
}

/// Appends an `AnyValue.kvlist_value`.
fn put_map(out: &mut Vec<u8>, entries: &[(&str, Value<'_>)], depth: u32) {
    let length = |entry| entry_len(entry, depth);
    out.push(0x32); // AnyValue.kvlist_value = 6
    put_varint(out, entries.iter().map(|entry| delimited(length(entry))).sum::<usize>() as u64);
    for entry in entries {
        out.push(0x0a); // KeyValueList.values = 1
        put_varint(out, length(entry) as u64);
        put_bytes(out, 1, entry.0.as_bytes()); // KeyValue.key = 1
        out.push(0x12); // KeyValue.value = 2
        put_varint(out, len_at(entry.1, depth + 1) as u64);
        put_at(out, entry.1, depth + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{Attributes, read_any_value};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_read_back_whatever_its_length(
            key in "[a-z.]{0,130}",
            text in "\\PC{0,140}",
            number: i64,
            small in 0_i64..70_000,
            truth: bool,
            field in 1_u32..40,
        ) {
            let values =
                [Value::Str(&text), Value::I64(number), Value::I64(small), Value::Bool(truth)];
            let mut out = Vec::new();
            for value in values {
                put_attribute(&mut out, field, &key, value);
            }
            let read: Vec<_> = Attributes::new(&out, field).collect();
            prop_assert_eq!(read, values.map(|value| (key.as_str(), value)).to_vec());
            let raw = Attributes::new(&out, field).raw();
            let read: Vec<_> = raw.map(|(key, value)| (key, read_any_value(value))).collect();
            prop_assert_eq!(read, values.map(|value| (key.as_bytes(), value)).to_vec());
        }
    }

    #[test]
    fn lists_and_maps_in_each_other_are_as_long_as_foretold_and_read_back() {
        let inner = [("weights", Value::F64Array(&[0.5, 2.0])), ("none", Value::Empty)];
        let items = [Value::Map(&inner), Value::Str("x"), Value::I64(-1), Value::Array(&[])];
        let map = [("items", Value::Array(&items)), ("raw", Value::Bytes(&[1, 255]))];
        let mut out = Vec::new();
        put_any_value(&mut out, Value::Map(&map));
        assert_eq!(out.len(), len_at(Value::Map(&map), 0));
        let read = read_any_value(&out).to_string();
        let expected = r#"{"items":[{"weights":[0.5,2],"none":null},"x",-1,[]],"raw":"01ff"}"#;
        assert_eq!((read.as_str(), Value::Map(&map).to_string().as_str()), (expected, expected));
    }

    #[test]
    fn what_lies_too_deep_is_empty() {
        fn nested(depth: u32, inner: Value<'_>, then: &mut dyn FnMut(Value<'_>)) {
            match depth {
                0 => then(inner),
                _ => nested(depth - 1, Value::Array(&[inner]), then),
            }
        }
        for (depth, expected) in [(16, true), (17, false), (300, false)] {
            nested(depth, Value::Str("deep"), &mut |value| {
                let mut out = Vec::new();
                put_any_value(&mut out, value);
                assert_eq!(out.len(), len_at(value, 0));
                let text = read_any_value(&out).to_string();
                assert_eq!(text.contains("deep"), expected, "{depth}: {text}");
            });
        }
    }
}
