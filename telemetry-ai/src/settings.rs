//! What all calls of a client share.

use std::sync::{Arc, LazyLock};

use crate::{Attribution, PriceTable};

/// Prices and attribution, shared by all calls that are started with it. Cheap to clone.
///
/// ```
/// use telemetry_ai::{Attribution, PriceTable, Settings};
///
/// let settings = Settings::new(PriceTable::builtin(), Attribution::default().key("feature"));
/// # let _ = settings;
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    prices: PriceTable,
    attribution: Attribution,
}

impl Settings {
    /// Settings of these.
    #[must_use]
    pub fn new(prices: PriceTable, attribution: Attribution) -> Self {
        Self { shared: Arc::new(Shared { prices, attribution }) }
    }

    /// The prices.
    #[must_use]
    pub fn prices(&self) -> &PriceTable {
        &self.shared.prices
    }

    /// The attribution.
    #[must_use]
    pub fn attribution(&self) -> &Attribution {
        &self.shared.attribution
    }
}

impl Default for Settings {
    fn default() -> Self {
        static DEFAULT: LazyLock<Settings> =
            LazyLock::new(|| Settings::new(PriceTable::default(), Attribution::default()));
        DEFAULT.clone()
    }
}
