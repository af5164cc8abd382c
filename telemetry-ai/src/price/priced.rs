//! [`Priced`]: a cost without what was used.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{AiCost, CostSource, CostStatus, UnpricedReason};
use crate::Usage;

/// What something cost, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Priced {
    pub(crate) amount: Option<Decimal>,
    pub(crate) status: CostStatus,
    pub(super) source: Option<CostSource>,
    pub(super) table: Option<Cow<'static, str>>,
    pub(super) priced_as: Option<Cow<'static, str>>,
    pub(super) unpriced: Option<UnpricedReason>,
    pub(super) cache_savings: Option<Decimal>,
}

impl Priced {
    pub(crate) fn unpriced(reason: UnpricedReason) -> Self {
        Self {
            amount: None,
            status: CostStatus::Unpriced,
            source: None,
            table: None,
            priced_as: None,
            unpriced: Some(reason),
            cache_savings: None,
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
        }
    }

    /// Of what was used.
    pub(crate) fn of(self, usage: Usage) -> AiCost {
        AiCost::new(self, usage)
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
}
