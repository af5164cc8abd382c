use super::{AttributeBuffer, CallSite};
use crate::attribute::{SHORT_TEXT, Value, copy_short};

/// Attributes of a span that is likely to be left out, kept as they came: encoding them would be most of what
/// such a span costs. Where it is recorded after all they are set then.
#[derive(Debug)]
pub(super) struct Aside {
    /// None when nothing is kept.
    site: Option<&'static CallSite>,
    kept: [Kept; Aside::MOST],
    count: usize,
}

/// A value of the common kinds and sizes.
#[derive(Clone, Copy, Debug)]
struct Kept {
    kind: Kind,
    /// Of a text.
    length: u8,
    /// A number, or a text.
    bytes: [u8; SHORT_TEXT],
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// None, or one that the call site knows.
    Nothing,
    Text,
    I64,
    F64,
    Bool,
}

impl Aside {
    /// Spans that start with more attributes are few.
    const MOST: usize = 12;

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.site.is_none()
    }

    /// Keeps them all; false, with nothing kept, when there are too many or one is of no common kind.
    pub(super) fn keep(&mut self, site: &'static CallSite, values: &[Value<'_>]) -> bool {
        let count = values.len();
        let Some(places) = self.kept.get_mut(..count) else {
            return false;
        };
        for (value, kept) in values.iter().zip(places) {
            if !kept.set(value) {
                return false;
            }
        }
        (self.site, self.count) = (Some(site), count);
        true
    }

    #[inline]
    pub(super) fn clear(&mut self) {
        self.site = None;
    }

    /// Sets what was kept.
    pub(super) fn move_to(&mut self, attributes: &mut AttributeBuffer) {
        let Some(site) = self.site.take() else {
            return;
        };
        let mut values = [Value::Empty; Self::MOST];
        for (value, kept) in values.iter_mut().zip(&self.kept).take(self.count) {
            *value = kept.value();
        }
        attributes.set_known(site, values.get(..self.count).unwrap_or_default());
    }
}

impl Default for Aside {
    fn default() -> Self {
        let kept = Kept { kind: Kind::Bool, length: 0, bytes: [0; SHORT_TEXT] };
        Self { site: None, kept: [kept; Self::MOST], count: 0 }
    }
}

impl Kept {
    /// Whether the value is of a kind that is kept.
    #[inline(always)]
    fn set(&mut self, value: &Value<'_>) -> bool {
        match *value {
            Value::Str(text) => {
                let Some(place) = self.bytes.get_mut(..text.len()) else {
                    return false;
                };
                copy_short(place, text.as_bytes());
                (self.kind, self.length) = (Kind::Text, text.len() as u8);
            }
            Value::I64(number) => self.set_number(Kind::I64, number.to_le_bytes()),
            Value::F64(number) => self.set_number(Kind::F64, number.to_le_bytes()),
            Value::Bool(truth) => self.set_number(Kind::Bool, u64::from(truth).to_le_bytes()),
            Value::Empty => self.kind = Kind::Nothing,
            _ => return false,
        }
        true
    }

    #[inline(always)]
    fn set_number(&mut self, kind: Kind, bytes: [u8; 8]) {
        self.kind = kind;
        if let Some(place) = self.bytes.first_chunk_mut() {
            *place = bytes;
        }
    }

    fn value(&self) -> Value<'_> {
        let number = self.bytes.first_chunk().copied().unwrap_or_default();
        match self.kind {
            Kind::Nothing => Value::Empty,
            Kind::Text => {
                let text = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
                // It was a text when it came.
                Value::Str(std::str::from_utf8(text).unwrap_or_default())
            }
            Kind::I64 => Value::I64(i64::from_le_bytes(number)),
            Kind::F64 => Value::F64(f64::from_le_bytes(number)),
            Kind::Bool => Value::Bool(number != [0; 8]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{ATTRIBUTE_FIELD, Attributes, Key};
    use proptest::prelude::*;

    static KEYS: [Key; 5] =
        [Key::new("a"), Key::new("b"), Key::new("c"), Key::new("a"), Key::new("d")];
    static SITE: CallSite = CallSite::new(&KEYS, &[None, None, Some("web"), None, None]);

    fn read(buffer: &AttributeBuffer) -> Vec<(String, String)> {
        let attributes = Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD);
        attributes.map(|(key, value)| (key.to_owned(), format!("{value:?}"))).collect()
    }

    proptest! {
        #[test]
        fn what_was_kept_is_set_as_if_it_had_been_at_once(
            kinds in prop::collection::vec(0_u8..7, 5),
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
                    5 => Value::Empty,
                    _ => Value::Bytes(text.as_bytes()),
                })
                .collect();
            let mut expected = AttributeBuffer::new();
            expected.set_known(&SITE, &values);
            let (mut aside, mut found) = (Aside::default(), AttributeBuffer::new());
            let kept = aside.keep(&SITE, &values);
            let common = |value: &Value<'_>| match value {
                Value::Str(text) => text.len() <= SHORT_TEXT,
                Value::Bytes(_) => false,
                _ => true,
            };
            prop_assert_eq!(kept, values.iter().all(common));
            if kept {
                prop_assert!(!aside.is_empty());
                aside.move_to(&mut found);
                prop_assert_eq!(read(&found), read(&expected));
            }
            prop_assert!(aside.is_empty());
        }
    }
}
