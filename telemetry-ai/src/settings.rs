//! What all calls of a client share.

use std::sync::{Arc, LazyLock};

use crate::{Attribution, Conventions, Jobs, PriceTable};

/// Prices, attribution and conventions, shared by all calls that are started with it, and the jobs
/// that these have begun. Cheap to clone.
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
    /// `None` in what a kept job holds, which would otherwise keep itself.
    jobs: Option<Jobs>,
}

#[derive(Debug)]
struct Shared {
    prices: PriceTable,
    attribution: Attribution,
    conventions: Conventions,
}

impl Settings {
    /// Settings of these, with the conventions that the environment chooses.
    #[must_use]
    pub fn new(prices: PriceTable, attribution: Attribution) -> Self {
        let conventions = Conventions::from_environment();
        Self {
            shared: Arc::new(Shared { prices, attribution, conventions }),
            jobs: Some(Jobs::default()),
        }
    }

    /// Other conventions than the environment chooses.
    #[must_use]
    pub fn with_conventions(self, conventions: Conventions) -> Self {
        let Shared { prices, attribution, .. } = &*self.shared;
        let (prices, attribution) = (prices.clone(), attribution.clone());
        Self { shared: Arc::new(Shared { prices, attribution, conventions }), ..self }
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

    /// Which names are emitted.
    #[must_use]
    pub fn conventions(&self) -> Conventions {
        self.shared.conventions
    }

    /// The jobs under way, to be told of what a webhook brings.
    #[must_use]
    pub fn jobs(&self) -> Jobs {
        self.jobs.clone().unwrap_or_default()
    }

    pub(crate) fn keeps_jobs(&self) -> Option<&Jobs> {
        self.jobs.as_ref()
    }

    pub(crate) fn without_jobs(&self) -> Self {
        Self { shared: self.shared.clone(), jobs: None }
    }
}

impl Default for Settings {
    fn default() -> Self {
        static DEFAULT: LazyLock<Settings> =
            LazyLock::new(|| Settings::new(PriceTable::default(), Attribution::default()));
        DEFAULT.clone()
    }
}
