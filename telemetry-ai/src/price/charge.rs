//! The arithmetic: disjoint kinds of tokens, each times its rate, in exact decimals.

use rust_decimal::Decimal;

use super::rates::Rates;
use crate::Usage;

/// What a call's tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charge {
    /// US dollars.
    pub(super) amount: Decimal,
    /// Whether a kind of token that the call used has no rate of its own and was charged as a plain
    /// one.
    pub(super) substituted: bool,
}

/// Charges `usage`, or `None` if it doesn't say the input and the output, or leaves 96 bits of
/// digits.
///
/// The totals are taken apart first, so that no token is charged twice: cached and written tokens
/// are parts of the input, audio is a part of what is neither, reasoning is output like any other.
pub(super) fn charge(usage: &Usage, rates: &Rates, uplift_percent: u8) -> Option<Charge> {
    let input = usage.input_tokens?;
    let output = usage.output_tokens?;

    let cached = usage.cache_read_input_tokens.unwrap_or(0).min(input);
    let written = usage.cache_write_input_tokens.unwrap_or(0).min(input - cached);
    let written_long = usage.cache_writes.twelve_hours.unwrap_or(0).min(written);
    let fresh = input - cached - written;
    let cached_audio = usage.cache_read.audio.unwrap_or(0);
    let audio_in = usage.input.audio.unwrap_or(0).saturating_sub(cached_audio).min(fresh);
    let audio_out = usage.output.audio.unwrap_or(0).min(output);

    let mut sum = Sum::default();
    sum.add(fresh - audio_in, rates.input)?;
    sum.add_or(cached, rates.cache_read, rates.input)?;
    sum.add_or(written - written_long, rates.cache_write, rates.input)?;
    sum.add_or(written_long, rates.long_cache_write.or(rates.cache_write), rates.input)?;
    sum.add_or(audio_in, rates.audio_input, rates.input)?;
    sum.add(output - audio_out, rates.output)?;
    sum.add_or(audio_out, rates.audio_output, rates.output)?;
    sum.finish(uplift_percent)
}

/// A sum of tokens times dollars per million.
#[derive(Default)]
struct Sum {
    total: Decimal,
    substituted: bool,
}

impl Sum {
    fn add(&mut self, tokens: u64, rate: Decimal) -> Option<()> {
        self.total = self.total.checked_add(Decimal::from(tokens).checked_mul(rate)?)?;
        Some(())
    }

    fn add_or(&mut self, tokens: u64, rate: Option<Decimal>, plain: Decimal) -> Option<()> {
        self.substituted |= tokens > 0 && rate.is_none();
        self.add(tokens, rate.unwrap_or(plain))
    }

    /// Applies the uplift and divides by a million, both by moving the point, so that nothing is
    /// rounded.
    fn finish(self, uplift_percent: u8) -> Option<Charge> {
        let hundredths = self.total.checked_mul(Decimal::from(100 + u32::from(uplift_percent)))?;
        let mut amount = hundredths.normalize();
        amount.set_scale(amount.scale() + 8).ok()?;
        Some(Charge { amount: amount.normalize(), substituted: self.substituted })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rates() -> Rates {
        Rates {
            input: Decimal::new(25, 1),
            cache_read: Some(Decimal::new(125, 2)),
            output: Decimal::from(10),
            ..Rates::default()
        }
    }

    fn usage(input: u64, cached: u64, output: u64) -> Usage {
        Usage {
            input_tokens: Some(input),
            cache_read_input_tokens: Some(cached),
            output_tokens: Some(output),
            ..Usage::default()
        }
    }

    #[test]
    fn cached_tokens_are_charged_once_at_their_own_rate() {
        let charge = charge(&usage(2006, 1920, 300), &rates(), 0).unwrap();
        // 86 x 2.50 + 1920 x 1.25 + 300 x 10.00, per million.
        assert_eq!(charge.amount.to_string(), "0.005615");
        assert!(!charge.substituted);
    }

    #[test]
    fn reasoning_is_not_added_to_the_output_that_contains_it() {
        let plain = charge(&usage(75, 0, 1186), &rates(), 0).unwrap();
        let mut reasoned = usage(75, 0, 1186);
        reasoned.reasoning_output_tokens = Some(1024);
        assert_eq!(charge(&reasoned, &rates(), 0), Some(plain));
    }

    #[test]
    fn a_kind_without_a_rate_is_charged_as_plain_and_says_so() {
        let no_cache = Rates { cache_read: None, ..rates() };
        let charge = charge(&usage(1_000_000, 500_000, 0), &no_cache, 0).unwrap();
        assert_eq!(charge.amount.to_string(), "2.5");
        assert!(charge.substituted);
    }

    #[test]
    fn modalities_and_the_cache_overlap_within_the_prompt() {
        let audio = Rates { audio_input: Some(Decimal::from(40)), ..rates() };
        let mut usage = usage(1000, 600, 0);
        usage.input.audio = Some(800);
        // 600 cached, and of the 400 fresh ones at most 400 audio: never 800.
        let charge = charge(&usage, &audio, 0).unwrap();
        assert_eq!(charge.amount.to_string(), "0.01675");
    }

    #[test]
    fn a_regional_host_costs_ten_per_cent_more_to_the_last_digit() {
        let charge = charge(&usage(1, 0, 1), &rates(), 10).unwrap();
        assert_eq!(charge.amount.to_string(), "0.00001375");
    }

    #[test]
    fn without_input_or_output_there_is_no_charge() {
        assert_eq!(charge(&Usage::default(), &rates(), 0), None);
        assert_eq!(charge(&Usage { input_tokens: Some(1), ..Usage::default() }, &rates(), 0), None);
    }

    proptest! {
        #[test]
        fn never_panics_and_never_exceeds_every_token_at_the_dearest_rate(
            input: u64, cached: u64, written: u64, long: u64, output: u64, audio_in: u64, audio_out: u64, uplift: u8,
        ) {
            let usage = Usage {
                cache_write_input_tokens: Some(written),
                cache_writes: crate::CacheWrites { twelve_hours: Some(long), ..crate::CacheWrites::default() },
                input: crate::Modalities { audio: Some(audio_in), ..crate::Modalities::default() },
                output: crate::Modalities { audio: Some(audio_out), ..crate::Modalities::default() },
                ..usage(input, cached, output)
            };
            if let Some(charge) = charge(&usage, &rates(), uplift) {
                let tokens = Decimal::from(input) + Decimal::from(output);
                let most = tokens * Decimal::from(10) * Decimal::new(100 + i64::from(uplift), 2) / Decimal::from(1_000_000);
                prop_assert!(!charge.amount.is_sign_negative());
                prop_assert!(charge.amount <= most);
            }
        }
    }
}
