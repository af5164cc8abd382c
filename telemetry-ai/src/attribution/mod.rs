//! Who caused a call: baggage of the current context, as attributes and labels.

mod budget;
mod daily;
mod kinds;
pub(crate) mod prefixes;
mod spend;

use std::{borrow::Cow, time::SystemTime};

use budget::Budgets;
pub use budget::{Budget, BudgetExceeded, BudgetWindow};
pub(crate) use budget::{Crossing, Models, Share};
pub use daily::{DailySpend, spend_by_day, spend_by_day_in};
use rust_decimal::Decimal;
pub(crate) use spend::{Accounts, Settled, Settlement};
pub use spend::{SpendRow, spend, spend_in};
use telemetry_core::{Baggage, Context};

use crate::Provider;

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
    budgets: Budgets,
}

/// What was found in the baggage, under the names to be recorded.
pub(crate) type Attributed = Vec<(Cow<'static, str>, String)>;

impl Attribution {
    /// Records nothing of the baggage.
    #[must_use]
    pub fn none() -> Self {
        Self { keys: Vec::new(), max_values: 0, budgets: Budgets::default() }
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

    /// Records who caused a call in all the usual ways: the baggage keys `tenant.id`, `user.id`,
    /// `feature`, `route` and `job`, each under its own name.
    ///
    /// ```
    /// use telemetry_ai::Attribution;
    ///
    /// let attribution = Attribution::causes().max_values(100);
    /// # let _ = attribution;
    /// ```
    #[must_use]
    pub fn causes() -> Self {
        Self::default().key("user.id").key("feature").key("route").key("job")
    }

    /// Adds a budget.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budgets.add(budget);
        self
    }

    /// Whether a call of a model may be made now, in the present context, by the
    /// [blocking](Budget::blocking) budgets. The middleware asks this by itself.
    ///
    /// ```
    /// use telemetry_ai::{Attribution, Provider};
    ///
    /// let attribution = Attribution::default();
    /// assert!(attribution.check(&Provider::OPENAI, Some("gpt-4o")).is_ok());
    /// ```
    ///
    /// # Errors
    ///
    /// If a blocking budget is spent.
    pub fn check(&self, provider: &Provider, model: Option<&str>) -> Result<(), BudgetExceeded> {
        self.check_for(&self.of_present(), provider, model)
    }

    pub(crate) fn check_for(
        &self,
        who: &Attributed,
        provider: &Provider,
        model: Option<&str>,
    ) -> Result<(), BudgetExceeded> {
        if self.budgets.is_empty() {
            return Ok(());
        }
        self.budgets.check(who, provider, model, SystemTime::now())
    }

    /// Books what a call cost to the budgets.
    pub(crate) fn book(
        &self,
        who: &Attributed,
        provider: &Provider,
        models: Models<'_>,
        amount: Decimal,
    ) -> (Vec<Crossing>, Vec<Share>) {
        if self.budgets.is_empty() {
            return (Vec::new(), Vec::new());
        }
        self.budgets.book(who, provider, models, amount, SystemTime::now())
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

    /// Those of `who` that are recorded here; another process may record others.
    pub(crate) fn allowed<'w>(&self, who: impl Iterator<Item = (&'w str, &'w str)>) -> Attributed {
        let found = |(name, value): (&str, &'w str)| {
            let (_, own) = self.keys.iter().find(|(_, own)| own == name)?;
            Some((own.clone(), value[..value.floor_char_boundary(LONGEST_VALUE)].to_owned()))
        };
        who.filter_map(found).collect()
    }

    /// What the baggage of the present context says.
    pub(crate) fn of_present(&self) -> Attributed {
        self.of(Context::current().baggage())
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
