use std::{fs, path::PathBuf};

use telemetry_ai::{
    AiCost, Call, CostSource, CostStatus, Decimal, Iteration, ModelPrice, Operation, PriceQuery,
    PriceTable, Provider, RateKind, UnpricedReason, Usage,
};
use telemetry_core::testing::Capture;

use crate::assert_attribute;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn used(input: u64, output: u64) -> Usage {
    let mut usage = Usage::default();
    usage.input_tokens = Some(input);
    usage.output_tokens = Some(output);
    usage
}

fn priced(prices: &PriceTable, provider: &Provider, model: &str, usage: &Usage) -> AiCost {
    prices.price(&PriceQuery::new(provider).response_model(model), usage)
}

/// A file that is gone with the test.
struct File(PathBuf);

impl File {
    fn of(name: &str, content: impl AsRef<[u8]>) -> Self {
        let unique = format!("telemetry-ai-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        fs::write(&path, content).unwrap();
        Self(path)
    }

    /// The error of reading prices from it, which names it.
    fn refused(&self) -> String {
        let error = PriceTable::empty().with_file(&self.0).unwrap_err().to_string();
        let named = error.strip_prefix(&format!("{}: ", self.0.display()));
        named.unwrap_or_else(|| panic!("{error}")).to_owned()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_file_of_prices_is_followed_in_all_that_it_says() {
    let file = File::of(
        "good.json",
        r#"{
            "prices": [
                {"provider": "vllm", "model": "llama-*", "currency": "USD", "rates": {"input": "0.5", "output": 1.25}},
                {"provider": "vllm", "model": "llama-*", "above": 100000, "rates": {"input": "1", "output": "2.5"}},
                {"provider": "vllm", "model": "llama-*", "tier": "batch", "rates": {"input": "0.25", "output": "6.25e-1"}},
                {"provider": "vllm", "model": "old", "from": "2020-01-01", "until": "2021-01-01", "rates": {"input": "9", "output": "9"}},
                {"provider": "fal_ai", "model": "acme/film", "rates": {"output_video_second": "0.10", "output_video_second.1080p": "0.15"}}
            ],
            "multipliers": {"openai": "0.5"},
            "hardware": [{"provider": "replicate", "model": "acme/*", "runs_on": "gpu-l40s"}]
        }"#,
    );
    let prices = PriceTable::builtin().with_file(&file.0).unwrap();
    assert!(prices.version().ends_with("+own"));
    let cost = |provider: Provider, model: &str, usage: &Usage| {
        priced(&prices, &provider, model, usage).amount()
    };
    let llama = |usage: &Usage| cost(Provider::VLLM, "llama-3.3", usage);
    assert_eq!(llama(&used(100_000, 100_000)), Some(decimal("0.175")));
    assert_eq!(llama(&used(200_000, 100_000)), Some(decimal("0.45")));
    let mut batch = used(100_000, 100_000);
    batch.terms.batch = Some(true);
    assert_eq!(llama(&batch), Some(decimal("0.0875")));
    // A price that holds no more is none.
    assert_eq!(cost(Provider::VLLM, "old", &used(1, 1)), None);
    let mut film = Usage::default();
    film.units.output_video_seconds = Some(Decimal::TEN);
    assert_eq!(cost(Provider::FAL_AI, "acme/film", &film), Some(Decimal::ONE));
    film.terms.resolution = Some("1080p".to_owned());
    assert_eq!(cost(Provider::FAL_AI, "acme/film", &film), Some(decimal("1.5")));
    // Half of 2.50 dollars in and of 10 out, by the million.
    let listed = cost(Provider::OPENAI, "gpt-4o-2024-08-06", &used(1_000_000, 1_000_000));
    assert_eq!(listed, Some(decimal("6.25")));
    let mut ran = Usage::default();
    ran.units.compute_seconds = Some(Decimal::TEN);
    assert_eq!(cost(Provider::REPLICATE, "acme/dog", &ran), Some(decimal("0.00975")));
}

#[test]
fn a_file_that_cannot_be_followed_is_refused_in_one_line_that_names_it() {
    for (name, content, expected) in [
        ("empty.json", "", "EOF while parsing a value at line 1 column 0"),
        ("cut.json", r#"{"prices": ["#, "EOF while parsing a list at line 1 column 12"),
        (
            "list.json",
            r#"["x"]"#,
            "invalid type: string \"x\", expected a sequence at line 1 column 4",
        ),
        (
            "key.json",
            r#"{"price": []}"#,
            "unknown field `price`, expected one of `prices`, `multipliers`, `hardware` at line 1 column 8",
        ),
        (
            "rate.json",
            r#"{"prices":[{"provider":"x","model":"y","rates":{"input":"cheap"}}]}"#,
            "prices[0].rates.input: `cheap` is no amount such as \"0.25\"",
        ),
        (
            "until.json",
            r#"{"prices":[{"provider":"x","model":"y","until":"2026-02-30","rates":{"input":"1"}}]}"#,
            "prices[0].until: `2026-02-30` is no day such as 2026-11-27",
        ),
    ] {
        let error = File::of(name, content).refused();
        assert_eq!(error, expected, "{name}");
        assert_eq!(error.lines().count(), 1, "{name}");
    }
    let file = File::of("latin.json", b"{\"prices\": \"\xe9\"}");
    assert_eq!(file.refused(), "stream did not contain valid UTF-8");
    let file = File::of("large.json", vec![b' '; 4 * 1024 * 1024 + 1]);
    let expected = "4194305 bytes are more than a file of prices may have, 4194304";
    assert_eq!(file.refused(), expected);
    // The largest that may be is read, and found to be empty.
    let file = File::of("largest.json", vec![b' '; 4 * 1024 * 1024]);
    assert_eq!(file.refused(), "EOF while parsing a value at line 1 column 4194304");
    let error = PriceTable::empty().with_file(std::env::temp_dir()).unwrap_err();
    assert!(error.to_string().starts_with(&format!("{}: ", std::env::temp_dir().display())));
}

#[test]
fn every_kind_of_token_has_a_rate_of_its_own() {
    let price = ModelPrice::per_million_tokens(Provider::VLLM, "m", Decimal::ONE, Decimal::TWO)
        .cached_input(decimal("0.1"))
        .cache_write(decimal("1.25"))
        .audio_input(Decimal::from(32))
        .audio_output(Decimal::from(64));
    let prices = PriceTable::empty().with(price);
    let mut usage = used(1_000_000, 1_000_000);
    usage.cache_read_input_tokens = Some(200_000);
    usage.cache_write_input_tokens = Some(400_000);
    usage.input.audio = Some(100_000);
    usage.output.audio = Some(500_000);
    let cost = priced(&prices, &Provider::VLLM, "m", &usage);
    // 300,000 plain at 1, 200,000 read at .1, 400,000 written at 1.25, 100,000 of sound at 32; out
    // 500,000 at 2 and 500,000 of sound at 64 dollars the million.
    assert_eq!(cost.amount(), Some(decimal("37.02")));
    assert_eq!((cost.status(), cost.source()), (CostStatus::Exact, Some(CostSource::Local)));
    assert_eq!((cost.table(), cost.priced_as()), (Some("own"), Some("m")));
    // 200,000 saved nine tenths, 400,000 cost a quarter more.
    assert_eq!(cost.cache_savings(), Some(decimal("0.08")));
}

#[test]
fn a_call_of_several_passes_costs_their_sum_and_its_tools_once() {
    let price = |model: &'static str, input: u32| {
        ModelPrice::per_million_tokens(Provider::ANTHROPIC, model, input.into(), Decimal::TEN)
            .rate(RateKind::WebSearch, decimal("0.01"))
    };
    let prices = PriceTable::empty().with(price("small", 1)).with(price("large", 5));
    let mut usage = used(300_000, 30_000);
    usage.iterations = vec![
        Iteration::new(Some("small"), used(100_000, 10_000)),
        Iteration::new(None, used(200_000, 20_000)),
    ];
    let cost = |usage: &Usage| priced(&prices, &Provider::ANTHROPIC, "large", usage);
    // 0.1 and 0.1 of the small one, 1 and 0.2 of the large one.
    assert_eq!(cost(&usage).amount(), Some(decimal("1.4")));
    usage.tools.web_searches = Some(3);
    // A cent for each search, whoever made it.
    assert_eq!(cost(&usage).amount(), Some(decimal("1.43")));
    assert_eq!(cost(&usage).status(), CostStatus::Exact);
    // Where the passes say it themselves, it isn't counted again.
    usage.iterations[0].usage.tools.web_searches = Some(3);
    assert_eq!(cost(&usage).amount(), Some(decimal("1.43")));
    // A pass that has no price makes the sum a lower bound.
    usage.iterations.push(Iteration::new(Some("unheard-of"), used(1, 1)));
    let partial = cost(&usage);
    assert_eq!((partial.amount(), partial.status()), (Some(decimal("1.43")), CostStatus::Partial));
    assert_eq!(partial.unpriced_reason(), None);
    // And none that has is none at all.
    usage.iterations = vec![Iteration::new(Some("x"), used(1, 1)); 2];
    usage.tools.web_searches = None;
    let unpriced = cost(&usage);
    assert_eq!((unpriced.amount(), unpriced.status()), (None, CostStatus::Unpriced));
    assert_eq!(unpriced.unpriced_reason(), Some(UnpricedReason::UnknownModel));
}

#[test]
fn what_has_no_price_says_why_and_is_never_free() {
    let free_of_tokens =
        ModelPrice::new(Provider::VLLM, "m").rate(RateKind::OutputImage, Decimal::ONE);
    let tokens = ModelPrice::per_million_tokens(Provider::VLLM, "t", Decimal::MAX, Decimal::MAX);
    let prices = PriceTable::empty().with(free_of_tokens).with(tokens);
    let reason = |model: &str, usage: &Usage| {
        let cost = priced(&prices, &Provider::VLLM, model, usage);
        assert_eq!((cost.amount(), cost.status()), (None, CostStatus::Unpriced));
        cost.unpriced_reason().unwrap()
    };
    assert_eq!(reason("m", &Usage::default()), UnpricedReason::NoUsage);
    assert_eq!(reason("m", &used(1, 1)), UnpricedReason::NoRate);
    assert_eq!(reason("other", &used(1, 1)), UnpricedReason::UnknownModel);
    // Half of what a price by tokens needs is not enough.
    let mut half = used(1, 1);
    half.output_tokens = None;
    assert_eq!(reason("t", &half), UnpricedReason::NoUsage);
    // An amount that leaves the digits of a decimal is no amount, and no panic.
    assert_eq!(reason("t", &used(u64::MAX, u64::MAX)), UnpricedReason::NoUsage);
    for (reason, word) in [
        (UnpricedReason::UnknownModel, "unknown_model"),
        (UnpricedReason::NoUsage, "no_usage"),
        (UnpricedReason::NoRate, "no_rate"),
        (UnpricedReason::Failed, "failed"),
    ] {
        assert_eq!(reason.as_str(), word);
    }
}

#[test]
fn the_tier_the_place_and_the_machine_that_a_call_by_hand_names_decide_its_price() {
    let capture = Capture::start();
    let cost = |provider, operation, model: &str, usage: &Usage, tell: fn(&mut Call)| {
        capture.run(|| {
            let mut call = Call::builder(operation, provider).model(model).start();
            tell(&mut call);
            call.usage(usage);
            call.end().unwrap()
        })
    };
    let million = used(1_000_000, 1_000_000);
    let gpt = |tell| cost(Provider::OPENAI, Operation::CHAT, "gpt-5", &million, tell).amount();
    // A dollar and a quarter in and ten dollars out, by the million; half of it in the flexible tier.
    assert_eq!(gpt(|_| ()), Some(decimal("11.25")));
    assert_eq!(gpt(|call| call.service_tier("flex")), Some(decimal("5.625")));
    let dear = gpt(|call| call.service_tier("priority")).unwrap();
    assert!(dear > decimal("11.25"), "{dear}");

    let placed = |geography: Option<&str>| {
        capture.run(|| {
            let mut builder =
                Call::builder(Operation::CHAT, Provider::ANTHROPIC).model("claude-opus-4-6");
            if let Some(geography) = geography {
                builder = builder.geography(geography);
            }
            let mut call = builder.start();
            call.usage(&million);
            call.end().unwrap()
        })
    };
    let (anywhere, here) = (placed(None), placed(Some("us")));
    // What stays in a country costs a tenth more.
    let more = anywhere.amount().unwrap() * decimal("1.1");
    assert_eq!(here.amount(), Some(more.normalize()));
    assert_eq!(here.usage().terms.geography.as_deref(), Some("us"));

    let ran = |hardware: &str| {
        capture.run(|| {
            let builder =
                Call::builder(Operation::UPSCALE, Provider::MODAL).model("acme--upscaler");
            let mut call = builder.hardware(hardware.to_owned()).start();
            let mut usage = Usage::default();
            usage.units.compute_seconds = Some(Decimal::TEN);
            call.usage(&usage);
            call.end().unwrap()
        })
    };
    // 10 x 0.001097
    assert_eq!(ran("H100").amount(), Some(decimal("0.01097")));
    assert_eq!(ran("H100").status(), CostStatus::Estimated);
    assert_eq!(ran("abacus").unpriced_reason(), Some(UnpricedReason::UnknownModel));
    capture.assert_ledger_balances();
}

#[test]
fn a_response_that_is_fetched_again_was_paid_for_when_it_was_made() {
    let capture = Capture::start();
    capture.run(|| {
        let mut call =
            Call::builder(Operation::FETCH_RESPONSE, Provider::OPENAI).model("gpt-4o").start();
        call.response_model("gpt-4o-2024-08-06");
        call.usage(&used(1_000_000, 1_000_000));
        let cost = call.end().unwrap();
        assert_eq!(cost.amount(), None);
    });
    let span = capture.spans().remove(0);
    assert_attribute!(span, "gen_ai.usage.input_tokens", none);
    assert_attribute!(span, "gen_ai.usage.cost.amount", none);
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.cost", &[]), 0.0);
}
