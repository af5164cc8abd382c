use rust_decimal::Decimal;

use super::*;

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
fn the_table_is_ordered_and_every_model_has_a_standard_price() {
    assert!(table::ROWS.is_sorted_by_key(|row| row.model));
    assert!(table::REGIONAL_UPLIFT_PERCENT.is_sorted_by_key(|(model, _)| *model));
    for row in table::ROWS {
        let rows = listed(row.model).unwrap();
        assert!(applicable(rows, ServiceTier::Standard, 0).is_some(), "{}", row.model);
        let rates = row.rates();
        assert!(rates.input > Decimal::ZERO && rates.output > Decimal::ZERO, "{}", row.model);
        assert!(rates.cache_read.is_none_or(|cached| cached < rates.input), "{}", row.model);
    }
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

#[test]
fn only_a_whole_date_is_taken_off() {
    assert_eq!(undated("gpt-4o-2024-08-06"), Some("gpt-4o"));
    assert_eq!(undated("gpt-4-0613"), None);
    assert_eq!(undated("-2024-08-06"), None);
    assert_eq!(undated("gpt-4o-2024x08-06"), None);
    assert_eq!(undated("é2024-08-06"), None);
}
