//! Exact sums of what was spent, by tenant, provider and model.

use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Instant, SystemTime},
};

use rust_decimal::Decimal;
use telemetry_core::Pipeline;

use super::{Attributed, OTHER, TENANT, daily::Daily, kinds::Kinds, prefixes::Prefixes};
use crate::{
    AiCost, CostStatus, DailySpend, Operation, Provider, UnpricedReason,
    call::Handles,
    instruments::INSTRUMENTS,
    price::{Day, Moment},
};

/// Rows beyond this many are summed in one row of `_other`.
const MOST_ROWS: usize = 4_096;
/// Models beyond this many are `_other` in labels. The name of a model may come from outside.
const MOST_MODELS: usize = 200;

/// What one tenant spent on one model, since the pipeline started.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpendRow {
    /// The tenant, if the baggage named one; `_other` in the row that sums what exceeds the bound.
    pub tenant: Option<String>,
    /// The provider.
    pub provider: Provider,
    /// The model that answered, or that was asked for where none did; empty where neither is known.
    pub model: String,
    /// All calls, the failed ones too.
    pub calls: u64,
    /// Calls that ended in an error.
    pub failed_calls: u64,
    /// Calls whose cost isn't known and so isn't in [`cost`](Self::cost).
    pub unpriced_calls: u64,
    /// Calls whose cost is a lower bound or rests on an assumption.
    pub inexact_calls: u64,
    /// Input tokens, cached ones included.
    pub input_tokens: u64,
    /// Input tokens read from a cache.
    pub cache_read_input_tokens: u64,
    /// Output tokens, reasoning included.
    pub output_tokens: u64,
    /// Reasoning tokens.
    pub reasoning_output_tokens: u64,
    /// US dollars, summed without rounding.
    pub cost: Decimal,
    /// The part of it that calls cost which failed or were cancelled.
    pub failed_cost: Decimal,
    /// The part of it that calls cost which took more than one attempt.
    pub retried_cost: Decimal,
    /// What prompt caches saved, less what writing to them cost more; not a part of the cost.
    pub cache_savings: Decimal,
    /// Calls whose prompt began as that of an earlier one of the last five minutes, and of which
    /// nothing was read from the cache.
    pub missed_cache_calls: u64,
}

/// What was spent so far, exactly, in the pipeline of the present work; empty without one.
///
/// Counters are binary floats; these sums are decimal and hold to the last digit. There are at most
/// 4,096 rows; what exceeds them is in a last one of `_other`. Rows are ordered by tenant, provider
/// and model.
///
/// ```
/// for row in telemetry_ai::spend() {
///     println!("{:?} {} {}: {} USD", row.tenant, row.provider, row.model, row.cost);
/// }
/// ```
///
/// After a global pipeline's shutdown there is no present one; ask for its sums with
/// [`spend_in`] then.
#[must_use]
pub fn spend() -> Vec<SpendRow> {
    Pipeline::current().map_or_else(Vec::new, |pipeline| spend_in(&pipeline))
}

/// What was spent so far, exactly, in this pipeline, which may have been shut down.
#[must_use]
pub fn spend_in(pipeline: &Pipeline) -> Vec<SpendRow> {
    INSTRUMENTS.of(pipeline).accounts.rows()
}

/// The accounts of one pipeline.
#[derive(Debug, Default)]
pub(crate) struct Accounts {
    books: Mutex<Books>,
}

/// One finished call.
#[derive(Debug)]
pub(crate) struct Settlement<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) provider: &'a Provider,
    pub(crate) request_model: Option<&'a str>,
    pub(crate) response_model: Option<&'a str>,
    pub(crate) server: Option<&'a (Cow<'static, str>, Option<u16>)>,
    pub(crate) attributed: &'a Attributed,
    pub(crate) most_values: usize,
    pub(crate) failed: bool,
    pub(crate) cancelled: bool,
    /// From 1.
    pub(crate) attempts: u32,
    /// The hash of the prompt's beginning.
    pub(crate) prefix: Option<u64>,
    pub(crate) cost: &'a AiCost,
    /// When it ended.
    pub(crate) at: SystemTime,
}

/// What the books say of a call.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) admitted: Admitted,
    /// The series of calls like it, if these are known.
    pub(crate) handles: Option<Arc<Handles>>,
}

/// Which values of a call may become labels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admitted {
    pub(crate) request_model: bool,
    pub(crate) response_model: bool,
    /// One bit for each attributed value, in their order.
    attributed: u64,
    /// The prompt should have been in the provider's cache and wasn't.
    pub(crate) missed_cache: bool,
}

#[derive(Debug, Default)]
struct Books {
    rows: Vec<SpendRow>,
    /// The rows' places by tenant, provider and model; a call without a tenant stands under the
    /// empty one.
    index: HashMap<String, HashMap<Provider, HashMap<String, usize>>>,
    beyond: Option<SpendRow>,
    models: HashSet<String>,
    values: HashMap<String, HashSet<String>>,
    prefixes: Prefixes,
    daily: Daily,
    kinds: Kinds,
}

impl Accounts {
    /// Books a finished call, under the one lock that a call ever takes, and says which of its
    /// values are few enough for labels.
    pub(crate) fn settle(&self, call: &Settlement<'_>) -> Settled {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let missed_cache = books.missed_cache(call);
        let today = Moment::of(call.at).day;
        let Books { kinds, rows, daily, .. } = &mut *books;
        if let Some(kind) = kinds.find(call)
            && let Some(row) = rows.get_mut(kind.row)
        {
            row.book(call, missed_cache);
            kind.booked = daily.book(today, kind.booked, call);
            let handles = Some(Arc::clone(&kind.handles));
            return Settled { admitted: Admitted::all(missed_cache), handles };
        }
        books.settle_slowly(call, missed_cache, today)
    }

    /// Whether a model is among the few that may be labels.
    pub(crate) fn admits_model(&self, model: Option<&str>) -> bool {
        self.books.lock().unwrap_or_else(PoisonError::into_inner).admits_model(model)
    }

    /// Whether a budget's key is among the few that may be labels.
    pub(crate) fn admits_key(&self, budget: &str, key: &str, most: usize) -> bool {
        let mut books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        books.admits_value(budget, key, most)
    }

    pub(crate) fn daily(&self) -> Vec<DailySpend> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner).daily.rows()
    }

    pub(crate) fn rows(&self) -> Vec<SpendRow> {
        let books = self.books.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows = books.rows.clone();
        rows.sort_by(|a, b| a.key().cmp(&b.key()));
        rows.extend(books.beyond.clone());
        rows
    }
}

impl Admitted {
    /// All of them.
    fn all(missed_cache: bool) -> Self {
        Self { request_model: true, response_model: true, attributed: u64::MAX, missed_cache }
    }

    /// A model's name as a label.
    pub(crate) fn model(self, model: Option<&str>, admitted: bool) -> Option<&str> {
        model.map(|model| if admitted { model } else { OTHER })
    }

    /// The attributed values as labels.
    pub(crate) fn labels<'a>(
        self,
        attributed: &'a Attributed,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let label = move |(bit, (name, value)): (usize, &'a (Cow<'static, str>, String))| {
            let admitted = bit < 64 && self.attributed >> bit & 1 == 1;
            (&**name, if admitted { value.as_str() } else { OTHER })
        };
        attributed.iter().enumerate().map(label)
    }
}

impl Books {
    /// Settles a call of a kind that isn't known yet, and gets to know it if its labels are its own.
    fn settle_slowly(&mut self, call: &Settlement<'_>, missed_cache: bool, today: Day) -> Settled {
        let row = self.row(call);
        let of_row = row.and_then(|row| self.rows.get_mut(row));
        let beyond = || SpendRow::new(Some(OTHER), &Provider::new(OTHER), OTHER);
        of_row.unwrap_or_else(|| self.beyond.get_or_insert_with(beyond)).book(call, missed_cache);
        let booked = self.daily.book(today, None, call);
        let mut attributed = 0;
        let values = call.attributed.len();
        for (bit, (name, value)) in call.attributed.iter().enumerate().take(64) {
            attributed |= u64::from(self.admits_value(name, value, call.most_values)) << bit;
        }
        let admitted = Admitted {
            request_model: self.admits_model(call.request_model),
            response_model: self.admits_model(call.response_model),
            attributed,
            missed_cache,
        };
        let has_own_labels = admitted.request_model
            && admitted.response_model
            && attributed.count_ones() as usize == values;
        let row = row.filter(|_| has_own_labels);
        let handles = row.and_then(|row| self.kinds.add(call, row, booked));
        Settled { admitted, handles }
    }

    /// The place of the call's row; none beyond the bound.
    fn row(&mut self, call: &Settlement<'_>) -> Option<usize> {
        let tenant = call
            .attributed
            .iter()
            .find(|(name, _)| name == TENANT)
            .map(|(_, tenant)| tenant.as_str());
        let key = tenant.unwrap_or_default();
        let model = call.response_model.or(call.request_model).unwrap_or_default();
        let of_tenant = self.index.get(key).and_then(|providers| providers.get(call.provider));
        if let Some(&at) = of_tenant.and_then(|models| models.get(model)) {
            return Some(at);
        }
        let at = self.rows.len();
        if at >= MOST_ROWS {
            return None;
        }
        let providers = self.index.entry(key.to_owned()).or_default();
        providers.entry(call.provider.clone()).or_default().insert(model.to_owned(), at);
        self.rows.push(SpendRow::new(tenant, call.provider, model));
        Some(at)
    }

    fn missed_cache(&mut self, call: &Settlement<'_>) -> bool {
        let model = call.response_model.or(call.request_model).unwrap_or_default();
        let usage = call.cost.usage();
        call.prefix.is_some_and(|prefix| {
            self.prefixes.missed(call.provider, model, prefix, usage, Instant::now())
        })
    }

    fn admits_model(&mut self, model: Option<&str>) -> bool {
        let Some(model) = model else {
            return true;
        };
        admits(&mut self.models, model, MOST_MODELS)
    }

    fn admits_value(&mut self, name: &str, value: &str, most: usize) -> bool {
        match self.values.get_mut(name) {
            Some(values) => admits(values, value, most),
            None => admits(self.values.entry(name.to_owned()).or_default(), value, most),
        }
    }
}

fn admits(values: &mut HashSet<String>, value: &str, most: usize) -> bool {
    values.contains(value) || (values.len() < most && values.insert(value.to_owned()))
}

impl SpendRow {
    fn new(tenant: Option<&str>, provider: &Provider, model: &str) -> Self {
        Self {
            tenant: tenant.map(str::to_owned),
            provider: provider.clone(),
            model: model.to_owned(),
            calls: 0,
            failed_calls: 0,
            unpriced_calls: 0,
            inexact_calls: 0,
            input_tokens: 0,
            cache_read_input_tokens: 0,
            output_tokens: 0,
            reasoning_output_tokens: 0,
            cost: Decimal::ZERO,
            failed_cost: Decimal::ZERO,
            retried_cost: Decimal::ZERO,
            cache_savings: Decimal::ZERO,
            missed_cache_calls: 0,
        }
    }

    fn key(&self) -> (Option<&str>, &str, &str) {
        (self.tenant.as_deref(), self.provider.as_str(), &self.model)
    }

    fn book(&mut self, call: &Settlement<'_>, missed_cache: bool) {
        let cost = call.cost;
        let usage = cost.usage();
        self.calls += 1;
        self.failed_calls += u64::from(call.failed);
        let unpriced =
            cost.unpriced_reason().is_some_and(|reason| reason != UnpricedReason::Failed);
        self.unpriced_calls += u64::from(unpriced);
        self.inexact_calls +=
            u64::from(matches!(cost.status(), CostStatus::Partial | CostStatus::Estimated));
        let add =
            |sum: &mut u64, tokens: Option<u64>| *sum = sum.saturating_add(tokens.unwrap_or(0));
        add(&mut self.input_tokens, usage.input_tokens);
        add(&mut self.cache_read_input_tokens, usage.cache_read_input_tokens);
        add(&mut self.output_tokens, usage.output_tokens);
        add(&mut self.reasoning_output_tokens, usage.reasoning_output_tokens);
        let add = |sum: &mut Decimal, dollars: Option<Decimal>| {
            *sum = dollars.and_then(|dollars| sum.checked_add(dollars)).unwrap_or(*sum);
        };
        add(&mut self.cost, cost.amount());
        add(&mut self.failed_cost, cost.amount().filter(|_| call.failed || call.cancelled));
        add(&mut self.retried_cost, cost.amount().filter(|_| call.attempts > 1));
        add(&mut self.cache_savings, cost.cache_savings());
        self.missed_cache_calls += u64::from(missed_cache);
    }
}
