//! Whose price is asked for.

use crate::Provider;

/// Whose price is asked for.
///
/// The model that answered decides, then the one that was asked for.
#[derive(Debug, Clone, Copy)]
pub struct PriceQuery<'a> {
    pub(super) provider: &'a Provider,
    pub(super) request_model: Option<&'a str>,
    pub(super) response_model: Option<&'a str>,
    pub(super) service_tier: Option<&'a str>,
    pub(super) regional: bool,
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

    /// The tier that the response names (`default`, `flex`, `priority`, ...).
    #[must_use]
    pub fn service_tier(mut self, tier: &'a str) -> Self {
        self.service_tier = Some(tier);
        self
    }

    /// Whether a regional host (`eu.api.openai.com`) answered, which costs more on some models.
    #[must_use]
    pub fn regional(mut self, regional: bool) -> Self {
        self.regional = regional;
        self
    }
}
