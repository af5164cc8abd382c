//! What all calls of a client share.

use std::sync::{Arc, LazyLock};

use crate::{Attribution, Content, Conventions, JobToken, Jobs, PriceTable, call::Unfinished};

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

    /// Takes over a job that another process began and [handed over](Jobs::hand_over): a poll or a
    /// webhook that is seen here from now on ends it, and it is attributed to whoever began it, in the
    /// trace in which it was begun, at the prices of its beginning. Says whether it was taken over;
    /// `false` for one that is under way here or has ended here, and where there is no telemetry.
    ///
    /// A webhook that comes twice is counted once by a process. Which of several processes takes a job
    /// over is for the application to see to.
    ///
    /// ```
    /// use telemetry_ai::{AiCost, JobToken, JobTokenError, Provider, Settings};
    ///
    /// /// The handler of `/replicate/{token}`.
    /// fn webhook(settings: &Settings, token: &str, body: &[u8]) -> Result<Option<AiCost>, JobTokenError> {
    ///     settings.take_over(&token.parse::<JobToken>()?);
    ///     Ok(settings.jobs().webhook(&Provider::REPLICATE, body))
    /// }
    /// # assert!(webhook(&Settings::default(), "x", b"{}").is_err());
    /// ```
    pub fn take_over(&self, token: &JobToken) -> bool {
        let (Some(jobs), provider) = (&self.jobs, token.provider()) else {
            return false;
        };
        if jobs.knows(&provider, token.id()) {
            return false;
        }
        let Some(call) = Unfinished::take_over(token, self) else {
            return false;
        };
        jobs.keep(&provider, token.id(), call);
        true
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
