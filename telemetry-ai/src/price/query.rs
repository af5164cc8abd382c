//! Whose price is asked for.

use std::time::SystemTime;

use super::ModelPrice;
use crate::Provider;

/// Whose price is asked for.
///
/// The model that answered decides, then the one that was asked for.
///
/// ```
/// use telemetry_ai::{PriceQuery, Provider};
///
/// let query = PriceQuery::new(&Provider::OPENAI).response_model("gpt-4o-2024-08-06");
/// # let _ = query;
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PriceQuery<'a> {
    pub(super) provider: &'a Provider,
    pub(super) request_model: Option<&'a str>,
    pub(super) response_model: Option<&'a str>,
    pub(super) service_tier: Option<&'a str>,
    pub(super) regional: bool,
    pub(super) at: Option<SystemTime>,
    pub(super) own: Option<&'a ModelPrice>,
}

impl<'a> PriceQuery<'a> {
    /// A query for a model of `provider`.
    #[must_use]
    pub fn new(provider: &'a Provider) -> Self {
        Self {
            provider,
            request_model: None,
            response_model: None,
            service_tier: None,
            regional: false,
            at: None,
            own: None,
        }
    }

    /// The model that was asked for.
    #[must_use]
    pub fn request_model(mut self, model: &'a str) -> Self {
        self.request_model = (!model.is_empty()).then_some(model);
        self
    }

    /// The model that answered.
    #[must_use]
    pub fn response_model(mut self, model: &'a str) -> Self {
        self.response_model = (!model.is_empty()).then_some(model);
        self
    }

    /// The tier that the response names (`default`, `flex`, `priority`, ...). Without it, the one
    /// in [`Usage::terms`](crate::Usage::terms) decides.
    #[must_use]
    pub fn service_tier(mut self, tier: &'a str) -> Self {
        self.service_tier = Some(tier);
        self
    }

    /// Whether a regional host (`eu.api.openai.com`) answered, which costs more on some models.
    /// The region in [`Usage::terms`](crate::Usage::terms) says the same.
    #[must_use]
    pub fn regional(mut self, regional: bool) -> Self {
        self.regional = regional;
        self
    }

    /// When the call started, which decides where prices change with the day or the hour. Without
    /// it, now.
    #[must_use]
    pub fn at(mut self, start: SystemTime) -> Self {
        self.at = Some(start);
        self
    }

    /// A price for this call alone, which goes before every table, whatever model it names.
    #[must_use]
    pub fn price(mut self, price: &'a ModelPrice) -> Self {
        self.own = Some(price);
        self
    }
}
