//! What is billed by other units than tokens, and the fees for tools.

use rust_decimal::{Decimal, RoundingStrategy};

use super::{
    charge::{Charge, Sum},
    rates::{RateKind, Rates},
};
use crate::Usage;

const MEGAPIXEL: u32 = 1024 * 1024;

/// Adds what other units than tokens cost to the charge of the tokens; `None` where it leaves 96
/// bits of digits.
///
/// A model is billed by its tokens or by its units, never by both: where tokens of a direction were
/// charged, its units are left out. `hardware` is the price of a second of the machine that ran it,
/// if that is known, and counts only where nothing else does.
pub(super) fn add(
    usage: &Usage,
    rates: &Rates,
    hardware: Option<Decimal>,
    charge: &mut Charge,
) -> Option<()> {
    let mut sum = Sum::default();
    let charged = |tokens: Option<u64>, kind| {
        tokens.is_some_and(|tokens| tokens > 0)
            && rates.of(kind).is_some_and(|rate| !rate.is_zero())
    };
    let by_bill = bill(usage, rates, &mut sum)?;
    if !by_bill && !charged(usage.output_tokens, RateKind::Output) {
        output(usage, rates, &mut sum)?;
    }
    if !by_bill && !charged(usage.input_tokens, RateKind::Input) {
        input(usage, rates, &mut sum)?;
    }
    // Whoever counts for its own bill may count otherwise than was asked for.
    sum.substituted |= sum.priced && !by_bill && rates.of(RateKind::BilledUnit).is_some();
    if !sum.priced && !charge.priced {
        compute(usage, rates, hardware, &mut sum)?;
    }
    if let Some(fee) = rates.of(RateKind::Request) {
        sum.add_units(Decimal::ONE, RateKind::Request.units(), fee)?;
    }
    charge.amount = charge.amount.checked_add(sum.amount.dollars()?)?;
    charge.priced |= sum.priced;
    charge.substituted |= sum.substituted;
    Some(())
}

/// Adds the fees for tools; one that has no rate makes the charge a lower bound.
pub(super) fn add_tools(usage: &Usage, rates: &Rates, charge: &mut Charge) -> Option<()> {
    use RateKind as Of;
    let tools = &usage.tools;
    let mut sum = Sum::default();
    let searched = tools.web_searches.unwrap_or(0);
    if let Some(rate) = rates.of(Of::WebSearchAnswer).filter(|_| searched > 0) {
        sum.add_units(Decimal::ONE, Of::WebSearchAnswer.units(), rate)?;
    } else {
        charge.incomplete |= !fee(searched, rates.of(Of::WebSearch), &mut sum)?;
    }
    // Whoever lists no price for fetched pages bills their tokens alone.
    fee(tools.web_fetches.unwrap_or(0), rates.of(Of::WebFetch), &mut sum)?;
    for (count, kind) in [
        (tools.file_searches, Of::FileSearch),
        (tools.code_sessions, Of::CodeSession),
        (tools.image_generations, Of::OutputImage),
        (tools.map_queries, Of::MapQuery),
    ] {
        charge.incomplete |= !fee(count.unwrap_or(0), rates.of(kind), &mut sum)?;
    }
    charge.amount = charge.amount.checked_add(sum.amount.dollars()?)?;
    Some(())
}

/// Whether a fee is known, if there is one.
fn fee(count: u64, rate: Option<Decimal>, sum: &mut Sum) -> Option<bool> {
    if count == 0 {
        return Some(true);
    }
    let Some(rate) = rate else { return Some(false) };
    sum.add_units(Decimal::from(count), RateKind::WebSearch.units(), rate)?;
    Some(true)
}

/// By what the provider itself counted for its bill, whether it did.
fn bill(usage: &Usage, rates: &Rates, sum: &mut Sum) -> Option<bool> {
    let counted =
        [(usage.units.billed_units, RateKind::BilledUnit), (usage.units.credits, RateKind::Credit)];
    for (units, kind) in counted {
        if let (Some(units), Some(rate)) = (units, rates.of(kind)) {
            sum.add_units(units, kind.units(), rate)?;
            return Some(true);
        }
    }
    Some(false)
}

/// By the first of the output's units that has a price.
fn output(usage: &Usage, rates: &Rates, sum: &mut Sum) -> Option<()> {
    use RateKind as Of;
    let (units, terms) = (&usage.units, &usage.terms);
    let resolution = terms.resolution.as_deref().or(terms.image_size.as_deref());
    if let (Some(megapixels), Some(rate)) = (megapixels(usage), rates.of(Of::OutputMegapixel)) {
        // The pixels of several images are rounded up together where their sizes differ.
        sum.substituted |= units.output_images.is_some_and(|images| images > 1);
        return sum.add_units(megapixels, Of::OutputMegapixel.units(), rate);
    }
    let whole = |count: Option<u64>| count.map(Decimal::from);
    for (count, kind) in [
        (whole(units.output_images), Of::OutputImage),
        (units.output_video_seconds, Of::OutputVideoSecond),
        (whole(units.output_videos), Of::OutputVideo),
        (units.output_audio_seconds, Of::OutputAudioSecond),
        (whole(units.output_characters), Of::OutputCharacters),
        (whole(units.training_steps), Of::TrainingStep),
    ] {
        if let (Some(count), Some(rate)) = (count, rates.of_resolution(kind, resolution)) {
            return sum.add_units(count, kind.units(), rate);
        }
    }
    Some(())
}

/// By all of the input's units that have a price.
fn input(usage: &Usage, rates: &Rates, sum: &mut Sum) -> Option<()> {
    use RateKind as Of;
    let units = &usage.units;
    let whole = |count: Option<u64>| count.map(Decimal::from);
    for (count, kind) in [
        (whole(units.input_images), Of::InputImage),
        (units.input_video_seconds, Of::InputVideoSecond),
        (units.input_audio_seconds, Of::InputAudioSecond),
        (whole(units.input_characters), Of::InputCharacters),
        (whole(units.pages), Of::Page),
        (whole(units.search_units), Of::SearchUnit),
    ] {
        if let (Some(count), Some(rate)) = (count, rates.of(kind)) {
            sum.add_units(count, kind.units(), rate)?;
        }
    }
    Some(())
}

fn compute(usage: &Usage, rates: &Rates, hardware: Option<Decimal>, sum: &mut Sum) -> Option<()> {
    let rate = rates.of(RateKind::ComputeSecond).or(hardware);
    if let (Some(seconds), Some(rate)) = (usage.units.compute_seconds, rate) {
        sum.add_units(seconds, RateKind::ComputeSecond.units(), rate)?;
        // Whoever bills the seconds that it ran bills idle ones too.
        sum.substituted = true;
    }
    Some(())
}

/// The megapixels that came out, each image's rounded up, as if all were of one size.
fn megapixels(usage: &Usage) -> Option<Decimal> {
    let images = Decimal::from(usage.units.output_images.filter(|&images| images > 0).unwrap_or(1));
    let each = Decimal::from(usage.units.output_pixels?).checked_div(images)?;
    let each = each.checked_div(Decimal::from(MEGAPIXEL))?;
    each.round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity).checked_mul(images)
}
