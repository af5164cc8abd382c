//! Exact sums of what was spent, by day, provider and model, to be held against a bill.

use std::{collections::HashMap, time::SystemTime};

use rust_decimal::Decimal;
use telemetry_core::Pipeline;

use super::{OTHER, Settlement};
use crate::{
    Provider,
    instruments::INSTRUMENTS,
    price::{Day, Moment},
};

/// Rows beyond this many are summed in one row of `_other` for each day.
const MOST_ROWS: usize = 8_192;
/// Days older than this are forgotten.
const KEPT_DAYS: i32 = 62;

/// What calls of a model cost that ended on a day, in UTC.
///
/// ```
/// use telemetry_ai::{DailySpend, Decimal, Provider};
///
/// // From a store of your own.
/// let row = DailySpend::new("2026-11-26", Provider::OPENAI, "gpt-4o-2024-08-06", Decimal::new(1234, 2));
/// assert_eq!(row.cost.to_string(), "12.34");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DailySpend {
    /// The day, as `2026-11-27`.
    pub day: String,
    /// The provider.
    pub provider: Provider,
    /// The model that answered, or that was asked for; `_other` in the row that sums what exceeds
    /// the bound.
    pub model: String,
    /// Calls.
    pub calls: u64,
    /// Calls whose cost isn't known.
    pub unpriced_calls: u64,
    /// US dollars, summed without rounding.
    pub cost: Decimal,
}

impl DailySpend {
    /// A day's spending on a model.
    #[must_use]
    pub fn new(
        day: impl Into<String>,
        provider: Provider,
        model: impl Into<String>,
        cost: Decimal,
    ) -> Self {
        Self { day: day.into(), provider, model: model.into(), calls: 0, unpriced_calls: 0, cost }
    }
}

/// What was spent by day, provider and model, exactly, in the pipeline of the present work; empty
/// without one.
///
/// The last 62 days are kept, in at most 8,192 rows; a process knows only of its own calls. Rows are
/// ordered by day, provider and model.
///
/// ```
/// for row in telemetry_ai::spend_by_day() {
///     println!("{} {} {}: {} USD", row.day, row.provider, row.model, row.cost);
/// }
/// ```
#[must_use]
pub fn spend_by_day() -> Vec<DailySpend> {
    Pipeline::current().map_or_else(Vec::new, |pipeline| spend_by_day_in(&pipeline))
}

/// What was spent by day in this pipeline, which may have been shut down.
#[must_use]
pub fn spend_by_day_in(pipeline: &Pipeline) -> Vec<DailySpend> {
    INSTRUMENTS.of(pipeline).accounts.daily()
}

#[derive(Debug, Default)]
pub(super) struct Daily {
    days: HashMap<Day, HashMap<Provider, HashMap<String, Sum>>>,
    rows: usize,
}

#[derive(Debug, Default)]
struct Sum {
    calls: u64,
    unpriced_calls: u64,
    cost: Decimal,
}

impl Daily {
    pub(super) fn book(&mut self, call: &Settlement<'_>) {
        self.book_on(Moment::of(SystemTime::now()).day, call);
    }

    fn book_on(&mut self, today: Day, call: &Settlement<'_>) {
        let model = call.response_model.or(call.request_model).unwrap_or_default();
        let sum = self.sum(today, call.provider, model);
        sum.calls += 1;
        sum.unpriced_calls += u64::from(call.cost.unpriced_reason().is_some());
        let added = call.cost.amount().and_then(|amount| sum.cost.checked_add(amount));
        sum.cost = added.unwrap_or(sum.cost);
    }

    fn sum(&mut self, today: Day, provider: &Provider, model: &str) -> &mut Sum {
        if !self.days.contains_key(&today) {
            self.days.retain(|day, _| day.0 > today.0 - KEPT_DAYS);
            let rows = |models: &HashMap<Provider, HashMap<String, Sum>>| {
                models.values().map(HashMap::len).sum::<usize>()
            };
            self.rows = self.days.values().map(rows).sum();
        }
        let of_day = self.days.entry(today).or_default();
        let known = of_day.get(provider).is_some_and(|models| models.contains_key(model));
        let (provider, model) = if known || self.rows < MOST_ROWS {
            (provider.clone(), model)
        } else {
            (Provider::new(OTHER), OTHER)
        };
        let models = of_day.entry(provider).or_default();
        if !models.contains_key(model) {
            self.rows += 1;
        }
        models.entry(model.to_owned()).or_default()
    }

    pub(super) fn rows(&self) -> Vec<DailySpend> {
        let mut rows = Vec::with_capacity(self.rows);
        for (day, providers) in &self.days {
            for (provider, models) in providers {
                rows.extend(models.iter().map(|(model, sum)| DailySpend {
                    day: day.to_string(),
                    provider: provider.clone(),
                    model: model.clone(),
                    calls: sum.calls,
                    unpriced_calls: sum.unpriced_calls,
                    cost: sum.cost,
                }));
            }
        }
        rows.sort_by(|one, other| {
            let key =
                |row: &DailySpend| (row.day.clone(), row.provider.to_string(), row.model.clone());
            key(one).cmp(&key(other))
        });
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AiCost, Usage};

    fn book(daily: &mut Daily, day: i32, model: &str) {
        let cost = AiCost::stated(Decimal::new(1, 1), &Usage::default());
        daily.book_on(
            Day(day),
            &Settlement {
                provider: &Provider::OPENAI,
                request_model: Some(model),
                response_model: None,
                attributed: &Vec::new(),
                most_values: 1,
                failed: false,
                cancelled: false,
                attempts: 1,
                prefix: None,
                cost: &cost,
            },
        );
    }

    #[test]
    fn each_day_has_sums_of_its_own_and_old_days_are_forgotten() {
        let mut daily = Daily::default();
        for _ in 0..3 {
            book(&mut daily, 20_784, "m");
        }
        book(&mut daily, 20_785, "m");
        let rows = daily.rows();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].day.as_str(), rows[0].calls, rows[0].cost),
            ("2026-11-27", 3, Decimal::new(3, 1))
        );
        book(&mut daily, 20_785 + KEPT_DAYS, "m");
        let days: Vec<_> = daily.rows().into_iter().map(|row| row.day).collect();
        assert_eq!(days, ["2027-01-29"]);
    }

    #[test]
    fn rows_are_bounded_and_nothing_is_lost() {
        let mut daily = Daily::default();
        for number in 0..MOST_ROWS + 50 {
            book(&mut daily, 20_784, &format!("m{number}"));
        }
        let rows = daily.rows();
        assert_eq!(rows.len(), MOST_ROWS + 1);
        let calls: u64 = rows.iter().map(|row| row.calls).sum();
        assert_eq!(calls, u64::try_from(MOST_ROWS).unwrap() + 50);
        assert_eq!(rows.iter().find(|row| row.model == OTHER).unwrap().calls, 50);
    }
}
