use std::fmt;
use std::sync::Arc;

use super::{ATTRIBUTE_FIELD, Attributes, Value, put_attribute};

/// The attributes of one metric series: sorted by key, each key once, cheap to clone.
///
/// ```
/// use telemetry_core::AttributeSet;
///
/// let one = AttributeSet::new(&[("country", "fr".into()), ("attempt", 2.into())]);
/// let other = AttributeSet::new(&[("attempt", 2.into()), ("country", "fr".into())]);
/// assert_eq!(one, other);
/// assert!(one.contains(&[("attempt", "2")]));
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributeSet {
    encoded: Arc<[u8]>,
}

impl AttributeSet {
    /// The set of these attributes; of a key given twice the last value counts.
    pub fn new(attributes: &[(&str, Value<'_>)]) -> Self {
        Self { encoded: canonical(attributes).into() }
    }

    /// The attributes, sorted by key.
    pub fn iter(&self) -> Attributes<'_> {
        Attributes::new(&self.encoded, ATTRIBUTE_FIELD)
    }

    /// Whether each of `labels` is there, its value compared as text.
    pub fn contains(&self, labels: &[(&str, &str)]) -> bool {
        labels.iter().all(|(key, value)| {
            self.iter().find(key).is_some_and(|present| match present {
                Value::Str(text) => text == *value,
                other => other.to_string() == *value,
            })
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.encoded.is_empty()
    }
}

impl fmt::Debug for AttributeSet {
    /// The attributes in words: who looks for a value in what was recorded must find it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_map().entries(self).finish()
    }
}

impl<'a> IntoIterator for &'a AttributeSet {
    type Item = (&'a str, Value<'a>);
    type IntoIter = Attributes<'a>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The encoded form in which equal sets have equal bytes.
fn canonical(attributes: &[(&str, Value<'_>)]) -> Vec<u8> {
    let mut sorted: Vec<_> = attributes.iter().collect();
    // A stable sort keeps the order of equal keys, so the last of them is the one to keep.
    sorted.sort_by_key(|(key, _)| *key);
    let mut encoded = Vec::new();
    for (index, (key, value)) in sorted.iter().enumerate() {
        let repeated = sorted.get(index + 1).is_some_and(|(next, _)| next == key);
        if !repeated && !matches!(value, Value::Empty) {
            put_attribute(&mut encoded, ATTRIBUTE_FIELD, key, *value);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_searched() {
        let set = AttributeSet::new(&[("route", "/orders".into()), ("status", 200.into())]);
        let printed = format!("{set:?}");
        assert!(printed.contains("route") && printed.contains("/orders"), "{printed}");
    }

    #[test]
    fn the_order_of_attributes_does_not_matter_and_the_last_of_a_key_counts() {
        let one = AttributeSet::new(&[("b", 1.into()), ("a", "x".into()), ("b", 2.into())]);
        let other = AttributeSet::new(&[("a", "x".into()), ("b", 2.into())]);
        assert_eq!(one, other);
        assert_eq!(one.iter().collect::<Vec<_>>(), [("a", Value::Str("x")), ("b", Value::I64(2))]);
    }

    #[test]
    fn lists_render_as_json() {
        let set = AttributeSet::new(&[("tags", Value::StrArray(&["a\"b", "c"]))]);
        assert_eq!(set.iter().next().unwrap().1.to_string(), r#"["a\"b","c"]"#);
    }
}
