//! Prices, and the cost of a call by them.

mod charge;
mod cost;
mod model_price;
mod query;
mod rates;
mod table;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

pub use cost::{AiCost, CostSource, CostStatus, UnpricedReason};
pub use model_price::ModelPrice;
pub use query::PriceQuery;
use rates::{ListedRates, Rates, ServiceTier};

use crate::{Provider, Usage};

/// What models cost: the built-in list, and prices of your own, which win.
///
/// The built-in list holds OpenAI's chat models at list price and says where it comes from
/// ([`version`](Self::version)). A model that neither knows is unpriced, never free.
///
/// ```
/// use telemetry_ai::{Decimal, ModelPrice, PriceTable, Provider};
///
/// let prices = PriceTable::builtin()
///     .with(ModelPrice::per_million_tokens(Provider::GROQ, "llama-3.3-70b-versatile", Decimal::new(59, 2), Decimal::new(79, 2)));
/// assert!(prices.version().ends_with("+own"));
/// ```
#[derive(Debug, Clone)]
pub struct PriceTable {
    version: Cow<'static, str>,
    listed: bool,
    own: Arc<HashMap<Provider, HashMap<Cow<'static, str>, Rates>>>,
}

impl PriceTable {
    /// OpenAI's chat models at list price.
    #[must_use]
    pub fn builtin() -> Self {
        Self { version: Cow::Borrowed(table::VERSION), listed: true, own: Arc::default() }
    }

    /// No prices at all; add your own with [`with`](Self::with).
    #[must_use]
    pub fn empty() -> Self {
        Self { version: Cow::Borrowed("own"), listed: false, own: Arc::default() }
    }

    /// Adds a price, or replaces the one for the same provider and model.
    #[must_use]
    pub fn with(mut self, price: ModelPrice) -> Self {
        if self.listed && self.own.is_empty() {
            self.version = Cow::Owned(format!("{}+own", self.version));
        }
        let models = Arc::make_mut(&mut self.own).entry(price.provider).or_default();
        models.insert(price.model, price.rates);
        self
    }

    /// The table's source, version and date, for instance `litellm@1.109.1+2026-11-21`; `+own` is
    /// appended when prices of your own were added.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What `usage` costs.
    ///
    /// A cost that the provider states wins over any table. A model is looked up by its exact name,
    /// a fine tuned one by its base (`ft:gpt-4o-2024-08-06:org::id`), and a dated snapshot that
    /// isn't listed by its undated name, which makes the cost [`Estimated`](CostStatus::Estimated).
    #[must_use]
    pub fn price(&self, query: &PriceQuery<'_>, usage: &Usage) -> AiCost {
        if let Some(amount) = usage.cost {
            return AiCost::stated(amount, usage);
        }
        if usage.input_tokens.is_none() || usage.output_tokens.is_none() {
            return AiCost::unpriced(UnpricedReason::NoUsage, usage);
        }
        let Some(found) = self.find(query, usage) else {
            return AiCost::unpriced(UnpricedReason::UnknownModel, usage);
        };
        let Some(charge) = charge::charge(usage, &found.rates, found.uplift_percent) else {
            return AiCost::unpriced(UnpricedReason::NoUsage, usage);
        };
        let status = if found.fee_apart {
            CostStatus::Partial
        } else if found.assumed || charge.substituted {
            CostStatus::Estimated
        } else {
            CostStatus::Exact
        };
        AiCost {
            amount: Some(charge.amount),
            status,
            source: Some(CostSource::Local),
            table: Some(self.version.clone()),
            priced_as: Some(found.model.to_owned()),
            unpriced: None,
            usage: usage.clone(),
        }
    }

    fn find<'q>(&self, query: &PriceQuery<'q>, usage: &Usage) -> Option<Found<'q>> {
        let answered = query.response_model.and_then(|model| self.find_model(model, query, usage));
        answered.or_else(|| {
            let mut found = self.find_model(query.request_model?, query, usage)?;
            // Something else answered than was asked for, and it has no price.
            found.assumed |= query.response_model.is_some();
            Some(found)
        })
    }

    fn find_model<'q>(
        &self,
        model: &'q str,
        query: &PriceQuery<'q>,
        usage: &Usage,
    ) -> Option<Found<'q>> {
        let name = fine_tuned_base(model);
        self.find_name(name, query, usage).or_else(|| {
            let mut found = self.find_name(undated(name)?, query, usage)?;
            found.assumed = true;
            Some(found)
        })
    }

    fn find_name<'q>(
        &self,
        name: &'q str,
        query: &PriceQuery<'q>,
        usage: &Usage,
    ) -> Option<Found<'q>> {
        if let Some(rates) = self.own.get(query.provider).and_then(|models| models.get(name)) {
            return Some(Found::own(name, *rates));
        }
        if !self.listed || *query.provider != Provider::OPENAI {
            return None;
        }
        let rows = listed(name)?;
        let tier = query.service_tier.map_or(Some(ServiceTier::Standard), ServiceTier::parse);
        let prompt = usage.input_tokens.unwrap_or(0);
        let plain = applicable(rows, ServiceTier::Standard, prompt)?;
        let row = tier.and_then(|tier| applicable(rows, tier, prompt));
        // A tier that lists no price for so long a prompt, or none at all.
        let fits = row.filter(|row| row.above == plain.above);
        Some(Found {
            model: name,
            rates: fits.unwrap_or(plain).rates(),
            uplift_percent: if query.regional { uplift_percent(name) } else { 0 },
            assumed: fits.is_none(),
            fee_apart: name.contains("-search-"),
        })
    }
}

impl Default for PriceTable {
    fn default() -> Self {
        Self::builtin()
    }
}

struct Found<'a> {
    model: &'a str,
    rates: Rates,
    uplift_percent: u8,
    assumed: bool,
    /// Search models bill each search besides the tokens, and no field of the response counts them.
    fee_apart: bool,
}

impl<'a> Found<'a> {
    fn own(model: &'a str, rates: Rates) -> Self {
        Self { model, rates, uplift_percent: 0, assumed: false, fee_apart: false }
    }
}

/// The rows of a model, which stand together.
fn listed(name: &str) -> Option<&'static [ListedRates]> {
    let start = table::ROWS.partition_point(|row| row.model < name);
    let rows = &table::ROWS[start..];
    let length = rows.iter().take_while(|row| row.model == name).count();
    (length > 0).then(|| &rows[..length])
}

/// The row of `tier` with the highest threshold that `prompt` exceeds.
fn applicable(
    rows: &'static [ListedRates],
    tier: ServiceTier,
    prompt: u64,
) -> Option<&'static ListedRates> {
    rows.iter()
        .filter(|row| row.tier == tier && (row.above == 0 || prompt > u64::from(row.above)))
        .max_by_key(|row| row.above)
}

fn uplift_percent(name: &str) -> u8 {
    let listed = table::REGIONAL_UPLIFT_PERCENT;
    listed.binary_search_by(|(model, _)| (*model).cmp(name)).map_or(0, |index| listed[index].1)
}

/// `ft:gpt-4o-2024-08-06:org:suffix:id` is billed as `ft:gpt-4o-2024-08-06`.
fn fine_tuned_base(model: &str) -> &str {
    let Some(rest) = model.strip_prefix("ft:") else {
        return model;
    };
    let base = rest.find(':').unwrap_or(rest.len());
    &model[.."ft:".len() + base]
}

/// `gpt-4o-2024-08-06` without its date; `None` if it has none.
fn undated(name: &str) -> Option<&str> {
    let (base, date) = name.split_at_checked(name.len().checked_sub("-2024-08-06".len())?)?;
    let dated = date.bytes().enumerate().all(|(at, byte)| {
        if matches!(at, 0 | 5 | 8) { byte == b'-' } else { byte.is_ascii_digit() }
    });
    (dated && !base.is_empty()).then_some(base)
}

#[cfg(test)]
mod tests;
