use super::AttributeBuffer;
use crate::attribute::{Key, SHORT_TEXT, Value};

/// Attributes of a span that is likely to be left out, kept as they came: encoding them would be most of what
/// such a span costs. Where it is recorded after all they are set then.
#[derive(Debug, Default)]
pub(super) struct Aside {
    keys: &'static [Key],
    values: Vec<Kept>,
    /// The texts, one after the other.
    texts: Vec<u8>,
}

/// A value of the common kinds and sizes; of a text the length.
#[derive(Clone, Copy, Debug)]
enum Kept {
    Text(u8),
    I64(i64),
    F64(f64),
    Bool(bool),
}

impl Aside {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Keeps them all; false, with nothing kept, when one is of no common kind.
    pub(super) fn keep(&mut self, keys: &'static [Key], values: &[Value<'_>]) -> bool {
        self.values.reserve(values.len());
        for value in values.iter().take(keys.len()) {
            self.values.push(match *value {
                Value::Str(text) if text.len() <= SHORT_TEXT => {
                    self.texts.extend_from_slice(text.as_bytes());
                    Kept::Text(text.len() as u8)
                }
                Value::I64(number) => Kept::I64(number),
                Value::F64(number) => Kept::F64(number),
                Value::Bool(truth) => Kept::Bool(truth),
                _ => {
                    self.clear();
                    return false;
                }
            });
        }
        self.keys = keys;
        true
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.texts.clear();
    }

    /// Sets what was kept.
    pub(super) fn move_to(&mut self, attributes: &mut AttributeBuffer) {
        let mut texts = &*self.texts;
        for (key, kept) in self.keys.iter().zip(&self.values) {
            let value = match *kept {
                Kept::Text(length) => {
                    let (text, rest) = texts.split_at(usize::from(length).min(texts.len()));
                    texts = rest;
                    // It was a text when it came.
                    Value::Str(std::str::from_utf8(text).unwrap_or_default())
                }
                Kept::I64(number) => Value::I64(number),
                Kept::F64(number) => Value::F64(number),
                Kept::Bool(truth) => Value::Bool(truth),
            };
            attributes.set_all(std::slice::from_ref(key), &[value]);
        }
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{ATTRIBUTE_FIELD, Attributes};
    use proptest::prelude::*;

    static KEYS: [Key; 5] =
        [Key::new("a"), Key::new("b"), Key::new("c"), Key::new("a"), Key::new("d")];

    fn read(buffer: &AttributeBuffer) -> Vec<(String, String)> {
        let attributes = Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD);
        attributes.map(|(key, value)| (key.to_owned(), format!("{value:?}"))).collect()
    }

    proptest! {
        #[test]
        fn what_was_kept_is_set_as_if_it_had_been_at_once(
            kinds in prop::collection::vec(0_u8..6, 0..7),
            text in "\\PC{0,40}",
            number in any::<i64>(),
            fraction in any::<f64>(),
        ) {
            let values: Vec<Value<'_>> = kinds
                .iter()
                .map(|kind| match kind {
                    0 | 1 => Value::Str(&text),
                    2 => Value::I64(number),
                    3 => Value::F64(fraction),
                    4 => Value::Bool(true),
                    _ => Value::Bytes(text.as_bytes()),
                })
                .collect();
            let mut expected = AttributeBuffer::new();
            expected.set_all(&KEYS, &values);
            let (mut aside, mut found) = (Aside::default(), AttributeBuffer::new());
            let kept = aside.keep(&KEYS, &values);
            let seen = values.iter().take(KEYS.len());
            let common = |value: &Value<'_>| match value {
                Value::Str(text) => text.len() <= SHORT_TEXT,
                Value::Bytes(_) => false,
                _ => true,
            };
            prop_assert_eq!(kept, seen.clone().all(common));
            if kept {
                prop_assert_eq!(aside.is_empty(), values.is_empty());
                aside.move_to(&mut found);
                prop_assert_eq!(read(&found), read(&expected));
            }
            prop_assert!(aside.is_empty() && aside.texts.is_empty());
        }
    }
}
