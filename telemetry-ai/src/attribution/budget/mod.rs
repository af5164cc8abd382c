//! Budgets: what may be spent in a time, and who is told when it is.

mod exceeded;
mod ledger;

use std::{borrow::Cow, time::SystemTime};

pub use exceeded::BudgetExceeded;
pub(crate) use ledger::{Budgets, Crossing, Share};
use rust_decimal::Decimal;

use super::{Attributed, TENANT};
use crate::{
    Provider,
    price::{Moment, matches},
};

/// So many thresholds at most.
const MOST_THRESHOLDS: usize = 16;

/// What may be spent in an hour, a day or a month, by everybody together or by each tenant or model.
///
/// A budget observes. When the spending of its time passes one of its thresholds, the event
/// `telemetry.gen_ai.budget.threshold` is emitted, once for each threshold and time, and the gauge
/// `telemetry.gen_ai.budget.used` shows the share. Nothing is held back unless
/// [`blocking`](Self::blocking) asks for it. Spending is summed in exact decimals, in this process
/// alone, from its start on; calls whose cost isn't known aren't in it.
///
/// ```
/// use telemetry_ai::{Attribution, Budget, BudgetWindow, Decimal, Middleware};
///
/// let attribution = Attribution::default()
///     .budget(Budget::new("tenants", Decimal::from(500)).per_tenant())
///     .budget(Budget::new("large-models", Decimal::from(50)).of_models("gpt-6*").window(BudgetWindow::Day));
/// let middleware = Middleware::builder().attribution(attribution).build();
/// # let _ = middleware;
/// ```
#[derive(Debug, Clone)]
pub struct Budget {
    name: Cow<'static, str>,
    limit: Decimal,
    window: BudgetWindow,
    per: Per,
    provider: Option<Provider>,
    models: Option<Cow<'static, str>>,
    thresholds: Vec<u32>,
    blocking: bool,
}

/// How long a budget's time is; a new one begins with the UTC calendar's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BudgetWindow {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month of the calendar.
    #[default]
    Month,
}

/// Which model a call is of. Before it is made, nobody knows which will answer, so that what is held back
/// goes by what is asked for, and so must what is booked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Models<'a> {
    pub(crate) asked: Option<&'a str>,
    pub(crate) answered: Option<&'a str>,
}

/// Who has a budget each.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Per {
    All,
    Attributed(Cow<'static, str>),
    Model,
}

impl Budget {
    /// A budget of so many US dollars a month for everybody together. Its name is shown with its
    /// events.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, dollars: Decimal) -> Self {
        Self {
            name: name.into(),
            limit: dollars,
            window: BudgetWindow::default(),
            per: Per::All,
            provider: None,
            models: None,
            thresholds: vec![50, 80, 100],
            blocking: false,
        }
    }

    /// Each tenant has such a budget. Calls without a tenant share one.
    #[must_use]
    pub fn per_tenant(self) -> Self {
        self.per_attribute(TENANT)
    }

    /// Each value of an attributed name, such as `feature`, has such a budget. The name must be one
    /// that the [`Attribution`](super::Attribution) records.
    #[must_use]
    pub fn per_attribute(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.per = Per::Attributed(name.into());
        self
    }

    /// Each model has such a budget, by the name that it is asked for by; by the one that answered where
    /// nothing was asked for.
    #[must_use]
    pub fn per_model(mut self) -> Self {
        self.per = Per::Model;
        self
    }

    /// Counts only the calls of this provider.
    #[must_use]
    pub fn of_provider(mut self, provider: Provider) -> Self {
        self.provider = Some(provider);
        self
    }

    /// Counts only the calls of these models, asked for or answering. A `*` in the name stands for any
    /// text. A [`blocking`](Self::blocking) one can hold back only what is asked for.
    #[must_use]
    pub fn of_models(mut self, pattern: impl Into<Cow<'static, str>>) -> Self {
        self.models = Some(pattern.into());
        self
    }

    /// The time that the budget is for. Default: a month.
    #[must_use]
    pub fn window(mut self, window: BudgetWindow) -> Self {
        self.window = window;
        self
    }

    /// At which shares of the limit the event is emitted, in per cent. Default: 50, 80 and 100. At
    /// most 16 are kept.
    #[must_use]
    pub fn thresholds(mut self, per_cent: impl IntoIterator<Item = u32>) -> Self {
        self.thresholds = per_cent.into_iter().take(MOST_THRESHOLDS).collect();
        self.thresholds.sort_unstable();
        self.thresholds.dedup();
        self
    }

    /// Refuses calls whose budget is spent: the middleware answers with [`BudgetExceeded`] instead
    /// of sending the request, and [`Attribution::check`](super::Attribution::check) says so to
    /// other clients. Calls under way are not cut, so the limit may be passed by what they cost.
    #[must_use]
    pub fn blocking(mut self) -> Self {
        self.blocking = true;
        self
    }

    /// Whose part of the budget a call is on, if it is on any.
    fn key<'a>(
        &self,
        who: &'a Attributed,
        provider: &Provider,
        models: Models<'a>,
    ) -> Option<&'a str> {
        if self.provider.as_ref().is_some_and(|own| own != provider) {
            return None;
        }
        let named = models.asked.or(models.answered).unwrap_or_default();
        let is_of = |pattern| {
            matches(pattern, named) || models.answered.is_some_and(|model| matches(pattern, model))
        };
        if self.models.as_deref().is_some_and(|pattern| !is_of(pattern)) {
            return None;
        }
        Some(match &self.per {
            Per::All => "",
            Per::Model => named,
            Per::Attributed(wanted) => {
                let found = who.iter().find(|(name, _)| name == wanted);
                found.map_or("", |(_, value)| value.as_str())
            }
        })
    }

    fn window_at(&self, now: SystemTime) -> i64 {
        let moment = Moment::of(now);
        match self.window {
            BudgetWindow::Hour => i64::from(moment.day.0) * 24 + i64::from(moment.minute / 60),
            BudgetWindow::Day => i64::from(moment.day.0),
            BudgetWindow::Month => i64::from(moment.day.month()),
        }
    }

    /// How many of the thresholds the spending has reached.
    fn reached(&self, spent: Decimal) -> usize {
        let hundredfold = spent.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(Decimal::MAX);
        let reached = |per_cent: &&u32| {
            self.limit
                .checked_mul(Decimal::from(**per_cent))
                .is_some_and(|threshold| hundredfold >= threshold)
        };
        self.thresholds.iter().take_while(reached).count()
    }
}
