//! What a call cost, and how that is known.

use rust_decimal::Decimal;

use super::priced::Priced;
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
    priced: Priced,
    usage: Usage,
}

impl AiCost {
    pub(super) fn new(priced: Priced, usage: Usage) -> Self {
        Self { priced, usage }
    }

    /// US dollars, to the last digit; `None` if the call is unpriced, which is not the same as
    /// free.
    #[must_use]
    pub fn amount(&self) -> Option<Decimal> {
        self.priced.amount
    }

    /// The currency of [`amount`](Self::amount) by ISO 4217: `USD`.
    #[must_use]
    pub fn currency(&self) -> &'static str {
        "USD"
    }

    /// How far the amount can be trusted.
    #[must_use]
    pub fn status(&self) -> CostStatus {
        self.priced.status
    }

    /// Who computed the amount; `None` if nobody did.
    #[must_use]
    pub fn source(&self) -> Option<CostSource> {
        self.priced.source
    }

    /// The version of the price table used, if one was: the built-in one's, `own` where there was
    /// no other than your own, `call` for a price of the call alone.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        self.priced.table.as_deref()
    }

    /// The model whose price was used, if a table's was.
    #[must_use]
    pub fn priced_as(&self) -> Option<&str> {
        self.priced.priced_as.as_deref()
    }

    /// What reading from the prompt cache saved, less what writing to it cost more, in US dollars;
    /// negative where the writes haven't paid off. `None` without a price or without a cache.
    #[must_use]
    pub fn cache_savings(&self) -> Option<Decimal> {
        self.priced.cache_savings
    }

    /// Why there is no amount.
    #[must_use]
    pub fn unpriced_reason(&self) -> Option<UnpricedReason> {
        self.priced.unpriced
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
