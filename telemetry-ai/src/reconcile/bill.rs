//! What a provider billed.

use std::fmt;

use rust_decimal::Decimal;

use crate::Provider;

/// What a provider billed, by day and model, read from the provider's own export.
///
/// ```
/// use telemetry_ai::{Bill, Decimal};
///
/// let bill = Bill::fal_billing_events(
///     r#"{"billing_events":[{"endpoint_id":"fal-ai/flux/dev","timestamp":"2026-07-26T00:00:08Z","cost_total":0.045}]}"#,
/// )?;
/// assert_eq!(bill.total(), Decimal::new(45, 3));
/// # Ok::<(), telemetry_ai::BillError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    pub(super) provider: Provider,
    pub(super) items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) day: String,
    pub(super) model: String,
    pub(super) dollars: Decimal,
}

impl Bill {
    /// Who billed.
    #[must_use]
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// US dollars in all.
    #[must_use]
    pub fn total(&self) -> Decimal {
        self.items.iter().fold(Decimal::ZERO, |sum, item| sum.saturating_add(item.dollars))
    }

    /// Adds another page of the same export.
    #[must_use]
    pub fn and(mut self, page: Self) -> Self {
        self.items.extend(page.items);
        self
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, &Provider, &str, Decimal)> {
        self.items
            .iter()
            .map(|item| (item.day.as_str(), &self.provider, item.model.as_str(), item.dollars))
    }
}

/// An export that isn't of the format that it was read as: which field, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillError {
    message: String,
}

impl BillError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into() }
    }
}

impl fmt::Display for BillError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for BillError {}
