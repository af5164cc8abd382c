use super::draft::Draft;
use super::{CallSite, EncodedAttributes};
use crate::attribute::{Key, Value};

/// What a span that is starting says of itself, for those who tell it only where somebody will see it; see
/// [`SpanBuilder::start_with`](super::SpanBuilder::start_with).
///
/// ```
/// use telemetry_core::{Scope, SpanBuilder};
///
/// static SCOPE: Scope = Scope::new("my-queue-client", "1.0.0");
///
/// let span = SpanBuilder::new(&SCOPE, "receive").start_with(|span| {
///     span.attribute("messaging.system", "my_queue").attribute("messaging.batch.message_count", 3);
/// });
/// span.end();
/// ```
#[derive(Debug)]
pub struct SpanDescription<'a>(&'a mut Draft);

impl<'a> SpanDescription<'a> {
    #[inline]
    pub(super) fn new(draft: &'a mut Draft) -> Self {
        Self(draft)
    }

    /// Sets an attribute, replacing an earlier value of the same key.
    #[inline(always)]
    pub fn attribute<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) -> &mut Self {
        self.0.attributes_mut().set(key, value.into());
        self
    }

    /// Sets several attributes, each key's to the value at the same place; what has no partner is left
    /// out.
    #[inline]
    pub fn attributes(&mut self, keys: &[Key], values: &[Value<'_>]) -> &mut Self {
        self.0.attributes_mut().set_all(keys, values);
        self
    }

    /// Sets attributes that were encoded before.
    #[inline]
    pub fn encoded_attributes(&mut self, attributes: &EncodedAttributes) -> &mut Self {
        self.0.attributes_mut().append(attributes);
        self
    }

    /// Those of a place in the code, whose keys stay and of which some are known when it is compiled.
    #[doc(hidden)]
    #[inline]
    pub fn known_attributes(&mut self, site: &'static CallSite, values: &[Value<'_>]) -> &mut Self {
        self.0.attributes_mut().set_known(site, values);
        self
    }
}
