//! A price of the user's own.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::rates::Rates;
use crate::Provider;

/// The price of one model of one provider, in US dollars per million tokens, for every service
/// tier.
///
/// ```
/// use telemetry_ai::{Decimal, ModelPrice, Provider};
///
/// // 2.00 in, 0.50 cached, 8.00 out.
/// let price = ModelPrice::per_million_tokens(Provider::OPENAI, "gpt-4.1", Decimal::from(2), Decimal::from(8))
///     .cached_input(Decimal::new(50, 2));
/// # let _ = price;
/// ```
#[derive(Debug, Clone)]
pub struct ModelPrice {
    pub(super) provider: Provider,
    pub(super) model: Cow<'static, str>,
    pub(super) rates: Rates,
}

impl ModelPrice {
    /// The price of a million input tokens and of a million output tokens.
    ///
    /// `model` is the name in the response, or in the request where the response has none that is
    /// known.
    #[must_use]
    pub fn per_million_tokens(
        provider: Provider,
        model: impl Into<Cow<'static, str>>,
        input: Decimal,
        output: Decimal,
    ) -> Self {
        Self { provider, model: model.into(), rates: Rates { input, output, ..Rates::default() } }
    }

    /// Input tokens read from the cache. Without it they cost as much as others, and the cost is
    /// estimated.
    #[must_use]
    pub fn cached_input(mut self, rate: Decimal) -> Self {
        self.rates.cache_read = Some(rate);
        self
    }

    /// Input tokens written to the cache.
    #[must_use]
    pub fn cache_write(mut self, rate: Decimal) -> Self {
        self.rates.cache_write = Some(rate);
        self
    }

    /// Audio tokens in.
    #[must_use]
    pub fn audio_input(mut self, rate: Decimal) -> Self {
        self.rates.audio_input = Some(rate);
        self
    }

    /// Audio tokens out.
    #[must_use]
    pub fn audio_output(mut self, rate: Decimal) -> Self {
        self.rates.audio_output = Some(rate);
        self
    }
}
