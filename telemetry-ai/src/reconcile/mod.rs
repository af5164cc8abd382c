//! What was attributed, held against what a provider billed.

mod bill;
mod formats;

use std::{collections::BTreeMap, fmt};

pub use bill::{Bill, BillError};
use rust_decimal::Decimal;

use crate::{DailySpend, Provider, price::undated};

/// What was attributed against what was billed, for each provider, model and day.
///
/// Only days that the bill has are compared, and of those only its provider.
///
/// ```
/// use telemetry_ai::{Bill, DailySpend, Decimal, Provider, Reconciliation};
///
/// let bill = Bill::anthropic_cost_report(r#"{"data":[{"starting_at":"2026-11-26T00:00:00Z","results":[
///     {"currency":"USD","amount":"1000","model":"claude-sonnet-4-6","description":"Claude Sonnet 4.6 Usage - Input Tokens"}
/// ]}],"has_more":false}"#)?;
/// // `telemetry_ai::spend_by_day()`, or sums from your own store.
/// let ours = [DailySpend::new("2026-11-26", Provider::ANTHROPIC, "claude-sonnet-4-6", Decimal::new(98, 1))];
/// let report = Reconciliation::new(&ours, &bill);
/// assert_eq!(report.billed(), Decimal::from(10));
/// assert_eq!(report.accuracy(), Some(Decimal::new(98, 2)));
/// println!("{report}");
/// # Ok::<(), telemetry_ai::BillError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    rows: Vec<Reconciled>,
}

/// A model on a day, as attributed and as billed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciled {
    /// The day in UTC, as `2026-11-27`.
    pub day: String,
    /// The provider.
    pub provider: Provider,
    /// The model, as the bill names it, or as it was attributed where the bill has none.
    pub model: String,
    /// US dollars that calls were attributed.
    pub attributed: Decimal,
    /// US dollars that the provider billed.
    pub billed: Decimal,
}

impl Reconciled {
    /// Attributed less billed.
    #[must_use]
    pub fn difference(&self) -> Decimal {
        self.attributed.saturating_sub(self.billed)
    }
}

impl Reconciliation {
    /// Compares sums by day with a bill.
    ///
    /// A model of the bill that no call was attributed to is matched with a dated snapshot of the
    /// same name, or the other way around.
    #[must_use]
    pub fn new(attributed: &[DailySpend], bill: &Bill) -> Self {
        let mut rows: BTreeMap<(String, String, String), Reconciled> = BTreeMap::new();
        for (day, provider, model, dollars) in bill.entries() {
            let row = entry(&mut rows, day, provider, model);
            row.billed = row.billed.saturating_add(dollars);
        }
        let billed: Vec<(String, String, String)> = rows.keys().cloned().collect();
        let on_bill = |day: &str, provider: &str| {
            billed.iter().any(|(own, of, _)| own == day && of == provider)
        };
        for spent in attributed.iter().filter(|spent| on_bill(&spent.day, spent.provider.as_str()))
        {
            let own = spent.provider.as_str();
            let same_day =
                || billed.iter().filter(|(day, provider, _)| *day == spent.day && provider == own);
            let exact = same_day().any(|(_, _, model)| *model == spent.model);
            let alike = || same_day().find(|(_, _, model)| base(model) == base(&spent.model));
            let model = if exact {
                &spent.model
            } else {
                alike().map_or(&spent.model, |(_, _, model)| model)
            };
            let row = entry(&mut rows, &spent.day, &spent.provider, model);
            row.attributed = row.attributed.saturating_add(spent.cost);
        }
        Self { rows: rows.into_values().collect() }
    }

    /// The rows, ordered by day, provider and model.
    #[must_use]
    pub fn rows(&self) -> &[Reconciled] {
        &self.rows
    }

    /// US dollars attributed in all.
    #[must_use]
    pub fn attributed(&self) -> Decimal {
        self.rows.iter().fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.attributed))
    }

    /// US dollars billed in all.
    #[must_use]
    pub fn billed(&self) -> Decimal {
        self.rows.iter().fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.billed))
    }

    /// The part of the bill that was attributed rightly, from 0 to 1: one less the sum of all
    /// differences, whatever their sign, over what was billed. Too much for one model doesn't make up
    /// for too little for another. `None` where nothing was billed.
    #[must_use]
    pub fn accuracy(&self) -> Option<Decimal> {
        let differences = self.rows.iter().map(|row| row.difference().abs());
        let wrong = differences.fold(Decimal::ZERO, Decimal::saturating_add);
        let share = wrong.checked_div(self.billed())?;
        Some((Decimal::ONE - share.min(Decimal::ONE)).normalize())
    }
}

/// As a table in text: a line for each row, and one for all.
impl fmt::Display for Reconciliation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|row| row.model.len()).max().unwrap_or(0).max(5);
        let [day, provider, model, attributed, billed, off] =
            ["day", "provider", "model", "attributed", "billed", "difference"];
        writeln!(
            formatter,
            "{day:10}  {provider:16}  {model:width$}  {attributed:>14}  {billed:>14}  {off:>14}"
        )?;
        for row in &self.rows {
            let Reconciled { day, model, attributed, billed, .. } = row;
            let (provider, off) = (row.provider.as_str(), row.difference());
            writeln!(
                formatter,
                "{day:10}  {provider:16}  {model:width$}  {attributed:>14.6}  {billed:>14.6}  {off:>14.6}"
            )?;
        }
        let accuracy = self.accuracy().and_then(|share| share.checked_mul(Decimal::ONE_HUNDRED));
        match accuracy {
            Some(accuracy) => write!(
                formatter,
                "attributed {} of {} USD billed, accurate to {accuracy:.2} %",
                self.attributed().normalize(),
                self.billed().normalize()
            ),
            None => write!(formatter, "nothing was billed"),
        }
    }
}

fn entry<'r>(
    rows: &'r mut BTreeMap<(String, String, String), Reconciled>,
    day: &str,
    provider: &Provider,
    model: &str,
) -> &'r mut Reconciled {
    let key = (day.to_owned(), provider.to_string(), model.to_owned());
    rows.entry(key).or_insert_with(|| Reconciled {
        day: day.to_owned(),
        provider: provider.clone(),
        model: model.to_owned(),
        attributed: Decimal::ZERO,
        billed: Decimal::ZERO,
    })
}

fn base(model: &str) -> &str {
    undated(model).unwrap_or(model)
}
