use super::attributes::attribute_len;
use super::{AttributeBuffer, Span};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes, Value};

/// Attributes that many spans have in common, encoded once: a layer keeps those of each endpoint, host
/// or queue, and a span takes them over with one copy.
///
/// ```
/// use telemetry_core::{EncodedAttributes, Scope, SpanBuilder};
///
/// static SCOPE: Scope = Scope::new("my-queue-client", "1.0.0");
///
/// let queue = EncodedAttributes::new(&[
///     ("messaging.system", "my-queue".into()),
///     ("messaging.destination.name", "orders".into()),
/// ]);
/// let span = SpanBuilder::new(&SCOPE, "send orders").encoded_attributes(&queue).start();
/// span.end();
/// ```
#[derive(Clone, Debug, Default)]
pub struct EncodedAttributes {
    pub(super) bytes: Box<[u8]>,
    /// The prints of all keys.
    pub(super) seen: u64,
    pub(super) count: u16,
    /// No value is longer, but those of the short kinds.
    pub(super) longest: usize,
    /// Where the values of those stand that are [`Value::F64`].
    pub(super) doubles: Box<[u16]>,
}

impl EncodedAttributes {
    /// Encodes these attributes; of a key given twice the last value counts. A span that takes them
    /// over applies its own limits.
    pub fn new(attributes: &[(&str, Value<'_>)]) -> Self {
        let mut buffer = AttributeBuffer::new();
        for (key, value) in attributes {
            buffer.set(key, *value);
        }
        buffer.encoded()
    }
}

impl Span {
    /// Sets attributes that were encoded before, with one copy. The numbers among them that are
    /// [`Value::F64`] become those of `doubles` at the same place; what has no partner stays as it was.
    ///
    /// ```
    /// use std::sync::LazyLock;
    /// use telemetry_core::{EncodedAttributes, Value, span};
    ///
    /// static SENT: LazyLock<EncodedAttributes> = LazyLock::new(|| {
    ///     EncodedAttributes::new(&[
    ///         ("queue.outcome", "sent".into()),
    ///         ("queue.wait_time", Value::F64(0.0)),
    ///         ("queue.send_time", Value::F64(0.0)),
    ///     ])
    /// });
    ///
    /// let mut span = span!("send").start();
    /// span.set_encoded(&SENT, &[0.002, 0.017]);
    /// span.end();
    /// ```
    #[inline]
    pub fn set_encoded(&mut self, encoded: &EncodedAttributes, doubles: &[f64]) {
        if let Some(recording) = &mut self.recording {
            recording.attributes.append_with(encoded, doubles);
        }
    }
}

/// Where the values of those stand that are doubles: at the end of each.
pub(super) fn doubles(bytes: &[u8]) -> Box<[u16]> {
    let mut at = 0;
    let ends = Attributes::new(bytes, ATTRIBUTE_FIELD).map(|(_, value)| {
        at += bytes.get(at..).and_then(attribute_len).unwrap_or_default();
        matches!(value, Value::F64(_)).then(|| at.saturating_sub(size_of::<f64>()))
    });
    ends.flatten().filter_map(|place| u16::try_from(place).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn doubles_of_what_was_encoded_before_become_others(
            encoded in prop::collection::vec(("[a-z]{1,90}", prop::option::of(any::<f64>())), 0..8),
            before in prop::collection::vec("[a-z]{1,2}", 0..4),
            doubles in prop::collection::vec(any::<f64>(), 0..8),
            room: bool,
        ) {
            let pairs: Vec<_> = encoded
                .iter()
                .map(|(key, double)| (key.as_str(), double.map_or(Value::Bool(true), Value::F64)))
                .collect();
            let encoded = EncodedAttributes::new(&pairs);
            let mut buffer = AttributeBuffer::new();
            if room {
                buffer.set("", Value::Str(&"x".repeat(4096)));
                buffer.clear();
            }
            for key in &before {
                buffer.set(key, Value::I64(1));
            }
            let mut expected: BTreeMap<_, _> =
                before.iter().map(|key| (key.clone(), "1".to_owned())).collect();
            let mut others = doubles.iter();
            for (key, value) in Attributes::new(&encoded.bytes, ATTRIBUTE_FIELD) {
                let told = match value {
                    Value::F64(number) => format!("{:?}", others.next().unwrap_or(&number)),
                    _ => "true".to_owned(),
                };
                expected.insert(key.to_owned(), told);
            }
            buffer.append_with(&encoded, &doubles);
            let got: BTreeMap<_, _> = Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD)
                .map(|(key, value)| match value {
                    Value::F64(number) => (key.to_owned(), format!("{number:?}")),
                    Value::I64(number) => (key.to_owned(), number.to_string()),
                    _ => (key.to_owned(), "true".to_owned()),
                })
                .collect();
            prop_assert_eq!(got, expected);
        }
    }
}
