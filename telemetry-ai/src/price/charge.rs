//! The arithmetic: disjoint kinds of what was used, each times its rate, in exact decimals.

use rust_decimal::Decimal;

use super::{
    amount::{Amount, millionth},
    rates::{RateKind, Rates, Units},
};
use crate::Usage;

/// What a call cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Charge {
    /// US dollars.
    pub(super) amount: Decimal,
    /// Whether a kind of token that the call used has no rate of its own and was charged as a plain
    /// one, a unit was computed from another, or the seconds of a machine were charged.
    pub(super) substituted: bool,
    /// Whether something that the provider bills has no rate, so that the amount is a lower bound.
    pub(super) incomplete: bool,
    /// Whether there was anything that has a rate.
    pub(super) priced: bool,
    /// What the prompt cache saved, or (negative) cost more than it saved.
    pub(super) cache_savings: Option<Decimal>,
}

/// Charges the tokens of `usage`, or `None` where it leaves 96 bits of digits.
///
/// The totals are taken apart first, so that no token is charged twice: cached and written tokens
/// are parts of the input; audio, images and video are parts of what is neither; reasoning is a part
/// of the output.
pub(super) fn tokens(usage: &Usage, rates: &Rates) -> Option<Charge> {
    let mut sum = Sum::default();
    input(usage, rates, &mut sum)?;
    output(usage, rates, &mut sum)?;
    let Sum { amount, substituted, priced, .. } = sum;
    Some(Charge {
        amount: amount.dollars()?,
        substituted,
        priced,
        incomplete: false,
        cache_savings: cache_savings(usage, rates),
    })
}

fn input(usage: &Usage, rates: &Rates, sum: &mut Sum) -> Option<()> {
    use RateKind as Of;
    let (Some(input), Some(plain)) = (usage.input_tokens, rates.of(Of::Input)) else {
        return Some(());
    };
    sum.priced = true;
    let cached = usage.cache_read_input_tokens.unwrap_or(0).min(input);
    let written = usage.cache_write_input_tokens.unwrap_or(0).min(input - cached);
    let mut fresh = input - cached - written;

    // Cached parts of a modality are no parts of what is fresh.
    let of = |all: Option<u64>, cached: Option<u64>| {
        all.unwrap_or(0).saturating_sub(cached.unwrap_or(0))
    };
    let audio = take(&mut fresh, of(usage.input.audio, usage.cache_read.audio));
    let image = take(&mut fresh, of(usage.input.image, usage.cache_read.image));
    let video = take(&mut fresh, of(usage.input.video, usage.cache_read.video));
    sum.add(fresh, plain)?;
    sum.add_like(audio, rates.of(Of::InputAudio), plain)?;
    sum.add_like(image, rates.of(Of::InputImageTokens), plain)?;
    sum.add_like(video, rates.of(Of::InputVideoTokens), plain)?;

    let read = rates.of(Of::CacheRead);
    let mut cached_text = cached;
    let cached_audio = take(&mut cached_text, usage.cache_read.audio.unwrap_or(0));
    let cached_image = take(&mut cached_text, usage.cache_read.image.unwrap_or(0));
    sum.add_or(cached_text, read, plain)?;
    sum.add_or(cached_audio, rates.of(Of::CacheReadAudio).or(read), plain)?;
    sum.add_or(cached_image, rates.of(Of::CacheReadImage).or(read), plain)?;

    let write = rates.of(Of::CacheWrite);
    let mut unattributed = written;
    let hour = take(&mut unattributed, usage.cache_writes.one_hour.unwrap_or(0));
    let half_day = take(&mut unattributed, usage.cache_writes.twelve_hours.unwrap_or(0));
    sum.add_or(unattributed, write, plain)?;
    // A lifetime that lists no price of its own costs as much as another.
    for (tokens, kind) in [(hour, Of::CacheWriteOneHour), (half_day, Of::CacheWriteTwelveHours)] {
        sum.substituted |= tokens > 0 && rates.of(kind).is_none();
        sum.add_or(tokens, rates.of(kind).or(write), plain)?;
    }
    Some(())
}

fn output(usage: &Usage, rates: &Rates, sum: &mut Sum) -> Option<()> {
    use RateKind as Of;
    let (Some(output), Some(plain)) = (usage.output_tokens, rates.of(Of::Output)) else {
        return Some(());
    };
    sum.priced = true;
    let mut rest = output;
    let audio = take(&mut rest, usage.output.audio.unwrap_or(0));
    let image = take(&mut rest, usage.output.image.unwrap_or(0));
    let video = take(&mut rest, usage.output.video.unwrap_or(0));
    let reasoning = take(&mut rest, usage.reasoning_output_tokens.unwrap_or(0));
    sum.add(rest, plain)?;
    sum.add_like(reasoning, rates.of(Of::Reasoning), plain)?;
    sum.add_like(audio, rates.of(Of::OutputAudio), plain)?;
    sum.add_like(image, rates.of(Of::OutputImageTokens), plain)?;
    sum.add_like(video, rates.of(Of::OutputVideoTokens), plain)
}

/// What the cached tokens would have cost more, less what writing them cost more, without the
/// modalities, which the provider breaks down too rarely.
fn cache_savings(usage: &Usage, rates: &Rates) -> Option<Decimal> {
    let plain = rates.of(RateKind::Input)?;
    let read = usage.cache_read_input_tokens.unwrap_or(0);
    let written = usage.cache_write_input_tokens.unwrap_or(0);
    if read == 0 && written == 0 {
        return None;
    }
    let mut saved = Amount::default();
    saved.add(read, plain)?;
    saved.subtract(read, rates.of(RateKind::CacheRead).unwrap_or(plain))?;
    if written > 0 {
        let write = rates.of(RateKind::CacheWrite).unwrap_or(plain);
        let mut unattributed = written;
        let hour = take(&mut unattributed, usage.cache_writes.one_hour.unwrap_or(0));
        let half_day = take(&mut unattributed, usage.cache_writes.twelve_hours.unwrap_or(0));
        saved.add(written, plain)?;
        saved.subtract(unattributed, write)?;
        saved.subtract(hour, rates.of(RateKind::CacheWriteOneHour).unwrap_or(write))?;
        saved.subtract(half_day, rates.of(RateKind::CacheWriteTwelveHours).unwrap_or(write))?;
    }
    saved.dollars()
}

/// Takes at most `wanted` of what is left.
fn take(left: &mut u64, wanted: u64) -> u64 {
    let taken = wanted.min(*left);
    *left -= taken;
    taken
}

/// A sum of amounts times rates.
#[derive(Debug, Default)]
pub(super) struct Sum {
    pub(super) amount: Amount,
    pub(super) substituted: bool,
    pub(super) priced: bool,
}

impl Sum {
    fn add(&mut self, tokens: u64, rate: Decimal) -> Option<()> {
        // Most calls have few of the kinds.
        if tokens == 0 {
            return Some(());
        }
        self.priced = true;
        self.amount.add(tokens, rate)
    }

    /// A kind that is a plain token where it has no rate of its own.
    fn add_like(&mut self, tokens: u64, rate: Option<Decimal>, plain: Decimal) -> Option<()> {
        self.add(tokens, rate.unwrap_or(plain))
    }

    /// A kind that usually has another price, so that the plain one is an assumption.
    fn add_or(&mut self, tokens: u64, rate: Option<Decimal>, plain: Decimal) -> Option<()> {
        self.substituted |= tokens > 0 && rate.is_none();
        self.add(tokens, rate.unwrap_or(plain))
    }

    pub(super) fn add_units(&mut self, units: Decimal, per: Units, rate: Decimal) -> Option<()> {
        let mut cost = units.checked_mul(rate)?;
        if per == Units::Million {
            cost = millionth(cost)?;
        }
        self.priced = true;
        self.amount.add_dollars(cost)
    }
}

#[cfg(test)]
#[path = "charge_tests.rs"]
mod tests;
