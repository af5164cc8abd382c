//! What all calls of a client share.

use std::sync::{Arc, LazyLock};

use crate::{Attribution, Content, Conventions, Jobs, PriceTable};

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

#[derive(Debug, Clone)]
struct Shared {
    prices: PriceTable,
    attribution: Attribution,
    conventions: Conventions,
    content: Option<Content>,
}

impl Settings {
    /// Settings of these, with the conventions that the environment chooses.
    #[must_use]
    pub fn new(prices: PriceTable, attribution: Attribution) -> Self {
        let conventions = Conventions::from_environment();
        Self {
            shared: Arc::new(Shared { prices, attribution, conventions, content: None }),
            jobs: Some(Jobs::default()),
        }
    }

    /// Other conventions than the environment chooses.
    #[must_use]
    pub fn with_conventions(mut self, conventions: Conventions) -> Self {
        Arc::make_mut(&mut self.shared).conventions = conventions;
        self
    }

    /// Records prompts and answers; see [`Content`].
    #[must_use]
    pub fn with_content(mut self, content: Content) -> Self {
        Arc::make_mut(&mut self.shared).content = Some(content);
        self
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

    pub(crate) fn content(&self) -> Option<&Content> {
        self.shared.content.as_ref()
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
