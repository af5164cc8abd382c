//! A price of the user's own.

use std::{borrow::Cow, time::SystemTime};

use rust_decimal::Decimal;

use super::{
    card::{Conditions, ServiceTier},
    moment::Moment,
    rates::{RateKind, Rates},
};
use crate::Provider;

/// The price of a model of one provider, in US dollars.
///
/// By default it holds at all times, in every tier of service and for prompts of any length; several
/// prices of one model may divide that among themselves.
///
/// ```
/// use telemetry_ai::{Decimal, ModelPrice, Provider, RateKind};
///
/// // 2.00 in, 0.50 cached, 8.00 out.
/// let price = ModelPrice::per_million_tokens(Provider::OPENAI, "gpt-4.1", Decimal::from(2), Decimal::from(8))
///     .cached_input(Decimal::new(50, 2));
/// // All models of a workspace, by the second of a machine.
/// let own = ModelPrice::new(Provider::MODAL, "acme--*").rate(RateKind::ComputeSecond, Decimal::new(1097, 6));
/// # let _ = (price, own);
/// ```
#[derive(Debug, Clone)]
pub struct ModelPrice {
    pub(super) provider: Provider,
    pub(super) model: Cow<'static, str>,
    pub(super) conditions: Conditions,
    pub(super) rates: Rates,
}

impl ModelPrice {
    /// A price without rates yet.
    ///
    /// `model` is the name in the response, or in the request where the response has none that is
    /// known. A `*` in it stands for any text.
    #[must_use]
    pub fn new(provider: Provider, model: impl Into<Cow<'static, str>>) -> Self {
        Self {
            provider,
            model: model.into(),
            conditions: Conditions::default(),
            rates: Rates::new(),
        }
    }

    /// The price of a million input tokens and of a million output tokens.
    #[must_use]
    pub fn per_million_tokens(
        provider: Provider,
        model: impl Into<Cow<'static, str>>,
        input: Decimal,
        output: Decimal,
    ) -> Self {
        Self::new(provider, model).rate(RateKind::Input, input).rate(RateKind::Output, output)
    }

    /// Adds a rate, or replaces the one of its kind.
    #[must_use]
    pub fn rate(mut self, kind: RateKind, dollars: Decimal) -> Self {
        self.rates.set(kind, dollars);
        self
    }

    /// Adds a rate that holds for a resolution alone, such as `720p` or `4k`.
    #[must_use]
    pub fn rate_of_resolution(
        mut self,
        kind: RateKind,
        resolution: &str,
        dollars: Decimal,
    ) -> Self {
        self.rates.set_of_resolution(kind, resolution, dollars);
        self
    }

    /// Input tokens read from the cache. Without it they cost as much as others, and the cost is
    /// estimated.
    #[must_use]
    pub fn cached_input(self, rate: Decimal) -> Self {
        self.rate(RateKind::CacheRead, rate)
    }

    /// Input tokens written to the cache.
    #[must_use]
    pub fn cache_write(self, rate: Decimal) -> Self {
        self.rate(RateKind::CacheWrite, rate)
    }

    /// Audio tokens in.
    #[must_use]
    pub fn audio_input(self, rate: Decimal) -> Self {
        self.rate(RateKind::InputAudio, rate)
    }

    /// Audio tokens out.
    #[must_use]
    pub fn audio_output(self, rate: Decimal) -> Self {
        self.rate(RateKind::OutputAudio, rate)
    }

    /// Holds only for this tier of service.
    #[must_use]
    pub fn tier(mut self, tier: ServiceTier) -> Self {
        self.conditions.tier = Some(tier);
        self
    }

    /// Holds only for prompts of more than this many tokens, and then for all tokens of the call.
    #[must_use]
    pub fn above(mut self, tokens: u64) -> Self {
        self.conditions.above = tokens;
        self
    }

    /// Holds from the day of this moment on, in UTC.
    #[must_use]
    pub fn valid_from(mut self, first: SystemTime) -> Self {
        self.conditions.from = Some(Moment::of(first).day);
        self
    }

    /// Holds until the day of this moment, in UTC, on which it holds no more.
    #[must_use]
    pub fn valid_until(mut self, end: SystemTime) -> Self {
        self.conditions.until = Some(Moment::of(end).day);
        self
    }
}
