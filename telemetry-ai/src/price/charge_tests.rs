use proptest::prelude::*;

use super::*;

fn rates() -> Rates {
    let mut rates = Rates::new();
    rates.set(RateKind::Input, Decimal::new(25, 1));
    rates.set(RateKind::CacheRead, Decimal::new(125, 2));
    rates.set(RateKind::Output, Decimal::from(10));
    rates
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
    let charge = tokens(&usage(2006, 1920, 300), &rates()).unwrap();
    // 86 x 2.50 + 1920 x 1.25 + 300 x 10.00, per million.
    assert_eq!(charge.amount.to_string(), "0.005615");
    assert!(!charge.substituted);
    // 1920 x (2.50 - 1.25), per million.
    assert_eq!(charge.cache_savings.unwrap().to_string(), "0.0024");
}

#[test]
fn reasoning_is_not_added_to_the_output_that_contains_it() {
    let plain = tokens(&usage(75, 0, 1186), &rates()).unwrap();
    let mut reasoned = usage(75, 0, 1186);
    reasoned.reasoning_output_tokens = Some(1024);
    assert_eq!(tokens(&reasoned, &rates()), Some(plain));
}

#[test]
fn a_kind_without_a_rate_is_charged_as_plain_and_says_so() {
    let mut no_cache = Rates::new();
    no_cache.set(RateKind::Input, Decimal::new(25, 1));
    let charge = tokens(&usage(1_000_000, 500_000, 0), &no_cache).unwrap();
    assert_eq!(charge.amount.normalize().to_string(), "2.5");
    assert!(charge.substituted);
}

#[test]
fn modalities_and_the_cache_overlap_within_the_prompt() {
    let mut audio = rates();
    audio.set(RateKind::InputAudio, Decimal::from(40));
    let mut usage = usage(1000, 600, 0);
    usage.input.audio = Some(800);
    // 600 cached, and of the 400 fresh ones at most 400 audio: never 800.
    let charge = tokens(&usage, &audio).unwrap();
    assert_eq!(charge.amount.to_string(), "0.01675");
}

#[test]
fn a_cache_write_is_billed_by_its_lifetime_and_what_has_none_at_the_plain_rate() {
    let mut rates = rates();
    rates.set(RateKind::CacheWrite, Decimal::new(3125, 3));
    rates.set(RateKind::CacheWriteOneHour, Decimal::from(5));
    let mut usage = usage(184_457, 0, 0);
    usage.cache_write_input_tokens = Some(184_457);
    // A stream whose first event split only 31,490 of the writes.
    usage.cache_writes.one_hour = Some(31_490);
    let charge = tokens(&usage, &rates).unwrap();
    // 152,967 x 3.125 + 31,490 x 5.
    assert_eq!(charge.amount.to_string(), "0.635471875");
    assert!(charge.cache_savings.unwrap().is_sign_negative());
}

#[test]
fn without_counts_nothing_is_priced() {
    assert!(!tokens(&Usage::default(), &rates()).unwrap().priced);
    let input = Usage { input_tokens: Some(1), ..Usage::default() };
    assert!(!tokens(&input, &Rates::new()).unwrap().priced);
    assert!(tokens(&input, &rates()).unwrap().priced);
}

proptest! {
    #[test]
    fn never_panics_and_never_exceeds_every_token_at_the_dearest_rate(
        input: u64, cached: u64, written: u64, hour: u64, long: u64, output: u64, audio_in: u64, image_in: u64, audio_out: u64,
        reasoning: u64,
    ) {
        let usage = Usage {
            cache_write_input_tokens: Some(written),
            cache_writes: crate::CacheWrites { one_hour: Some(hour), twelve_hours: Some(long), ..crate::CacheWrites::default() },
            input: crate::Modalities { audio: Some(audio_in), image: Some(image_in), ..crate::Modalities::default() },
            output: crate::Modalities { audio: Some(audio_out), ..crate::Modalities::default() },
            reasoning_output_tokens: Some(reasoning),
            ..usage(input, cached, output)
        };
        if let Some(charge) = tokens(&usage, &rates()) {
            let dearest = Decimal::from(10) / Decimal::from(1_000_000);
            prop_assert!(!charge.amount.is_sign_negative());
            prop_assert!(charge.amount <= (Decimal::from(input) + Decimal::from(output)) * dearest);
        }
    }
}
