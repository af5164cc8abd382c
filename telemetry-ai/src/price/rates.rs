//! What a token costs, by kind.

use rust_decimal::Decimal;

/// Marks a rate that isn't listed. Zero is a price.
pub(super) const NONE: u32 = u32::MAX;

/// OpenAI's processing tiers, which have prices of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServiceTier {
    Standard,
    Flex,
    Priority,
    Ultrafast,
}

impl ServiceTier {
    /// The tier that a response names; `None` for one whose prices aren't listed (`scale` is
    /// prepaid).
    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "auto" | "default" | "standard" => Some(Self::Standard),
            "flex" => Some(Self::Flex),
            // A request for `fast` is answered as `priority`.
            "priority" | "fast" => Some(Self::Priority),
            "ultrafast" => Some(Self::Ultrafast),
            _ => None,
        }
    }
}

/// A row of the built-in table.
#[derive(Debug)]
pub(super) struct ListedRates {
    pub(super) model: &'static str,
    pub(super) tier: ServiceTier,
    /// The row holds for prompts of more than this many tokens, and then for all tokens of the
    /// call.
    pub(super) above: u32,
    micro_dollars_per_million: [u32; 7],
}

impl ListedRates {
    pub(super) const fn new(
        model: &'static str,
        tier: ServiceTier,
        above: u32,
        rates: [u32; 7],
    ) -> Self {
        Self { model, tier, above, micro_dollars_per_million: rates }
    }

    pub(super) fn rates(&self) -> Rates {
        let listed = |column: usize| match self.micro_dollars_per_million[column] {
            NONE => None,
            micro => Some(Decimal::from_parts(micro, 0, 0, false, 6)),
        };
        Rates {
            input: listed(0).unwrap_or_default(),
            cache_read: listed(1),
            cache_write: listed(2),
            long_cache_write: listed(3),
            output: listed(4).unwrap_or_default(),
            audio_input: listed(5),
            audio_output: listed(6),
        }
    }
}

/// US dollars per million tokens. A rate that is `None` is the plain input or output rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rates {
    pub(super) input: Decimal,
    pub(super) cache_read: Option<Decimal>,
    pub(super) cache_write: Option<Decimal>,
    pub(super) long_cache_write: Option<Decimal>,
    pub(super) output: Decimal,
    pub(super) audio_input: Option<Decimal>,
    pub(super) audio_output: Option<Decimal>,
}
