//! Prices of the user's own, by provider and model.

use std::collections::HashMap;

use super::{
    ModelPrice,
    card::{Selected, Wanted, select},
    rates::Rates,
};
use crate::Provider;

/// The user's prices.
#[derive(Debug, Clone, Default)]
pub(super) struct OwnPrices {
    providers: HashMap<Provider, OfProvider>,
}

#[derive(Debug, Clone, Default)]
struct OfProvider {
    exact: HashMap<String, Vec<ModelPrice>>,
    /// Those with a `*`; a later one goes before an earlier.
    patterns: Vec<ModelPrice>,
    /// Which machine runs which models, by pattern.
    hardware: Vec<(String, String)>,
}

impl OwnPrices {
    pub(super) fn is_empty(&self) -> bool {
        self.providers.is_empty()
    }

    /// Adds a price, or replaces the one of the same provider, model and conditions.
    pub(super) fn add(&mut self, price: ModelPrice) {
        let of_provider = self.providers.entry(price.provider.clone()).or_default();
        let prices = if price.model.contains('*') {
            &mut of_provider.patterns
        } else {
            of_provider.exact.entry(price.model.clone().into_owned()).or_default()
        };
        prices.retain(|known| known.model != price.model || known.conditions != price.conditions);
        prices.push(price);
    }

    pub(super) fn add_hardware(&mut self, provider: Provider, pattern: String, hardware: String) {
        self.providers.entry(provider).or_default().hardware.push((pattern, hardware));
    }

    /// The rates that hold for a model.
    pub(super) fn select(
        &self,
        provider: &Provider,
        model: &str,
        wanted: &Wanted,
    ) -> Option<Selected<&Rates>> {
        let of_provider = self.providers.get(provider)?;
        let exact = of_provider.exact.get(model).and_then(|prices| chosen(prices.iter(), wanted));
        exact.or_else(|| {
            let mut patterns = of_provider.patterns.iter().rev();
            let last = patterns.find(|price| matches(&price.model, model))?;
            let same = of_provider.patterns.iter().filter(|price| price.model == last.model);
            chosen(same, wanted)
        })
    }

    /// Which machine runs a model.
    pub(super) fn hardware(&self, provider: &Provider, model: &str) -> Option<&str> {
        let mut hardware = self.providers.get(provider)?.hardware.iter().rev();
        hardware.find(|(pattern, _)| matches(pattern, model)).map(|(_, hardware)| hardware.as_str())
    }
}

fn chosen<'a>(
    prices: impl Iterator<Item = &'a ModelPrice> + Clone,
    wanted: &Wanted,
) -> Option<Selected<&'a Rates>> {
    select(&prices.map(|price| (&price.conditions, &price.rates)), wanted)
}

/// Whether a text is of a pattern, in which `*` stands for any text. It takes time in proportion to
/// the product of their lengths at most.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        if let Some(earlier) = last.replace(part) {
            let Some(at) = rest.find(earlier) else { return false };
            rest = &rest[at + earlier.len()..];
        }
    }
    last.map_or(rest.is_empty(), |last| rest.ends_with(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, matching) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o*", "gpt-4o", true),
            ("gpt-4o*", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-minis", false),
            ("a*b*c", "abc", true),
            ("a*b*c", "a--b--b--c", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("*", "", true),
            ("**", "x", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, text), matching, "{pattern} {text}");
        }
    }
}
