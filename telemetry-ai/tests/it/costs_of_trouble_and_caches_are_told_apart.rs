use telemetry_ai::{
    Attribution, Call, CallBuilder, Decimal, ModelPrice, Operation, Provider, Usage, spend,
};
use telemetry_core::{Baggage, testing::Capture};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn usage(input: u64, cached: Option<u64>, output: u64) -> Usage {
    let mut usage = Usage::default();
    usage.input_tokens = Some(input);
    usage.cache_read_input_tokens = cached;
    usage.output_tokens = Some(output);
    usage
}

fn gpt_4o() -> CallBuilder {
    Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o")
}

#[test]
fn what_failed_was_cancelled_or_retried_is_a_part_of_the_cost() {
    let capture = Capture::start();
    let rows = capture.run(|| {
        // A cent each: 4,000 x 2.50 a million.
        let cent = usage(4_000, None, 0);
        let mut fine = gpt_4o().start();
        fine.usage(&cent);
        fine.end();
        let mut failed = gpt_4o().start();
        failed.usage(&cent);
        failed.fail("server_error");
        failed.end();
        let mut cancelled = gpt_4o().start();
        cancelled.usage(&cent);
        drop(cancelled);
        let mut retried = gpt_4o().start();
        retried.attempt();
        retried.usage(&cent);
        retried.end();
        spend()
    });
    let [row] = rows.as_slice() else { panic!("{rows:#?}") };
    assert_eq!((row.calls, row.cost), (4, decimal("0.04")));
    assert_eq!((row.failed_cost, row.retried_cost), (decimal("0.02"), decimal("0.01")));
    let metrics = capture.metrics();
    for trouble in ["failed", "cancelled", "retried"] {
        let labels = [("telemetry.gen_ai.trouble", trouble)];
        assert_eq!(metrics.sum("telemetry.gen_ai.cost.of_trouble", &labels), 0.01, "{trouble}");
    }
    assert_eq!(metrics.sum("telemetry.gen_ai.cost", &[]), 0.04);
}

#[test]
fn a_caches_savings_are_summed_and_may_be_negative() {
    let capture = Capture::start();
    let rows = capture.run(|| {
        let mut read = gpt_4o().start();
        read.usage(&usage(2_006, Some(1_920), 300));
        // 1,920 x (2.50 - 1.25) a million.
        assert_eq!(read.end().unwrap().cache_savings(), Some(decimal("0.0024")));
        let mut written =
            Call::builder(Operation::CHAT, Provider::ANTHROPIC).model("claude-sonnet-4-6").start();
        let mut writes = usage(10_000, Some(0), 10);
        writes.cache_write_input_tokens = Some(10_000);
        writes.cache_writes.five_minutes = Some(10_000);
        written.usage(&writes);
        // 10,000 x (3.75 - 3.00) a million.
        assert_eq!(written.end().unwrap().cache_savings(), Some(decimal("-0.0075")));
        let mut neither = gpt_4o().start();
        neither.usage(&usage(100, Some(0), 10));
        assert_eq!(neither.end().unwrap().cache_savings(), None);
        spend()
    });
    let saved: Decimal = rows.iter().map(|row| row.cache_savings).sum();
    assert_eq!(saved, decimal("-0.0051"));
    let summed = capture.metrics().sum("telemetry.gen_ai.cost.cache_savings", &[]);
    assert!((summed + 0.0051).abs() < 1e-12, "{summed}");
}

#[test]
fn a_repeated_prompt_that_the_cache_did_not_hold_is_counted() {
    let capture = Capture::start();
    let prompt = "You are a helpful assistant. ".repeat(200);
    let rows = capture.run(|| {
        for cached in [0, 0, 1_024, 0] {
            let mut call = gpt_4o().prompt(prompt.as_bytes()).start();
            call.usage(&usage(2_000, Some(cached), 10));
            call.end();
        }
        let mut short = gpt_4o().prompt(b"Hi").start();
        short.usage(&usage(10, Some(0), 10));
        short.end();
        spend()
    });
    assert_eq!(rows[0].missed_cache_calls, 2);
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.cache.missed", &[]), 2.0);
    // Of the prompt nothing is recorded.
    let records = format!("{:?} {:?}", capture.spans(), capture.metrics());
    assert!(!records.contains("helpful"));
}

#[test]
fn all_the_usual_causes_are_labels_and_attributes() {
    let capture = Capture::start();
    let causes = [
        ("tenant.id", "acme"),
        ("user.id", "u7"),
        ("feature", "reply"),
        ("route", "/chat"),
        ("job", "nightly"),
    ];
    let baggage =
        causes.iter().fold(Baggage::default(), |baggage, (key, value)| baggage.with(key, value));
    let settings =
        telemetry_ai::Settings::new(telemetry_ai::PriceTable::builtin(), Attribution::causes());
    capture.pipeline().context().with_baggage(baggage.with("secret", "s3cr3t")).in_scope(|| {
        let mut call = gpt_4o().settings(&settings).start();
        call.usage(&usage(4_000, None, 0));
        call.end();
    });
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.cost", &causes), 0.01);
    let span = &capture.spans()[0];
    for (key, value) in causes {
        span.expect_attribute(key, value);
    }
    assert!(!format!("{span:?} {metrics:?}").contains("s3cr3t"));
}

#[test]
fn a_call_may_have_a_price_of_its_own() {
    let capture = Capture::start();
    capture.run(|| {
        let price = ModelPrice::per_million_tokens(
            Provider::OPENAI,
            "negotiated",
            Decimal::ONE,
            Decimal::ONE,
        );
        let mut call = gpt_4o().price(price).start();
        call.usage(&usage(1_000_000, None, 0));
        let cost = call.end().unwrap();
        assert_eq!((cost.amount(), cost.table()), (Some(Decimal::ONE), Some("call")));
    });
}
