//! Exact sums of what was spent, by day, provider and model, to be held against a bill.

use std::collections::HashMap;

use rust_decimal::Decimal;
use telemetry_core::Pipeline;

use super::{OTHER, Settlement};
use crate::{Provider, instruments::INSTRUMENTS, price::Day};

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
    /// The present one comes last.
    days: Vec<OfDay>,
    rows: usize,
}

#[derive(Debug)]
struct OfDay {
    day: Day,
    /// The places of the sums by provider and model.
    index: HashMap<Provider, HashMap<String, usize>>,
    sums: Vec<Sum>,
}

#[derive(Debug, Default)]
struct Sum {
    calls: u64,
    unpriced_calls: u64,
    cost: Decimal,
}

/// Where a call was booked, and other calls of its kind on the same day will be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Booked {
    day: Day,
    place: usize,
}

impl Daily {
    /// Books a call, where one of its kind was booked before if that is known; says where.
    pub(super) fn book(
        &mut self,
        today: Day,
        before: Option<Booked>,
        call: &Settlement<'_>,
    ) -> Option<Booked> {
        let place = match before {
            Some(booked) if booked.day == today => booked.place,
            _ => self.place(today, call),
        };
        let sum = self.of_day(today).sums.get_mut(place)?;
        sum.calls += 1;
        sum.unpriced_calls += u64::from(call.cost.unpriced_reason().is_some());
        let added = call.cost.amount().and_then(|amount| sum.cost.checked_add(amount));
        sum.cost = added.unwrap_or(sum.cost);
        Some(Booked { day: today, place })
    }

    fn of_day(&mut self, today: Day) -> &mut OfDay {
        let last = self.days.len().wrapping_sub(1);
        let found = match self.days.last() {
            Some(latest) if latest.day == today => Some(last),
            // The clock may have been set back.
            _ => self.days.iter().position(|of_day| of_day.day == today),
        };
        let at = found.unwrap_or_else(|| {
            self.days.retain(|of_day| of_day.day.0 > today.0 - KEPT_DAYS);
            self.rows = self.days.iter().map(|of_day| of_day.sums.len()).sum();
            self.days.push(OfDay { day: today, index: HashMap::new(), sums: Vec::new() });
            self.days.len() - 1
        });
        &mut self.days[at]
    }

    fn place(&mut self, today: Day, call: &Settlement<'_>) -> usize {
        let model = call.response_model.or(call.request_model).unwrap_or_default();
        let has_room = self.rows < MOST_ROWS;
        let of_day = self.of_day(today);
        let known = of_day.index.get(call.provider).and_then(|models| models.get(model));
        if let Some(&place) = known {
            return place;
        }
        let (provider, model) =
            if has_room { (call.provider.clone(), model) } else { (Provider::new(OTHER), OTHER) };
        let next = of_day.sums.len();
        let place =
            *of_day.index.entry(provider).or_default().entry(model.to_owned()).or_insert(next);
        if place == next {
            of_day.sums.push(Sum::default());
            self.rows += 1;
        }
        place
    }

    pub(super) fn rows(&self) -> Vec<DailySpend> {
        let mut rows = Vec::with_capacity(self.rows);
        for OfDay { day, index, sums } in &self.days {
            for (provider, models) in index {
                rows.extend(models.iter().filter_map(|(model, place)| {
                    let sum = sums.get(*place)?;
                    Some(DailySpend {
                        day: day.to_string(),
                        provider: provider.clone(),
                        model: model.clone(),
                        calls: sum.calls,
                        unpriced_calls: sum.unpriced_calls,
                        cost: sum.cost,
                    })
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
    use std::time::UNIX_EPOCH;

    use crate::{Operation, Usage, price::Priced};

    fn book(daily: &mut Daily, day: i32, model: &str) {
        let cost = Priced::stated(Decimal::new(1, 1)).of(Usage::default());
        daily.book(
            Day(day),
            None,
            &Settlement {
                operation: &Operation::CHAT,
                provider: &Provider::OPENAI,
                request_model: Some(model),
                response_model: None,
                server: None,
                attributed: &Vec::new(),
                most_values: 1,
                failed: false,
                cancelled: false,
                attempts: 1,
                prefix: None,
                cost: &cost,
                at: UNIX_EPOCH,
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
