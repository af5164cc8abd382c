//! Each kind of rate is the price of one thing: of a call that used something of everything, a table that
//! knows one rate alone charges that one thing.

use std::time::{Duration, UNIX_EPOCH};

use telemetry_ai::{
    AiCost, CostStatus, Decimal, ModelPrice, PriceQuery, PriceTable, Provider, RateKind, Usage,
};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A table of one model that has these rates.
fn table(rates: &[(RateKind, &str)]) -> PriceTable {
    let price = ModelPrice::new(Provider::VLLM, "m");
    PriceTable::empty().with(
        rates.iter().fold(price, |price, (kind, dollars)| price.rate(*kind, decimal(dollars))),
    )
}

fn charged(rates: &[(RateKind, &str)], usage: &Usage) -> AiCost {
    table(rates).price(&PriceQuery::new(&Provider::VLLM).response_model("m"), usage)
}

/// No two counts are alike, nor are their sums.
fn tokens_of_every_kind() -> Usage {
    let mut usage = Usage::default();
    usage.input_tokens = Some(1_000_000);
    usage.input.audio = Some(101_000);
    usage.input.image = Some(113_000);
    usage.input.video = Some(47_000);
    usage.cache_read_input_tokens = Some(200_000);
    usage.cache_read.audio = Some(30_000);
    usage.cache_read.image = Some(50_000);
    usage.cache_write_input_tokens = Some(300_000);
    usage.cache_writes.one_hour = Some(70_000);
    usage.cache_writes.twelve_hours = Some(90_000);
    usage.output_tokens = Some(500_000);
    usage.output.audio = Some(40_000);
    usage.output.image = Some(60_000);
    usage.output.video = Some(20_000);
    usage.reasoning_output_tokens = Some(80_000);
    usage
}

fn units_of_every_kind() -> Usage {
    let mut usage = Usage::default();
    let units = &mut usage.units;
    units.output_images = Some(2);
    units.input_images = Some(3);
    // Two pictures of three and a half megapixels, each rounded up.
    units.output_pixels = Some(7 * 1024 * 1024);
    units.input_pixels = Some(6 * 1024 * 1024);
    units.output_videos = Some(5);
    units.output_video_seconds = Some(decimal("7.5"));
    units.input_video_seconds = Some(decimal("11.5"));
    units.output_audio_seconds = Some(decimal("13.25"));
    units.input_audio_seconds = Some(decimal("17.75"));
    units.input_characters = Some(19_000_000);
    units.output_characters = Some(23_000_000);
    units.pages = Some(29);
    units.search_units = Some(31);
    units.training_steps = Some(37);
    units.compute_seconds = Some(decimal("41.5"));
    units.billed_units = Some(decimal("43.5"));
    units.credits = Some(decimal("47.5"));
    usage
}

#[test]
fn a_rate_of_tokens_is_the_price_of_that_kind_alone() {
    use RateKind as Of;
    for (kind, millionths) in [
        (Of::CacheRead, 200_000),
        (Of::CacheWrite, 300_000),
        (Of::CacheWriteOneHour, 70_000),
        (Of::CacheWriteTwelveHours, 90_000),
        (Of::CacheReadAudio, 30_000),
        (Of::CacheReadImage, 50_000),
        // What was cached of these is no part of what is fresh.
        (Of::InputAudio, 71_000),
        (Of::InputImageTokens, 63_000),
        (Of::InputVideoTokens, 47_000),
        (Of::Reasoning, 80_000),
        (Of::OutputAudio, 40_000),
        (Of::OutputImageTokens, 60_000),
        (Of::OutputVideoTokens, 20_000),
    ] {
        let rates = [(Of::Input, "0"), (Of::Output, "0"), (kind, "7")];
        let cost = charged(&rates, &tokens_of_every_kind());
        let expected = Decimal::new(7 * millionths, 6);
        assert_eq!(cost.amount(), Some(expected), "{}", kind.as_str());
    }
    // Without rates of their own, all cost what a plain one does.
    let plain = charged(&[(Of::Input, "7"), (Of::Output, "0")], &tokens_of_every_kind());
    assert_eq!(plain.amount(), Some(decimal("7")));
    let plain = charged(&[(Of::Input, "0"), (Of::Output, "7")], &tokens_of_every_kind());
    assert_eq!(plain.amount(), Some(decimal("3.5")));
    assert_eq!(plain.status(), CostStatus::Estimated, "that is an assumption");
}

#[test]
fn a_rate_of_another_unit_is_the_price_of_that_unit_alone() {
    use RateKind as Of;
    let exact = CostStatus::Exact;
    let estimated = CostStatus::Estimated;
    for (kind, amount, status) in [
        (Of::OutputImage, "2", exact),
        (Of::InputImage, "3", exact),
        // The pictures may have been of different sizes.
        (Of::OutputMegapixel, "8", estimated),
        (Of::OutputVideo, "5", exact),
        (Of::OutputVideoSecond, "7.5", exact),
        (Of::InputVideoSecond, "11.5", exact),
        (Of::OutputAudioSecond, "13.25", exact),
        (Of::InputAudioSecond, "17.75", exact),
        (Of::InputCharacters, "19", exact),
        (Of::OutputCharacters, "23", exact),
        (Of::Page, "29", exact),
        (Of::SearchUnit, "31", exact),
        (Of::TrainingStep, "37", exact),
        // Whoever bills seconds bills idle ones too.
        (Of::ComputeSecond, "41.5", estimated),
        (Of::BilledUnit, "43.5", exact),
        (Of::Credit, "47.5", exact),
        (Of::Request, "1", exact),
    ] {
        let cost = charged(&[(kind, "3")], &units_of_every_kind());
        let expected = decimal(amount) * Decimal::from(3);
        assert_eq!(
            (cost.amount(), cost.status()),
            (Some(expected), status),
            "{}: {cost:?}",
            kind.as_str()
        );
    }
}

/// Replicate says of every prediction how long it ran, also where the picture is billed; Ollama of every
/// answer, also where a user's price is by the token.
#[test]
fn seconds_that_are_not_billed_make_nothing_less_exact_and_those_that_are_do() {
    use RateKind as Of;
    let mut picture = Usage::default();
    picture.units.output_images = Some(1);
    picture.units.compute_seconds = Some(decimal("4.5"));
    let flux =
        PriceQuery::new(&Provider::REPLICATE).response_model("black-forest-labs/flux-1.1-pro");
    let listed = PriceTable::builtin().price(&flux, &picture);
    assert_eq!((listed.amount(), listed.status()), (Some(decimal("0.04")), CostStatus::Exact));

    let mut answer = Usage::default();
    answer.input_tokens = Some(26);
    answer.output_tokens = Some(298);
    answer.units.compute_seconds = Some(decimal("4.5"));
    let by_tokens = charged(&[(Of::Input, "1"), (Of::Output, "2")], &answer);
    let amounts = |cost: &AiCost| (cost.amount(), cost.status());
    assert_eq!(amounts(&by_tokens), (Some(decimal("0.000622")), CostStatus::Exact));
    let by_seconds = charged(&[(Of::ComputeSecond, "0.002")], &answer);
    assert_eq!(amounts(&by_seconds), (Some(decimal("0.009")), CostStatus::Estimated));
}

#[test]
fn a_fee_is_the_price_of_that_tool_and_one_without_a_price_makes_a_lower_bound() {
    use RateKind as Of;
    type Set = fn(&mut Usage);
    let tools: [(RateKind, Set, &str); 6] = [
        (Of::WebSearch, |usage| usage.tools.web_searches = Some(53), "53"),
        (Of::WebFetch, |usage| usage.tools.web_fetches = Some(59), "59"),
        (Of::FileSearch, |usage| usage.tools.file_searches = Some(61), "61"),
        (Of::CodeSession, |usage| usage.tools.code_sessions = Some(67), "67"),
        (Of::OutputImage, |usage| usage.tools.image_generations = Some(71), "71"),
        (Of::MapQuery, |usage| usage.tools.map_queries = Some(73), "73"),
    ];
    let spoken = |set: Set| {
        let mut usage = Usage::default();
        usage.input_tokens = Some(1_000_000);
        usage.output_tokens = Some(0);
        set(&mut usage);
        usage
    };
    for (kind, set, count) in tools {
        // A dollar for the tokens, and a cent each.
        let rates = [(Of::Input, "1"), (Of::Output, "1"), (kind, "0.01")];
        let cost = charged(&rates, &spoken(set));
        let expected = Decimal::ONE + decimal(count) * decimal("0.01");
        assert_eq!((cost.amount(), cost.status()), (Some(expected), CostStatus::Exact));
        let without = charged(&rates[..2], &spoken(set));
        assert_eq!(without.amount(), Some(Decimal::ONE), "{}", kind.as_str());
        let complete = kind == Of::WebFetch;
        let status = if complete { CostStatus::Exact } else { CostStatus::Partial };
        assert_eq!(without.status(), status, "{}", kind.as_str());
    }
    // Where the answer is billed and not the search, it is billed once.
    let rates = [(Of::Input, "1"), (Of::Output, "1"), (Of::WebSearchAnswer, "0.035")];
    let searched = charged(&rates, &spoken(|usage| usage.tools.web_searches = Some(5)));
    assert_eq!((searched.amount(), searched.status()), (Some(decimal("1.035")), CostStatus::Exact));
    let unsearched = charged(&rates, &spoken(|usage| usage.tools.web_searches = Some(0)));
    assert_eq!(unsearched.amount(), Some(Decimal::ONE));
}

/// By the built-in table, as the providers' pages have it.
#[test]
fn the_listed_fees_of_searches_are_those_of_the_pages() {
    let prices = PriceTable::builtin();
    let of = |provider: Provider, model: &str, set: fn(&mut Usage)| {
        let mut usage = Usage::default();
        usage.input_tokens = Some(0);
        usage.output_tokens = Some(0);
        set(&mut usage);
        prices.price(&PriceQuery::new(&provider).response_model(model), &usage).amount()
    };
    // Ten dollars for a thousand searches.
    let searched: fn(&mut Usage) = |usage| usage.tools.web_searches = Some(2);
    assert_eq!(of(Provider::OPENAI, "gpt-5.1", searched), Some(decimal("0.02")));
    assert_eq!(of(Provider::ANTHROPIC, "claude-opus-4-6", searched), Some(decimal("0.02")));
    // Thirty-five dollars for a thousand prompts that are grounded, with however many queries.
    assert_eq!(of(Provider::GEMINI, "gemini-2.5-flash", searched), Some(decimal("0.035")));
    let mapped: fn(&mut Usage) = |usage| usage.tools.map_queries = Some(2);
    assert_eq!(of(Provider::GEMINI, "gemini-2.5-flash", mapped), Some(decimal("0.05")));
}

#[test]
fn writing_to_a_cache_for_half_a_day_costs_what_that_costs_in_the_savings_too() {
    use RateKind as Of;
    let rates = [
        (Of::Input, "4"),
        (Of::Output, "0"),
        (Of::CacheRead, "1"),
        (Of::CacheWrite, "5"),
        (Of::CacheWriteOneHour, "8"),
        (Of::CacheWriteTwelveHours, "16"),
    ];
    let mut usage = Usage::default();
    usage.input_tokens = Some(1_000_000);
    usage.output_tokens = Some(0);
    usage.cache_read_input_tokens = Some(400_000);
    usage.cache_write_input_tokens = Some(600_000);
    usage.cache_writes.one_hour = Some(200_000);
    usage.cache_writes.twelve_hours = Some(100_000);
    let cost = charged(&rates, &usage);
    // .4 x 1, .3 x 5, .2 x 8 and .1 x 16.
    assert_eq!(cost.amount(), Some(decimal("5.1")));
    // Without a cache it would have been 4.
    assert_eq!(cost.cache_savings(), Some(decimal("-1.1")));
}

#[test]
fn a_price_holds_until_the_day_on_which_it_ends_and_no_longer() {
    let second = |day: u64, second: u64| UNIX_EPOCH + Duration::from_secs(day * 86_400 + second);
    let price = ModelPrice::per_million_tokens(Provider::VLLM, "m", Decimal::ONE, Decimal::ONE)
        .valid_from(second(100, 0))
        .valid_until(second(200, 0));
    let prices = PriceTable::empty().with(price);
    let mut usage = Usage::default();
    (usage.input_tokens, usage.output_tokens) = (Some(1_000_000), Some(0));
    for (at, holds) in [
        (second(99, 86_399), false),
        (second(100, 0), true),
        (second(199, 86_399), true),
        (second(200, 0), false),
    ] {
        let query = PriceQuery::new(&Provider::VLLM).response_model("m").at(at);
        let amount = prices.price(&query, &usage).amount();
        assert_eq!(amount, holds.then_some(Decimal::ONE), "{at:?}");
    }
}

/// A picture whose tokens are told is billed by them, whatever its size would cost.
#[test]
fn a_picture_is_billed_by_its_tokens_where_they_are_told_and_else_by_its_size() {
    let prices = PriceTable::builtin();
    let query = PriceQuery::new(&Provider::OPENAI).response_model("gpt-image-1");
    let mut usage = Usage::default();
    usage.units.output_images = Some(1);
    usage.terms.image_size = Some("1024x1536".to_owned());
    usage.terms.image_quality = Some("high".to_owned());
    assert_eq!(prices.price(&query, &usage).amount(), Some(decimal("0.25")));
    (usage.input_tokens, usage.output_tokens) = (Some(50), Some(4_160));
    // 50 at 5 and 4,160 at 40 dollars the million.
    assert_eq!(prices.price(&query, &usage).amount(), Some(decimal("0.16665")));
}
