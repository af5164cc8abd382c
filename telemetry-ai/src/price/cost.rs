//! What a call cost, and how that is known.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::Usage;

/// What one model call cost, in exact decimal US dollars, and where the figure comes from.
///
/// ```
/// use telemetry_ai::{CostStatus, PriceQuery, PriceTable, Provider, Usage};
///
/// let mut usage = Usage::default();
/// usage.input_tokens = Some(1_117);
/// usage.output_tokens = Some(46);
/// let query = PriceQuery::new(&Provider::OPENAI).response_model("gpt-4o-2024-08-06");
/// let cost = PriceTable::builtin().price(&query, &usage);
/// assert_eq!(cost.status(), CostStatus::Exact);
/// assert_eq!(cost.amount().map(|dollars| dollars.to_string()).as_deref(), Some("0.0032525"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AiCost {
    pub(crate) amount: Option<Decimal>,
    pub(crate) status: CostStatus,
    pub(crate) source: Option<CostSource>,
    pub(crate) table: Option<Cow<'static, str>>,
    pub(crate) priced_as: Option<Cow<'static, str>>,
    pub(crate) unpriced: Option<UnpricedReason>,
    pub(crate) cache_savings: Option<Decimal>,
    pub(crate) usage: Usage,
}

impl AiCost {
    pub(crate) fn unpriced(reason: UnpricedReason) -> Self {
        Self {
            amount: None,
            status: CostStatus::Unpriced,
            source: None,
            table: None,
            priced_as: None,
            unpriced: Some(reason),
            cache_savings: None,
            usage: Usage::NOTHING,
        }
    }

    pub(crate) fn stated(amount: Decimal) -> Self {
        Self {
            amount: Some(amount),
            status: CostStatus::Exact,
            source: Some(CostSource::Provider),
            table: None,
            priced_as: None,
            unpriced: None,
            cache_savings: None,
            usage: Usage::NOTHING,
        }
    }

    /// Of what was used.
    pub(crate) fn of(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    /// Both together, for a call of several passes: an amount that lacks one of them is a lower
    /// bound.
    pub(super) fn plus(mut self, other: &Self) -> Self {
        let inexact = |cost: &Self| cost.status != CostStatus::Exact;
        self.status = match (self.amount, other.amount) {
            (None, None) => CostStatus::Unpriced,
            (Some(_), None) | (None, Some(_)) => CostStatus::Partial,
            (Some(_), Some(_)) if inexact(&self) => self.status,
            (Some(_), Some(_)) => other.status,
        };
        self.amount = match (self.amount, other.amount) {
            (Some(one), Some(other)) => one.checked_add(other),
            (one, other) => one.or(other),
        };
        if self.amount.is_some() {
            self.unpriced = None;
        }
        self.source = self.source.or(other.source);
        self.table = self.table.or_else(|| other.table.clone());
        self.priced_as = self.priced_as.or_else(|| other.priced_as.clone());
        self.cache_savings = match (self.cache_savings, other.cache_savings) {
            (Some(one), Some(other)) => one.checked_add(other),
            (one, other) => one.or(other),
        };
        self
    }

    /// US dollars, to the last digit; `None` if the call is unpriced, which is not the same as
    /// free.
    #[must_use]
    pub fn amount(&self) -> Option<Decimal> {
        self.amount
    }

    /// The currency of [`amount`](Self::amount) by ISO 4217: `USD`.
    #[must_use]
    pub fn currency(&self) -> &'static str {
        "USD"
    }

    /// How far the amount can be trusted.
    #[must_use]
    pub fn status(&self) -> CostStatus {
        self.status
    }

    /// Who computed the amount; `None` if nobody did.
    #[must_use]
    pub fn source(&self) -> Option<CostSource> {
        self.source
    }

    /// The version of the price table used, if one was: the built-in one's, `own` where there was
    /// no other than your own, `call` for a price of the call alone.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// The model whose price was used, if a table's was.
    #[must_use]
    pub fn priced_as(&self) -> Option<&str> {
        self.priced_as.as_deref()
    }

    /// What reading from the prompt cache saved, less what writing to it cost more, in US dollars;
    /// negative where the writes haven't paid off. `None` without a price or without a cache.
    #[must_use]
    pub fn cache_savings(&self) -> Option<Decimal> {
        self.cache_savings
    }

    /// Why there is no amount.
    #[must_use]
    pub fn unpriced_reason(&self) -> Option<UnpricedReason> {
        self.unpriced
    }

    /// The usage that was priced.
    #[must_use]
    pub fn usage(&self) -> &Usage {
        &self.usage
    }
}

/// How far a cost can be trusted: the value of the attribute `telemetry.gen_ai.cost.status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CostStatus {
    /// Everything that was used is known and has a price of its own, or the provider stated the
    /// cost.
    Exact,
    /// A lower bound: the response ended before its usage was final, or bills a fee that no field
    /// counts.
    Partial,
    /// A price was assumed: another snapshot's, another tier's, or a plain token's.
    Estimated,
    /// No amount at all.
    Unpriced,
}

impl CostStatus {
    /// The value as it is recorded: `exact`, `partial`, `estimated`, `unpriced`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Partial => "partial",
            Self::Estimated => "estimated",
            Self::Unpriced => "unpriced",
        }
    }
}

/// Who computed a cost: the value of the attribute `gen_ai.usage.cost.source`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CostSource {
    /// This crate, from a [`PriceTable`](crate::PriceTable).
    Local,
    /// The provider, in its response.
    Provider,
}

impl CostSource {
    /// The value as it is recorded: `local`, `provider`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Provider => "provider",
        }
    }
}

/// Why a call has no cost: the label `telemetry.gen_ai.unpriced.reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnpricedReason {
    /// The model has no price in the table.
    UnknownModel,
    /// The response said nothing of its usage, or not all that a price needs. A stream says it only
    /// when the request asked with `stream_options: {"include_usage": true}`.
    NoUsage,
    /// The model is known, but nothing that the call used has a price.
    NoRate,
    /// The call failed before it used anything. Not counted as unpriced.
    Failed,
}

impl UnpricedReason {
    /// The value as it is recorded: `unknown_model`, `no_usage`, `no_rate`, `failed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownModel => "unknown_model",
            Self::NoUsage => "no_usage",
            Self::NoRate => "no_rate",
            Self::Failed => "failed",
        }
    }
}
