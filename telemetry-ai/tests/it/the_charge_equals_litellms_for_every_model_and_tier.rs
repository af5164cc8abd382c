//! Each row of the grid was charged by litellm itself, at the version that the price table was read
//! from.

use telemetry_ai::{CostSource, Decimal, PriceQuery, PriceTable, Provider, Usage};

const GRID: &str = include_str!("data/openai_chat_costs.csv");

#[test]
fn the_charge_equals_litellms_for_every_model_and_tier() {
    let prices = PriceTable::builtin();
    let mut rows = 0;
    for line in GRID.lines().filter(|line| !line.starts_with('#')).skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [model, tier, regional, counts @ .., expected] = cells.as_slice() else {
            panic!("{line}");
        };
        let counts: Vec<u64> = counts.iter().map(|count| count.parse().unwrap()).collect();
        let mut usage = Usage::default();
        usage.input_tokens = Some(counts[0]);
        usage.cache_read_input_tokens = Some(counts[1]);
        usage.cache_write_input_tokens = Some(counts[2]);
        usage.input.audio = Some(counts[3]);
        usage.output_tokens = Some(counts[4]);
        usage.reasoning_output_tokens = Some(counts[5]);
        usage.output.audio = Some(counts[6]);

        let query = PriceQuery::new(&Provider::OPENAI)
            .response_model(model)
            .service_tier(tier)
            .regional(*regional == "1");
        let cost = prices.price(&query, &usage);
        let amount = cost.amount().unwrap_or_else(|| panic!("unpriced: {line}"));
        let expected: Decimal = expected.parse().unwrap();
        // Theirs is a sum of binary floats, so the last of twelve places may differ.
        assert!((amount - expected).abs() <= Decimal::new(1, 12), "{amount} for {line}");
        assert_eq!(cost.source(), Some(CostSource::Local));
        assert_eq!(cost.table(), Some(prices.version()));
        rows += 1;
    }
    assert!(rows > 1500, "{rows}");
}
