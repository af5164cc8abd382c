use std::sync::Arc;

use crate::attribute::{Attributes, Value, put_attribute};

/// What produces the telemetry: a service, its version, where it runs
/// ([specification](https://opentelemetry.io/docs/specs/otel/resource/sdk/)). Cheap to clone.
///
/// ```
/// use telemetry_core::{Resource, semconv};
///
/// let resource = Resource::default()
///     .with(semconv::service::NAME, "support-desk")
///     .with(semconv::service::VERSION, "1.4.0");
/// assert_eq!(resource.attribute("service.name").unwrap().as_str(), Some("support-desk"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    encoded: Arc<[u8]>,
}

/// `Resource.attributes` of `opentelemetry.proto.resource.v1`.
const RESOURCE_ATTRIBUTES: u32 = 1;

impl Resource {
    /// This resource with `key` set to `value`, replacing what it had.
    #[must_use]
    pub fn with<'v>(&self, key: &str, value: impl Into<Value<'v>>) -> Self {
        let mut encoded = Vec::new();
        for (name, kept) in self.attributes().filter(|(name, _)| *name != key) {
            put_attribute(&mut encoded, RESOURCE_ATTRIBUTES, name, kept);
        }
        put_attribute(&mut encoded, RESOURCE_ATTRIBUTES, key, value.into());
        Self { encoded: encoded.into() }
    }

    /// The value of `key`.
    pub fn attribute(&self, key: &str) -> Option<Value<'_>> {
        self.attributes().find(key)
    }

    /// All attributes.
    pub fn attributes(&self) -> Attributes<'_> {
        Attributes::new(&self.encoded, RESOURCE_ATTRIBUTES)
    }

    /// The `opentelemetry.proto.resource.v1.Resource` message.
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}
