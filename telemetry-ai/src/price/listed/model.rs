//! What a line of the table says.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::super::{
    card::{Conditions, Selected, ServiceTier, Wanted, select},
    moment::Day,
    rates::{RateKind, Rates},
};

/// What the table says of a model.
#[derive(Debug)]
pub(in super::super) struct Model {
    cards: Box<[(Conditions, Rates)]>,
    multipliers: Box<[(&'static str, Decimal)]>,
}

impl Model {
    pub(super) fn parse(text: &'static str) -> Self {
        let parts = text.split([' ', '|']).filter_map(|part| part.strip_prefix('*'));
        let multipliers = parts.filter_map(|part| {
            let (name, multiplier) = part.split_once('=')?;
            Some((name, multiplier.parse().ok()?))
        });
        Self {
            cards: text.split('|').map(|card| (conditions(card), rates(card))).collect(),
            multipliers: multipliers.collect(),
        }
    }

    /// The rates that hold.
    pub(in super::super) fn select(&self, wanted: &Wanted) -> Option<Selected<&Rates>> {
        select(&self.cards.iter().map(|(conditions, rates)| (conditions, rates)), wanted)
    }

    /// What all the rates are multiplied by in this geography or at this speed.
    pub(in super::super) fn multiplier(&self, name: &str) -> Option<Decimal> {
        let mut multipliers = self.multipliers.iter();
        multipliers.find(|(own, _)| *own == name).map(|(_, multiplier)| *multiplier)
    }

    /// Whether it has any multiplier; most have none.
    pub(in super::super) fn has_multipliers(&self) -> bool {
        !self.multipliers.is_empty()
    }
}

fn conditions(card: &'static str) -> Conditions {
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
    let mut rates = Rates::new();
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
