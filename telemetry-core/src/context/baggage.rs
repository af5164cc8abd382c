use std::sync::Arc;

use super::propagation::{encoded_len, properties_of};

/// Name-value pairs that travel with a request through all services
/// ([W3C Baggage](https://www.w3.org/TR/baggage/)). Immutable and cheap to clone.
///
/// Bounded: 180 entries and 8,192 bytes as they stand in the header, of which the specification asks a
/// platform to carry 64 entries and all the bytes; an entry that would go beyond is left out.
///
/// ```
/// use telemetry_core::Baggage;
///
/// let baggage = Baggage::default().with("tenant.id", "acme");
/// assert_eq!(baggage.get("tenant.id"), Some("acme"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baggage {
    entries: Option<Arc<[Entry]>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    key: Box<str>,
    value: Box<str>,
    /// As they stand in the header; mostly none.
    properties: Box<str>,
}

impl Baggage {
    pub(crate) const EMPTY: Self = Self { entries: None };
    const MAX_ENTRIES: usize = 180;
    const MAX_BYTES: usize = 8192;

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The properties of `key`'s entry, `ttl=60;public`: metadata that nobody here reads
    /// and that is passed on. Empty when there are none.
    pub fn properties(&self, key: &str) -> &str {
        let mut entries = self.entries();
        entries.find_map(|(name, _, properties)| (name == key).then_some(properties)).unwrap_or("")
    }

    /// This baggage with `key` set to `value`, without properties. A name that isn't a token of
    /// [RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#name-tokens) stays in this process.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        self.merged([(key, value, "")])
    }

    /// This baggage with `key` set to `value` and with these properties, `key` or `key=value`, parted by
    /// semicolons; malformed ones are left out.
    #[must_use]
    pub fn with_properties(&self, key: &str, value: &str, properties: &str) -> Self {
        self.merged([(key, value, properties_of(properties).as_str())])
    }

    /// The entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries().map(|(key, value, _)| (key, value))
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_none()
    }

    /// The entries of these keys.
    pub(crate) fn listed<'a>(
        &'a self,
        keys: &'a [Box<str>],
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        keys.iter().filter_map(|key| Some((&**key, self.get(key)?)))
    }

    /// Key, value and properties of each entry.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let entries = self.entries.iter().flat_map(|entries| entries.iter());
        entries.map(|entry| (&*entry.key, &*entry.value, &*entry.properties))
    }

    /// This baggage with these entries, which replace those of the same keys.
    pub(super) fn merged<K: AsRef<str>, V: AsRef<str>, P: AsRef<str>>(
        &self,
        more: impl IntoIterator<Item = (K, V, P)>,
    ) -> Self {
        let mut entries: Vec<Entry> = self
            .entries()
            .map(|(key, value, properties)| Entry::new(key, value, properties))
            .collect();
        let mut bytes: usize = entries.iter().map(Entry::len).sum();
        for (key, value, properties) in more {
            let entry = Entry::new(key.as_ref(), value.as_ref(), properties.as_ref());
            let before = entries.iter().position(|it| it.key == entry.key);
            let freed = before.and_then(|at| entries.get(at)).map_or(0, Entry::len);
            let room = before.is_some() || entries.len() < Self::MAX_ENTRIES;
            // The first entry has no comma.
            let fits = bytes - freed + entry.len() <= Self::MAX_BYTES + 1;
            if entry.key.is_empty() || !room || !fits {
                continue;
            }
            bytes = bytes - freed + entry.len();
            match before.and_then(|at| entries.get_mut(at)) {
                Some(place) => *place = entry,
                None => entries.push(entry),
            }
        }
        Self { entries: (!entries.is_empty()).then(|| entries.into()) }
    }
}

impl Entry {
    fn new(key: &str, value: &str, properties: &str) -> Self {
        Self { key: key.into(), value: value.into(), properties: properties.into() }
    }

    /// Bytes in the header, with the comma.
    fn len(&self) -> usize {
        let properties = self.properties.len() + usize::from(!self.properties.is_empty());
        self.key.len() + 1 + encoded_len(&self.value) + properties + 1
    }
}
