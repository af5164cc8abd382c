use super::AttributeBuffer;
use crate::attribute::Value;

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
