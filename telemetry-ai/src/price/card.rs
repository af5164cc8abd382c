//! Under which conditions which rates hold.

use std::borrow::Cow;

use super::moment::{Day, Moment};

/// A tier of service that has prices of its own.
///
/// ```
/// use telemetry_ai::{Decimal, ModelPrice, Provider, ServiceTier};
///
/// let half = ModelPrice::per_million_tokens(Provider::OPENAI, "gpt-4.1", Decimal::ONE, Decimal::from(4))
///     .tier(ServiceTier::Batch);
/// # let _ = half;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ServiceTier {
    /// What is served without asking for another.
    #[default]
    Standard,
    /// Slower and cheaper.
    Flex,
    /// Between the standard and the flexible tier.
    Balanced,
    /// Faster and dearer.
    Priority,
    /// The fastest.
    Ultrafast,
    /// A part of a batch.
    Batch,
}

impl ServiceTier {
    /// The tier that a response names; `None` for one whose prices aren't listed (`scale` and
    /// `provisioned` are prepaid).
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "auto" | "default" | "standard" | "on_demand" => Some(Self::Standard),
            "flex" => Some(Self::Flex),
            "balanced" => Some(Self::Balanced),
            // A request for `fast` is answered as `priority`.
            "priority" | "fast" => Some(Self::Priority),
            "ultrafast" => Some(Self::Ultrafast),
            "batch" => Some(Self::Batch),
            _ => None,
        }
    }

    /// By the code in the built-in table.
    pub(super) fn of_code(code: &str) -> Option<Self> {
        match code {
            "f" => Some(Self::Flex),
            "n" => Some(Self::Balanced),
            "p" => Some(Self::Priority),
            "u" => Some(Self::Ultrafast),
            "b" => Some(Self::Batch),
            _ => None,
        }
    }
}

/// When a card of rates holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Conditions {
    /// `None`: in every tier.
    pub(super) tier: Option<ServiceTier>,
    /// For prompts of more than this many tokens, and then for all tokens of the call.
    pub(super) above: u64,
    pub(super) from: Option<Day>,
    /// The first day on which it doesn't hold any more.
    pub(super) until: Option<Day>,
    /// Hours in UTC, as [`Moment::is_within`] reads them; empty if always.
    pub(super) windows: Cow<'static, str>,
}

/// What a card is looked for with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// `None` for a tier that nobody lists.
    pub(super) tier: Option<ServiceTier>,
    /// Tokens of the prompt.
    pub(super) prompt: u64,
    pub(super) at: Moment,
}

/// A card that was found.
#[derive(Debug)]
pub(super) struct Selected<T> {
    pub(super) card: T,
    /// It is another tier's or another length's than the one that was wanted.
    pub(super) assumed: bool,
}

impl Conditions {
    fn holds(&self, wanted: &Wanted) -> bool {
        (self.above == 0 || wanted.prompt > self.above)
            && self.from.is_none_or(|from| wanted.at.day >= from)
            && self.until.is_none_or(|until| wanted.at.day < until)
            && (self.windows.is_empty() || wanted.at.is_within(&self.windows))
    }

    fn is_of(&self, tier: ServiceTier) -> bool {
        self.tier.is_none_or(|own| own == tier)
    }
}

/// The card that holds: of the wanted tier, else of the standard one; with the hours of the moment,
/// else with the highest threshold that the prompt exceeds.
pub(super) fn select<'a, T>(
    cards: &(impl Iterator<Item = (&'a Conditions, T)> + Clone),
    wanted: &Wanted,
) -> Option<Selected<T>> {
    let of_tier = |tier: ServiceTier| {
        let holding = cards
            .clone()
            .filter(|(conditions, _)| conditions.is_of(tier) && conditions.holds(wanted));
        holding.max_by_key(|(conditions, _)| (!conditions.windows.is_empty(), conditions.above))
    };
    let standard = of_tier(ServiceTier::Standard);
    let Some(tier) = wanted.tier else {
        return standard.map(|(_, card)| Selected { card, assumed: true });
    };
    if tier == ServiceTier::Standard {
        return standard.map(|(_, card)| Selected { card, assumed: false });
    }
    let Some((own, card)) = of_tier(tier) else {
        return standard.map(|(_, card)| Selected { card, assumed: true });
    };
    match standard {
        // The tier lists no price for so long a prompt. A batch costs no more for it, as far as is
        // listed; the others cost as much as the standard tier.
        Some((plain, standard)) if plain.above > own.above => {
            let card = if tier == ServiceTier::Batch { card } else { standard };
            Some(Selected { card, assumed: true })
        }
        _ => Some(Selected { card, assumed: false }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn card(tier: ServiceTier, above: u64) -> Conditions {
        Conditions { tier: Some(tier), above, ..Conditions::default() }
    }

    fn chosen(
        cards: &[Conditions],
        tier: Option<ServiceTier>,
        prompt: u64,
    ) -> Option<(usize, bool)> {
        let at = Moment::of(UNIX_EPOCH + Duration::from_secs(1_000_000_000));
        let cards = cards.iter().zip(0..);
        let selected = select(&cards, &Wanted { tier, prompt, at })?;
        Some((selected.card, selected.assumed))
    }

    #[test]
    fn the_highest_threshold_that_is_exceeded_decides() {
        let cards = [
            card(ServiceTier::Standard, 0),
            card(ServiceTier::Standard, 200),
            card(ServiceTier::Standard, 500),
        ];
        let chosen = |prompt| chosen(&cards, Some(ServiceTier::Standard), prompt).unwrap();
        assert_eq!(
            [0, 200, 201, 500, 501].map(chosen),
            [(0, false), (0, false), (1, false), (1, false), (2, false),]
        );
    }

    #[test]
    fn a_tier_without_a_price_is_the_standard_one_and_is_assumed() {
        let cards = [
            card(ServiceTier::Standard, 0),
            card(ServiceTier::Standard, 200),
            card(ServiceTier::Flex, 0),
        ];
        assert_eq!(chosen(&cards, Some(ServiceTier::Flex), 1), Some((2, false)));
        assert_eq!(chosen(&cards, Some(ServiceTier::Flex), 201), Some((1, true)));
        assert_eq!(chosen(&cards, Some(ServiceTier::Priority), 1), Some((0, true)));
        assert_eq!(chosen(&cards, None, 1), Some((0, true)));
        assert_eq!(chosen(&[], None, 1), None);
    }

    #[test]
    fn a_card_holds_from_its_first_day_until_its_last() {
        // The moment is the 9th of September 2001.
        let dated = |from: Option<&str>, until: Option<&str>| Conditions {
            from: from.and_then(Day::parse),
            until: until.and_then(Day::parse),
            ..card(ServiceTier::Standard, 0)
        };
        let cards = [
            dated(None, Some("2001-09-09")),
            dated(Some("2001-09-09"), Some("2001-09-10")),
            dated(Some("2001-09-10"), None),
        ];
        assert_eq!(chosen(&cards, Some(ServiceTier::Standard), 1), Some((1, false)));
    }
}
