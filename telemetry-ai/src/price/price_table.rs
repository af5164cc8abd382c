//! The one table that all prices are asked of.

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, LazyLock},
    time::SystemTime,
};

use rust_decimal::Decimal;

use super::{
    AiCost, CostSource, CostStatus, ModelPrice, PriceQuery, Priced, UnpricedReason,
    card::{ServiceTier, Wanted},
    charge::{self, Charge},
    listed,
    lookup::Found,
    moment::Moment,
    own::OwnPrices,
    rates::RateKind,
    units,
};
use crate::{Iteration, Provider, Usage};

/// What models cost: the built-in list, and prices of your own, which win.
///
/// The built-in list holds some 2,500 models of 21 providers at list price and says where it comes
/// from ([`version`](Self::version)). It is read where it lies: the first price that is asked for makes an
/// index of 80 KiB, a model's line is parsed when it is first asked for, and later prices of it take less
/// than a microsecond. A model that neither knows is unpriced, never free.
///
/// ```
/// use telemetry_ai::{Decimal, ModelPrice, PriceTable, Provider};
///
/// let prices = PriceTable::builtin()
///     .with(ModelPrice::per_million_tokens(Provider::VLLM, "llama-3.3-70b", Decimal::new(59, 2), Decimal::new(79, 2)))
///     // A negotiated discount of ten per cent.
///     .with_multiplier(Provider::OPENAI, Decimal::new(90, 2));
/// assert!(prices.version().ends_with("+own"));
/// ```
#[derive(Debug, Clone)]
pub struct PriceTable {
    pub(super) version: Cow<'static, str>,
    pub(super) listed: bool,
    pub(super) own: Arc<OwnPrices>,
    pub(super) multipliers: Arc<HashMap<Provider, Decimal>>,
}

static VERSION: LazyLock<String> = LazyLock::new(listed::version);

/// The table of a cost that the call's own price made.
pub(super) const CALL: &str = "call";
/// The table of a cost that a price of the user's made.
pub(super) const OWN: &str = "own";

impl PriceTable {
    /// The built-in list prices.
    #[must_use]
    pub fn builtin() -> Self {
        Self { version: Cow::Borrowed(&VERSION), listed: true, ..Self::empty() }
    }

    /// No prices at all; add your own with [`with`](Self::with).
    #[must_use]
    pub fn empty() -> Self {
        Self {
            version: Cow::Borrowed(OWN),
            listed: false,
            own: Arc::default(),
            multipliers: Arc::default(),
        }
    }

    /// Adds a price, or replaces the one for the same provider, model and conditions.
    #[must_use]
    pub fn with(mut self, price: ModelPrice) -> Self {
        Arc::make_mut(&mut self.own).add(price);
        self.changed()
    }

    /// Multiplies the built-in prices of a provider, for a negotiated discount. Prices of your own
    /// are left as they are, and what the provider states too.
    #[must_use]
    pub fn with_multiplier(mut self, provider: Provider, multiplier: Decimal) -> Self {
        Arc::make_mut(&mut self.multipliers).insert(provider, multiplier);
        self.changed()
    }

    /// Says on which machine models run that are billed by its seconds. Replicate's answers don't.
    ///
    /// `model` may have `*` in it; `hardware` is the provider's name of the machine, of which there
    /// may be several (`H100:2`).
    ///
    /// ```
    /// use telemetry_ai::{CostStatus, Decimal, PriceQuery, PriceTable, Provider, Usage};
    ///
    /// let replicate = Provider::new("replicate");
    /// let prices = PriceTable::builtin().with_hardware(replicate.clone(), "acme/*", "gpu-l40s");
    /// let mut usage = Usage::default();
    /// usage.units.compute_seconds = Some(Decimal::from(10));
    /// let cost = prices.price(&PriceQuery::new(&replicate).response_model("acme/dog"), &usage);
    /// assert_eq!(cost.amount(), Some(Decimal::new(975, 5)));
    /// assert_eq!(cost.status(), CostStatus::Estimated);
    /// ```
    #[must_use]
    pub fn with_hardware(
        mut self,
        provider: Provider,
        model: impl Into<String>,
        hardware: impl Into<String>,
    ) -> Self {
        Arc::make_mut(&mut self.own).add_hardware(provider, model.into(), hardware.into());
        self.changed()
    }

    fn changed(mut self) -> Self {
        if self.listed && !self.version.ends_with("+own") {
            self.version = Cow::Owned(format!("{}+own", self.version));
        }
        self
    }

    /// The table's sources, versions and date, for instance
    /// `litellm@1.109.1+genai-prices@0.2.3+2026-11-27`; `+own` is appended when prices of your own
    /// were added.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What `usage` costs.
    ///
    /// In this order: what the provider states, the price of the call
    /// ([`PriceQuery::price`]), the user's prices, the built-in ones, multiplied where a
    /// multiplier was given. A model is looked up by its exact name, a fine tuned one by its base
    /// (`ft:gpt-4o-2024-08-06:org::id`), and a dated snapshot that isn't listed by its undated
    /// name, which makes the cost [`Estimated`](CostStatus::Estimated).
    #[must_use]
    pub fn price(&self, query: &PriceQuery<'_>, usage: &Usage) -> AiCost {
        self.price_alone(query, usage).of(usage.clone())
    }

    /// The same, without the usage.
    pub(crate) fn price_alone(&self, query: &PriceQuery<'_>, usage: &Usage) -> Priced {
        if usage.terms.replayed == Some(true) {
            return Priced::stated(Decimal::ZERO);
        }
        if let Some(amount) = usage.cost {
            return Priced::stated(amount);
        }
        if usage.iterations.is_empty() {
            self.price_one(query, usage)
        } else {
            self.price_iterations(query, usage)
        }
    }

    /// The sum of the passes, each at the price of its own model.
    fn price_iterations(&self, query: &PriceQuery<'_>, usage: &Usage) -> Priced {
        let priced = usage.iterations.iter().map(|pass: &Iteration| {
            let query = match &pass.model {
                Some(model) => {
                    PriceQuery { response_model: Some(model), request_model: None, ..*query }
                }
                None => *query,
            };
            self.price_one(&query, &pass.usage)
        });
        let mut costs = priced.collect::<Vec<_>>().into_iter();
        let Some(mut sum) = costs.next() else {
            return self.price_one(query, usage);
        };
        for cost in costs {
            sum = sum.plus(&cost);
        }
        // Tools are counted for the whole call.
        if !usage.tools.is_empty()
            && usage.iterations.iter().all(|pass| pass.usage.tools.is_empty())
        {
            let tools = Usage {
                tools: usage.tools.clone(),
                input_tokens: Some(0),
                output_tokens: Some(0),
                ..Usage::default()
            };
            sum = sum.plus(&self.price_one(query, &tools));
        }
        sum
    }

    fn price_one(&self, query: &PriceQuery<'_>, usage: &Usage) -> Priced {
        if says_nothing(usage) {
            return Priced::unpriced(UnpricedReason::NoUsage);
        }
        let wanted = Wanted {
            tier: tier(query, usage),
            prompt: usage.terms.context_tokens.or(usage.input_tokens).unwrap_or(0),
            at: Moment::of(query.at.unwrap_or_else(SystemTime::now)),
        };
        let hardware = self.hardware_rate(query, usage, &wanted);
        let found = self.find(query, usage, &wanted);
        let Some(found) = found.or_else(|| Some(Found::of_machine(query, hardware.as_ref()?)))
        else {
            return Priced::unpriced(UnpricedReason::UnknownModel);
        };
        // A model that bills its tokens can't be charged without both totals.
        let says = |tokens: Option<u64>, kind| {
            tokens.is_some() || found.rates.of(kind).is_none_or(|rate| rate.is_zero())
        };
        if !says(usage.input_tokens, RateKind::Input)
            || !says(usage.output_tokens, RateKind::Output)
        {
            let other = units_only(usage);
            if !other {
                return Priced::unpriced(UnpricedReason::NoUsage);
            }
        }
        let dollars = hardware.map(|hardware| hardware.rate);
        let Some(charge) = charged(usage, &found, dollars) else {
            return Priced::unpriced(UnpricedReason::NoUsage);
        };
        if !charge.priced {
            return Priced::unpriced(UnpricedReason::NoRate);
        }
        let status = if charge.incomplete || found.fee_apart {
            CostStatus::Partial
        } else if found.assumed || charge.substituted {
            CostStatus::Estimated
        } else {
            CostStatus::Exact
        };
        Priced {
            amount: Some(charge.amount),
            status,
            source: Some(CostSource::Local),
            table: Some(found.table),
            priced_as: Some(found.model).filter(|model| !model.is_empty()),
            unpriced: None,
            cache_savings: charge.cache_savings,
        }
    }
}

impl Default for PriceTable {
    fn default() -> Self {
        Self::builtin()
    }
}

fn charged(usage: &Usage, found: &Found<'_>, hardware: Option<Decimal>) -> Option<Charge> {
    let mut charge = charge::tokens(usage, found.rates)?;
    let is_multiplied = found.multiplier.is_some() || found.total_multiplier.is_some();
    let has_fee = found.rates.of(RateKind::Request).is_some();
    if !is_multiplied && !has_fee && !usage.has_units() {
        // As most calls are.
        return Some(charge);
    }
    charge.amount = times(charge.amount, found.multiplier)?;
    charge.cache_savings = charge
        .cache_savings
        .and_then(|saved| times(times(saved, found.multiplier)?, found.total_multiplier));
    let machine = hardware.filter(|_| !has_tokens(usage));
    units::add(usage, found.rates, machine, &mut charge)?;
    units::add_tools(usage, found.rates, &mut charge)?;
    charge.amount = times(charge.amount, found.total_multiplier)?.normalize();
    Some(charge)
}

fn times(amount: Decimal, multiplier: Option<Decimal>) -> Option<Decimal> {
    multiplier.map_or(Some(amount), |multiplier| amount.checked_mul(multiplier))
}

/// The tier that served; `None` for one that nobody lists.
fn tier(query: &PriceQuery<'_>, usage: &Usage) -> Option<ServiceTier> {
    let stated = query.service_tier.or(usage.terms.service_tier.as_deref());
    if usage.terms.is_batch() {
        return Some(ServiceTier::Batch);
    }
    stated.map_or(Some(ServiceTier::Standard), ServiceTier::parse)
}

fn says_nothing(usage: &Usage) -> bool {
    !has_tokens(usage) && usage.units.is_empty() && usage.tools.is_empty()
}

fn has_tokens(usage: &Usage) -> bool {
    usage.input_tokens.is_some() || usage.output_tokens.is_some()
}

/// Whether there are units that can be billed, and no tokens.
fn units_only(usage: &Usage) -> bool {
    !has_tokens(usage) && !usage.units.is_empty()
}
