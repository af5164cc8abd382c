//! The built-in table, read where it lies: a model's line is found by bisection of the text and only
//! then parsed, so that the table costs nothing at the start and no memory of its own.

use std::{borrow::Cow, cmp::Ordering};

use memchr::{memchr, memrchr};
use rust_decimal::Decimal;

use super::{
    card::{Conditions, Selected, ServiceTier, Wanted, select},
    moment::Day,
    rates::{RateKind, Rates},
};

const TABLE: &str = include_str!("table.txt");

/// A model in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    cards: &'static str,
}

/// `litellm@1.109.1+genai-prices@0.2.3+2026-11-27`: from what, and the day that it was read.
pub(super) fn version() -> String {
    let head = || TABLE.lines().map_while(|line| line.strip_prefix("# "));
    let source = |name: &str| {
        let version = head().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let version = version.and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        format!("{name}@{version}")
    };
    let day = head().find_map(|line| line.strip_prefix("read ")).unwrap_or_default();
    format!("{}+{}+{day}", source("litellm"), source("genai-prices"))
}

/// The sha256 of the two lists that the table was made from, as hexadecimal digits.
#[cfg(test)]
pub(super) fn hashes() -> Vec<&'static str> {
    let head = TABLE.lines().map_while(|line| line.strip_prefix("# "));
    let sources = head.filter(|line| line.starts_with("litellm ") || line.starts_with("genai-"));
    sources.filter_map(|line| line.rsplit(' ').next()).collect()
}

impl Listed {
    /// A provider's model by its exact name.
    pub(super) fn find(provider: &str, model: &str) -> Option<Self> {
        // Neither part of a key can have the signs that the table is divided by.
        if provider.contains(['\t', '\n']) || model.contains(['\t', '\n']) {
            return None;
        }
        let found = Self { cards: line(provider, model)? };
        match found.cards.strip_prefix('=') {
            Some(like) => Some(Self { cards: line(provider, like)? }),
            None => Some(found),
        }
    }

    /// The rates that hold.
    pub(super) fn select(self, wanted: &Wanted) -> Option<Selected<Rates>> {
        let cards = self.cards.split('|').map(|card| (conditions(card), card));
        let selected = select(&cards, wanted)?;
        Some(Selected { card: rates(selected.card), assumed: selected.assumed })
    }

    /// What all the rates are multiplied by in this geography or at this speed.
    pub(super) fn multiplier(self, name: &str) -> Option<Decimal> {
        let parts = self.cards.split([' ', '|']).filter_map(|part| part.strip_prefix('*'));
        parts.filter_map(|part| part.split_once('=')).find(|(own, _)| *own == name)?.1.parse().ok()
    }

    /// Whether it has any multiplier; most have none.
    pub(super) fn has_multipliers(self) -> bool {
        memchr(b'*', self.cards.as_bytes()).is_some()
    }
}

/// What stands behind a key, by bisection over the lines.
fn line(provider: &str, model: &str) -> Option<&'static str> {
    let bytes = TABLE.as_bytes();
    // Comments are ordered before all keys.
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memrchr(b'\n', &bytes[low..middle]).map_or(low, |at| low + at + 1);
        let end = memchr(b'\n', &bytes[start..high]).map_or(high, |at| start + at);
        let text = TABLE.get(start..end)?;
        let (order, cards) = match parts(text) {
            Some((own, of, cards)) => (own.cmp(provider).then_with(|| of.cmp(model)), cards),
            None => (Ordering::Less, ""),
        };
        match order {
            Ordering::Equal => return Some(cards),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

/// A line as provider, model and cards; a comment has none of them.
fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let (provider, rest) = line.split_once('\t')?;
    let (model, cards) = rest.split_once('\t')?;
    Some((provider, model, cards))
}

fn conditions(card: &str) -> Conditions<'_> {
    let mut conditions = Conditions { tier: Some(ServiceTier::Standard), ..Conditions::default() };
    for term in card.split(' ').map_while(|term| term.strip_prefix(':')) {
        if let Some(tier) = ServiceTier::of_code(term) {
            conditions.tier = Some(tier);
        } else if let Some(above) = term.strip_prefix('>') {
            conditions.above = above.parse().unwrap_or(u64::MAX);
        } else if let Some(day) = term.strip_prefix('+') {
            conditions.from = Day::parse(day);
        } else if let Some(day) = term.strip_prefix('-') {
            conditions.until = Day::parse(day);
        } else if let Some(windows) = term.strip_prefix('@') {
            conditions.windows = Cow::Borrowed(windows);
        }
    }
    conditions
}

fn rates(card: &str) -> Rates {
    let mut rates = Rates::default();
    for part in card.split(' ').filter(|part| !part.starts_with([':', '*'])) {
        let Some((code, rate)) = part.split_once('=') else { continue };
        let (code, resolution) =
            code.split_once('.').map_or((code, None), |(code, of)| (code, Some(of)));
        let (Some(kind), Ok(rate)) = (RateKind::of_code(code), rate.parse()) else { continue };
        match resolution {
            Some(resolution) => rates.set_of_resolution(kind, resolution, rate),
            None => rates.set(kind, rate),
        }
    }
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> impl Iterator<Item = &'static str> {
        TABLE.lines().filter(|line| !line.starts_with('#'))
    }

    #[test]
    fn every_line_is_in_its_order_and_understood_to_the_last_sign() {
        let key = |line| parts(line).map(|(provider, model, _)| (provider, model));
        assert!(lines().all(|line| key(line).is_some()) && lines().map(key).is_sorted());
        let mut cards = 0;
        for line in lines() {
            let [_, _, text] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            if text.starts_with('=') {
                continue;
            }
            for card in text.split('|') {
                cards += 1;
                let terms = card.split(' ').filter_map(|part| part.strip_prefix(':'));
                for term in terms {
                    let known = ServiceTier::of_code(term).is_some()
                        || term.strip_prefix('>').is_some_and(|above| above.parse::<u64>().is_ok())
                        || term
                            .strip_prefix(['+', '-'])
                            .is_some_and(|day| Day::parse(day).is_some())
                        || term.starts_with('@');
                    assert!(known, "{term} in {line}");
                }
                for rate in card.split(' ').filter(|part| !part.starts_with(':')) {
                    let (code, value) = rate.trim_start_matches('*').split_once('=').unwrap();
                    let value: Decimal = value.parse().unwrap();
                    assert!(!value.is_sign_negative(), "{line}");
                    let kind = code.split('.').next().unwrap();
                    assert!(rate.starts_with('*') || RateKind::of_code(kind).is_some(), "{line}");
                }
            }
        }
        assert!(cards > 2_500, "{cards}");
    }

    #[test]
    fn every_model_is_found_and_none_besides() {
        let mut models = 0;
        for line in lines() {
            let mut parts = line.split('\t');
            let (provider, model) = (parts.next().unwrap(), parts.next().unwrap());
            assert!(Listed::find(provider, model).is_some(), "{provider} {model}");
            assert!(Listed::find(provider, &format!("{model}~")).is_none(), "{provider} {model}~");
            models += 1;
        }
        assert!(models > 2_000, "{models}");
        for (provider, model) in
            [("", ""), ("openai", ""), ("#", "x"), ("openai", "gpt-4o\ti=1"), ("\u{10ffff}", "z")]
        {
            assert!(Listed::find(provider, model).is_none(), "{provider} {model}");
        }
    }

    #[test]
    fn the_table_says_where_it_is_from() {
        assert!(version().starts_with("litellm@1."), "{}", version());
        assert!(version().contains("+genai-prices@0."), "{}", version());
        assert_eq!(hashes().len(), 2);
        for hash in hashes() {
            assert!(
                hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{hash}"
            );
        }
    }
}
