//! Who caused a call: baggage of the current context, as attributes and labels.

mod spend;

use std::borrow::Cow;

pub(crate) use spend::{Accounts, Admitted, Settlement};
pub use spend::{SpendRow, spend, spend_in};
use telemetry_core::Baggage;

/// The attribute and label of the tenant. The conventions have none.
pub(crate) const TENANT: &str = "tenant.id";
/// The value that stands for all beyond a bound.
pub(crate) const OTHER: &str = "_other";

/// Values from outside are cut to this many bytes.
const LONGEST_VALUE: usize = 128;

/// Which baggage is recorded with a call, and how many different values become labels.
///
/// Baggage may come from anybody who can send a request, so nothing of it is recorded but the keys
/// that are allowed here. By default that is `tenant.id`. Each allowed key becomes an attribute of
/// the span and a label of the cost and request counters; after [`max_values`](Self::max_values)
/// different values a label says `_other`, while the span keeps the value, cut to 128 bytes.
///
/// ```
/// use telemetry_ai::Attribution;
///
/// let attribution = Attribution::default().tenant_key("customer").key("feature").max_values(500);
/// # let _ = attribution;
/// ```
#[derive(Debug, Clone)]
pub struct Attribution {
    /// Pairs of baggage key and the name that it is recorded under.
    keys: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    max_values: usize,
}

/// What was found in the baggage, under the names to be recorded.
pub(crate) type Attributed = Vec<(Cow<'static, str>, String)>;

impl Attribution {
    /// Records nothing of the baggage.
    #[must_use]
    pub fn none() -> Self {
        Self { keys: Vec::new(), max_values: 0 }
    }

    /// The baggage key that names the tenant. It is recorded as `tenant.id` whatever it is.
    /// Default: `tenant.id`.
    #[must_use]
    pub fn tenant_key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.keys.retain(|(_, name)| name != TENANT);
        self.keys.insert(0, (key.into(), Cow::Borrowed(TENANT)));
        self
    }

    /// Allows another baggage key, recorded under its own name. It must be of few different values.
    #[must_use]
    pub fn key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        let key = key.into();
        if !self.keys.iter().any(|(_, name)| *name == key) {
            self.keys.push((key.clone(), key));
        }
        self
    }

    /// How many different values of each key become labels before `_other`. Default: 200.
    #[must_use]
    pub fn max_values(mut self, max_values: usize) -> Self {
        self.max_values = max_values;
        self
    }

    pub(crate) fn most_values(&self) -> usize {
        self.max_values
    }

    pub(crate) fn of(&self, baggage: &Baggage) -> Attributed {
        if baggage.is_empty() {
            return Vec::new();
        }
        let found = |(key, name): &(Cow<'static, str>, Cow<'static, str>)| {
            let value = baggage.get(key).filter(|value| !value.is_empty())?;
            Some((name.clone(), value[..value.floor_char_boundary(LONGEST_VALUE)].to_owned()))
        };
        self.keys.iter().filter_map(found).collect()
    }
}

impl Default for Attribution {
    fn default() -> Self {
        Self::none().tenant_key(TENANT).max_values(200)
    }
}
