use rust_decimal::Decimal;

use super::*;
use crate::{Provider, Usage};

fn usage(input: u64, cached: u64, output: u64) -> Usage {
    Usage {
        input_tokens: Some(input),
        cache_read_input_tokens: Some(cached),
        output_tokens: Some(output),
        ..Usage::default()
    }
}

fn openai(model: &str) -> PriceQuery<'_> {
    PriceQuery::new(&Provider::OPENAI).response_model(model)
}

fn dollars(cost: &AiCost) -> String {
    cost.amount().unwrap().to_string()
}

#[test]
fn a_listed_snapshot_has_its_own_price_and_an_unlisted_one_its_base_models() {
    let prices = PriceTable::builtin();
    let may = prices.price(&openai("gpt-4o-2024-05-13"), &usage(1_000_000, 0, 0));
    assert_eq!((dollars(&may).as_str(), may.status()), ("5", CostStatus::Exact));
    let unheard = prices.price(&openai("gpt-4o-2031-01-31"), &usage(1_000_000, 0, 0));
    assert_eq!((dollars(&unheard).as_str(), unheard.status()), ("2.5", CostStatus::Estimated));
    assert_eq!(unheard.priced_as(), Some("gpt-4o"));
}

#[test]
fn an_unknown_model_is_unpriced_and_never_free() {
    let cost = PriceTable::builtin().price(&openai("gpt-99"), &usage(1000, 0, 1000));
    assert_eq!(cost.amount(), None);
    assert_eq!(cost.status(), CostStatus::Unpriced);
    assert_eq!(cost.unpriced_reason(), Some(UnpricedReason::UnknownModel));
    // Another provider's model of the same name is another model.
    let elsewhere = PriceQuery::new(&Provider::GROQ).response_model("gpt-4o");
    let cost = PriceTable::builtin().price(&elsewhere, &usage(1000, 0, 1000));
    assert_eq!(cost.unpriced_reason(), Some(UnpricedReason::UnknownModel));
}

#[test]
fn the_model_that_answered_decides_before_the_one_that_was_asked_for() {
    let prices = PriceTable::builtin();
    let routed = openai("gpt-4o-mini").request_model("gpt-4o");
    let cost = prices.price(&routed, &usage(1_000_000, 0, 0));
    assert_eq!((dollars(&cost).as_str(), cost.status()), ("0.15", CostStatus::Exact));
    let unknown = openai("deployment-7").request_model("gpt-4o");
    let cost = prices.price(&unknown, &usage(1_000_000, 0, 0));
    assert_eq!((dollars(&cost).as_str(), cost.status()), ("2.5", CostStatus::Estimated));
    let silent = PriceQuery::new(&Provider::OPENAI).request_model("gpt-4o");
    assert_eq!(prices.price(&silent, &usage(1, 0, 1)).status(), CostStatus::Exact);
}

#[test]
fn a_fine_tuned_model_is_priced_as_its_tuned_base() {
    let cost = PriceTable::builtin()
        .price(&openai("ft:gpt-4o-mini-2024-07-18:acme:support:9xYz"), &usage(1_000_000, 0, 0));
    assert_eq!((dollars(&cost).as_str(), cost.status()), ("0.3", CostStatus::Exact));
    assert_eq!(cost.priced_as(), Some("ft:gpt-4o-mini-2024-07-18"));
}

#[test]
fn a_long_prompt_costs_more_for_all_its_tokens_but_not_at_the_threshold() {
    let prices = PriceTable::builtin();
    let at = prices.price(&openai("gpt-5.4"), &usage(272_000, 0, 0));
    assert_eq!(dollars(&at), "0.68");
    let above = prices.price(&openai("gpt-5.4"), &usage(300_000, 100_000, 2000));
    assert_eq!(dollars(&above), "1.095");
}

#[test]
fn the_tier_of_the_response_decides_and_an_unlisted_one_is_an_estimate() {
    let prices = PriceTable::builtin();
    let tier = |tier, usage| prices.price(&openai("gpt-5.4").service_tier(tier), &usage);
    assert_eq!(dollars(&tier("flex", usage(10_000, 4096, 2000))), "0.02291248");
    assert_eq!(dollars(&tier("priority", usage(10_000, 4096, 2000))), "0.091568");
    assert_eq!(tier("default", usage(1, 0, 1)).status(), CostStatus::Exact);
    assert_eq!(tier("scale", usage(1, 0, 1)).status(), CostStatus::Estimated);
    // Priority lists no price for so long a prompt.
    assert_eq!(tier("priority", usage(300_000, 0, 1)).status(), CostStatus::Estimated);
}

#[test]
fn a_regional_host_costs_more_only_where_that_is_listed() {
    let prices = PriceTable::builtin();
    let at = |model, regional| {
        dollars(&prices.price(&openai(model).regional(regional), &usage(1_000_000, 1_000_000, 0)))
    };
    assert_eq!(at("gpt-5.4-mini", false), "0.075");
    assert_eq!(at("gpt-5.4-mini", true), "0.0825");
    assert_eq!(at("gpt-4o", false), at("gpt-4o", true));
}

#[test]
fn a_search_models_tokens_are_only_a_part_of_its_bill() {
    let cost = PriceTable::builtin().price(&openai("gpt-4o-search-preview"), &usage(10, 0, 10));
    assert_eq!(cost.status(), CostStatus::Partial);
}

#[test]
fn what_the_provider_states_wins_over_every_table() {
    let mut usage = usage(1000, 0, 100);
    usage.cost = Some(Decimal::new(365, 5));
    let own = PriceTable::builtin().with(ModelPrice::per_million_tokens(
        Provider::OPENAI,
        "gpt-4o",
        Decimal::ONE,
        Decimal::ONE,
    ));
    let cost = own.price(&openai("gpt-4o"), &usage);
    assert_eq!(dollars(&cost), "0.00365");
    assert_eq!(cost.source(), Some(CostSource::Provider));
    assert_eq!(cost.table(), None);
}

#[test]
fn prices_of_ones_own_win_over_the_list_and_show_in_its_version() {
    let own = PriceTable::builtin()
        .with(
            ModelPrice::per_million_tokens(Provider::OPENAI, "gpt-4o", Decimal::ONE, Decimal::TWO)
                .cached_input(Decimal::ZERO),
        )
        .with(ModelPrice::per_million_tokens(
            Provider::new("acme"),
            "dog",
            Decimal::ONE,
            Decimal::ONE,
        ));
    let cost = own.price(&openai("gpt-4o"), &usage(1_000_000, 1_000_000, 1_000_000));
    assert_eq!(dollars(&cost), "2");
    assert_eq!(cost.table(), Some(own.version()));
    assert_eq!(own.version(), format!("{}+own", PriceTable::builtin().version()));
    let acme = Provider::new("acme");
    let cost = own.price(&PriceQuery::new(&acme).response_model("dog"), &usage(1, 0, 1));
    assert_eq!(dollars(&cost), "0.000002");
    // The other models keep their list prices.
    assert_eq!(dollars(&own.price(&openai("gpt-4o-mini"), &usage(1_000_000, 0, 0))), "0.15");
    assert_eq!(PriceTable::empty().price(&openai("gpt-4o"), &usage(1, 0, 1)).amount(), None);
}

#[test]
fn usage_without_both_totals_is_not_priced() {
    let only_input = Usage { input_tokens: Some(9), ..Usage::default() };
    let cost = PriceTable::builtin().price(&openai("gpt-4o"), &only_input);
    assert_eq!(cost.unpriced_reason(), Some(UnpricedReason::NoUsage));
}

fn friday(hour: u64) -> std::time::SystemTime {
    // 2026-11-20, a Friday.
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(20_777 * 86_400 + hour * 3_600)
}

fn on(date: &str) -> std::time::SystemTime {
    let day = Day::parse(date).unwrap().0;
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::try_from(day).unwrap() * 86_400)
}

#[test]
fn a_price_is_that_of_the_day_on_which_the_call_started() {
    let prices = PriceTable::builtin();
    let at =
        |date| dollars(&prices.price(&openai("o3").at(on(date)), &usage(1_000_000, 0, 1_000_000)));
    // o3 fell to a fifth in June 2025.
    assert_eq!(at("2025-06-01"), "50");
    assert_eq!(at("2025-07-01"), "10");
    let own = PriceTable::empty()
        .with(
            ModelPrice::new(Provider::OPENAI, "x")
                .rate(RateKind::Input, Decimal::ONE)
                .valid_until(on("2026-03-01")),
        )
        .with(
            ModelPrice::new(Provider::OPENAI, "x")
                .rate(RateKind::Input, Decimal::TWO)
                .valid_from(on("2026-03-01")),
        );
    let at = |date| own.price(&openai("x").at(on(date)), &usage(1_000_000, 0, 0)).amount();
    assert_eq!(at("2026-02-28"), Some(Decimal::ONE));
    assert_eq!(at("2026-03-01"), Some(Decimal::TWO));
}

#[test]
fn a_price_is_that_of_the_hour_where_the_provider_has_peaks() {
    let prices = PriceTable::builtin();
    let deepseek = Provider::DEEPSEEK;
    let query = PriceQuery::new(&deepseek).response_model("deepseek-v4-flash");
    let at = |at| dollars(&prices.price(&query.at(at), &usage(10_000, 8_000, 1_000)));
    assert_eq!(at(friday(2)), "0.001848");
    assert_eq!(at(friday(5)), "0.000924");
    assert_eq!(at(friday(24 + 2)), "0.000924");
}

#[test]
fn where_and_how_fast_it_was_served_multiplies_the_tokens() {
    let prices = PriceTable::builtin();
    let priced = |provider: &Provider, model, set: &dyn Fn(&mut Usage)| {
        let mut usage = usage(10_000, 0, 1_000);
        set(&mut usage);
        dollars(
            &prices.price(&PriceQuery::new(provider).response_model(model).at(friday(2)), &usage),
        )
    };
    let sonnet = |set: &dyn Fn(&mut Usage)| priced(&Provider::ANTHROPIC, "claude-sonnet-4-6", set);
    assert_eq!(sonnet(&|_| {}), "0.045");
    assert_eq!(sonnet(&|usage| usage.terms.geography = Some("us".into())), "0.0495");
    assert_eq!(sonnet(&|usage| usage.terms.geography = Some("global".into())), "0.045");
    let bedrock = Provider::new("aws.bedrock");
    let haiku = |set: &dyn Fn(&mut Usage)| priced(&bedrock, "anthropic.claude-haiku-5-5", set);
    assert_eq!(haiku(&|_| {}), "0.0015");
    assert_eq!(haiku(&|usage| usage.terms.geography = Some("eu".into())), "0.00165");
}

#[test]
fn searches_are_billed_besides_the_tokens_and_an_unlisted_fee_makes_a_lower_bound() {
    let prices = PriceTable::builtin();
    let anthropic = Provider::ANTHROPIC;
    let query = PriceQuery::new(&anthropic).response_model("claude-opus-4-6").at(friday(2));
    let mut searched = usage(6_039, 0, 931);
    searched.tools.web_searches = Some(3);
    let cost = prices.price(&query, &searched);
    // 6,039 x 5 + 931 x 25 per million, and 3 x 0.01.
    assert_eq!((dollars(&cost).as_str(), cost.status()), ("0.08347", CostStatus::Exact));
    searched.tools.file_searches = Some(1);
    assert_eq!(prices.price(&query, &searched).status(), CostStatus::Partial);
}

#[test]
fn a_call_of_several_passes_costs_their_sum_each_at_its_own_models_price() {
    let prices = PriceTable::builtin();
    let anthropic = Provider::ANTHROPIC;
    let query = PriceQuery::new(&anthropic).response_model("claude-opus-4-6").at(friday(2));
    let mut call = usage(1, 0, 1);
    call.iterations = vec![
        crate::Iteration::new(None, usage(1_000, 0, 100)),
        crate::Iteration::new(Some("claude-haiku-5-5"), usage(1_000, 0, 100)),
    ];
    // 0.005 + 0.0025, and 0.0001 + 0.00005.
    assert_eq!(dollars(&prices.price(&query, &call)), "0.00765");
    call.iterations.push(crate::Iteration::new(Some("unheard-of"), usage(1, 0, 1)));
    assert_eq!(prices.price(&query, &call).status(), CostStatus::Partial);
}

#[test]
fn a_price_of_the_call_goes_before_the_users_and_the_list() {
    let own = ModelPrice::per_million_tokens(Provider::OPENAI, "*", Decimal::TWO, Decimal::TWO);
    let call = ModelPrice::per_million_tokens(Provider::OPENAI, "this", Decimal::TEN, Decimal::TEN);
    let prices = PriceTable::builtin().with(own);
    let cost = prices.price(&openai("gpt-4o").price(&call), &usage(1_000_000, 0, 0));
    assert_eq!((dollars(&cost).as_str(), cost.table()), ("10", Some("call")));
    assert_eq!(dollars(&prices.price(&openai("gpt-4o"), &usage(1_000_000, 0, 0))), "2");
}

#[test]
fn a_multiplier_is_for_the_listed_prices_alone() {
    let prices = PriceTable::builtin()
        .with_multiplier(Provider::OPENAI, Decimal::new(90, 2))
        .with(ModelPrice::per_million_tokens(Provider::OPENAI, "own", Decimal::ONE, Decimal::ONE));
    assert_eq!(dollars(&prices.price(&openai("gpt-4o"), &usage(1_000_000, 0, 0))), "2.25");
    assert_eq!(dollars(&prices.price(&openai("own"), &usage(1_000_000, 0, 0))), "1");
    let mut stated = usage(1, 0, 1);
    stated.cost = Some(Decimal::ONE);
    assert_eq!(dollars(&prices.price(&openai("gpt-4o"), &stated)), "1");
}

#[test]
fn a_replayed_answer_costs_nothing() {
    let mut replayed = usage(1_000, 0, 1_000);
    replayed.terms.replayed = Some(true);
    let cost = PriceTable::builtin().price(&openai("gpt-4o"), &replayed);
    assert_eq!((cost.amount(), cost.status()), (Some(Decimal::ZERO), CostStatus::Exact));
}

#[test]
fn a_known_model_whose_use_has_no_price_says_that() {
    let mut film = Usage::default();
    film.units.output_video_seconds = Some(Decimal::TEN);
    let fal = Provider::new("fal_ai");
    let cost = PriceTable::builtin()
        .price(&PriceQuery::new(&fal).response_model("fal-ai/flux/dev"), &film);
    assert_eq!(cost.unpriced_reason(), Some(UnpricedReason::NoRate));
}

proptest::proptest! {
    #[test]
    fn whatever_a_model_and_its_terms_are_called_there_is_an_answer(
        provider in "(openai|aws\\.bedrock|azure\\.ai\\.openai|fal_ai|replicate|gcp\\.vertex_ai|\\PC{0,8})",
        model in "(gpt-4o|fal-ai/flux/dev|arn:|ft:|models/)?[\\PC\t\n]{0,12}",
        place in "\\PC{0,6}", size in "\\PC{0,6}", hardware in "\\PC{0,8}", input: u64, images: u64, pixels: u64, seconds: i64,
    ) {
        let provider = Provider::new(provider);
        let mut used = usage(input, input / 2, 7);
        used.terms.geography = Some(place.clone());
        used.terms.speed = Some(place);
        used.terms.image_size = Some(size.clone());
        used.terms.image_quality = Some(size);
        used.terms.hardware = Some(hardware);
        let query = PriceQuery::new(&provider).response_model(&model).request_model("gpt-4o");
        for units_only in [false, true] {
            if units_only {
                (used.input_tokens, used.output_tokens) = (None, None);
                used.units.output_images = Some(images);
                used.units.output_pixels = Some(pixels);
                used.units.compute_seconds = Some(Decimal::from(seconds.unsigned_abs()));
            }
            let cost = PriceTable::builtin().price(&query, &used);
            proptest::prop_assert_eq!(cost.amount().is_none(), cost.status() == CostStatus::Unpriced);
            proptest::prop_assert!(cost.amount().is_none_or(|amount| !amount.is_sign_negative()));
        }
    }

    #[test]
    fn whatever_a_file_of_prices_says_it_is_read_or_refused(text in "\\PC{0,64}", cut in 0_usize..300) {
        let _ = PriceTable::empty().with_json(&text);
        const FILE: &str = r#"{"prices":[{"provider":"a","model":"b*","tier":"flex","above":1,"from":"2026-01-01","until":"2027-01-01","rates":{"input":"1.5","output_image.4k":2e-3}}],"multipliers":{"a":0.5},"hardware":[{"provider":"a","model":"*","runs_on":"h100:2"}]}"#;
        proptest::prop_assert!(PriceTable::empty().with_json(FILE).is_ok());
        let mut changed: String = FILE.chars().take(cut).collect();
        changed.push_str(&text);
        let _ = PriceTable::empty().with_json(&changed);
    }
}
