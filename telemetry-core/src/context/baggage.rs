use std::sync::Arc;

/// Name-value pairs that travel with a request through all services
/// ([W3C Baggage](https://www.w3.org/TR/baggage/)). Immutable and cheap to clone.
///
/// Bounded: 180 entries and 8,192 bytes at the most, of which the specification asks a platform to
/// carry 64 entries and all the bytes; an entry that would go beyond is left out.
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

/// A name and its value.
type Entry = (Box<str>, Box<str>);

impl Baggage {
    pub(crate) const EMPTY: Self = Self { entries: None };
    const MAX_ENTRIES: usize = 180;
    const MAX_BYTES: usize = 8192;

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// This baggage with `key` set to `value`.
    #[must_use]
    pub fn with(&self, key: &str, value: &str) -> Self {
        let kept = self.iter().filter(|(name, _)| *name != key);
        Self::from_pairs(kept.chain([(key, value)]))
    }

    /// The entries in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .flat_map(|entries| entries.iter())
            .map(|(key, value)| (&**key, &**value))
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_none()
    }

    pub(crate) fn from_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut bytes = 0;
        let entries: Vec<Entry> = pairs
            .filter(|(key, value)| {
                let size = key.len() + value.len() + 2;
                let fits = !key.is_empty() && bytes + size <= Self::MAX_BYTES;
                bytes += if fits { size } else { 0 };
                fits
            })
            .take(Self::MAX_ENTRIES)
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        Self { entries: (!entries.is_empty()).then(|| entries.into()) }
    }
}
