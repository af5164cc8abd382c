use super::{SHORT_TEXT, Value, put_any_value, read_any_value, read_key_value};
use crate::wire::{Fields, put_bytes};

/// How many attributes a record has, and how long their values are
/// (<https://opentelemetry.io/docs/specs/otel/common/#attribute-limits>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AttributeLimits {
    count: u16,
    /// How many attributes of a common kind may be set without looking at the length of values.
    quick: u16,
    /// Characters of a text, bytes of raw ones.
    length: u32,
}

impl AttributeLimits {
    /// The specification's default: 128 attributes, of any length.
    pub(crate) const DEFAULT: Self = Self::new(128, None);
    /// Those of a record of which it isn't known yet which pipeline records it.
    pub(crate) const UNKNOWN: Self = Self::new(u16::MAX, None);

    pub(crate) const fn new(count: u16, length: Option<u32>) -> Self {
        let length = match length {
            Some(length) => length,
            None => u32::MAX,
        };
        let quick = if (length as usize) < SHORT_TEXT { 0 } else { count };
        Self { count, quick, length }
    }

    /// With another count.
    pub(crate) const fn with_count(self, count: u16) -> Self {
        Self::new(count, Some(self.length))
    }

    /// With another length.
    pub(crate) const fn with_length(self, length: u32) -> Self {
        Self::new(self.count, Some(length))
    }

    #[inline]
    pub(crate) const fn count(self) -> u16 {
        self.count
    }

    #[inline]
    pub(crate) const fn quick(self) -> u16 {
        self.quick
    }

    #[inline]
    pub(crate) const fn length(self) -> usize {
        self.length as usize
    }
}

/// Appends the `AnyValue` message of `value` with each text in it cut to `length` characters and raw
/// bytes to as many, keys left as they are.
pub(crate) fn put_cut(out: &mut Vec<u8>, value: Value<'_>, length: usize) {
    match value {
        Value::Str(text) => put_any_value(out, Value::Str(cut(text, length))),
        Value::Bytes(bytes) => {
            put_any_value(out, Value::Bytes(bytes.get(..length).unwrap_or(bytes)));
        }
        Value::StrArray(items) => {
            put_list(out, items.iter().map(|item| Value::Str(item)), length);
        }
        Value::Array(_) | Value::Map(_) => {
            // Encoded first, which bounds the depth.
            let mut encoded = Vec::new();
            put_any_value(&mut encoded, value);
            put_cut(out, Value::Encoded(&encoded), length);
        }
        Value::Encoded(message) => put_encoded(out, message, length),
        _ => put_any_value(out, value),
    }
}

fn put_encoded(out: &mut Vec<u8>, message: &[u8], length: usize) {
    let Some(field) = Fields::new(message).next() else {
        return;
    };
    let items = Fields::new(field.value.bytes()).filter(|item| item.number == 1);
    match field.number {
        5 => put_list(out, items.map(|item| read_any_value(item.value.bytes())), length),
        6 => {
            let mut map = Vec::new();
            for item in items {
                let (key, value) = read_key_value(item.value.bytes());
                let (mut entry, mut cut) = (Vec::new(), Vec::new());
                put_cut(&mut cut, value, length);
                put_bytes(&mut entry, 1, key.as_bytes()); // KeyValue.key = 1
                put_bytes(&mut entry, 2, &cut); // KeyValue.value = 2
                put_bytes(&mut map, 1, &entry); // KeyValueList.values = 1
            }
            put_bytes(out, 6, &map); // AnyValue.kvlist_value = 6
        }
        _ => put_cut(out, read_any_value(message), length),
    }
}

fn put_list<'a>(out: &mut Vec<u8>, items: impl Iterator<Item = Value<'a>>, length: usize) {
    let mut list = Vec::new();
    for item in items {
        let mut cut = Vec::new();
        put_cut(&mut cut, item, length);
        put_bytes(&mut list, 1, &cut); // ArrayValue.values = 1
    }
    put_bytes(out, 5, &list); // AnyValue.array_value = 5
}

/// The first `length` characters.
fn cut(text: &str, length: usize) -> &str {
    if text.len() <= length {
        return text;
    }
    text.char_indices().nth(length).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cut_value(value: Value<'_>, length: usize) -> String {
        let mut out = Vec::new();
        put_cut(&mut out, value, length);
        read_any_value(&out).to_string()
    }

    proptest! {
        #[test]
        fn a_text_keeps_its_first_characters(text in "\\PC{0,80}", length in 0_usize..90) {
            let expected: String = text.chars().take(length).collect();
            prop_assert_eq!(cut_value(Value::Str(&text), length), expected);
        }
    }

    #[test]
    fn texts_are_cut_wherever_they_stand_and_nothing_else_is() {
        let inner = [("größe", Value::Str("größer")), ("count", Value::I64(123_456))];
        let items = [Value::Map(&inner), Value::Str("abc"), Value::Bytes(&[1, 2, 3, 4])];
        let all = [("items", Value::Array(&items)), ("texts", Value::StrArray(&["äöü", "a"]))];
        let expected =
            r#"{"items":[{"größe":"grö","count":123456},"abc","010203"],"texts":["äöü","a"]}"#;
        assert_eq!(cut_value(Value::Map(&all), 3), expected);
        assert_eq!(cut_value(Value::StrArray(&["äöü"]), 2), r#"["äö"]"#);
        assert_eq!(cut_value(Value::F64Array(&[1.25]), 0), "[1.25]");
    }
}
