//! Counts that few answers state, and counts that are none.

use telemetry_ai::{AiCost, Call, CostStatus, Decimal, Operation, Provider, UnpricedReason};
use telemetry_core::testing::Capture;

fn of(provider: Provider, operation: Operation, answer: &str) -> AiCost {
    let capture = Capture::start();
    let cost = capture.run(|| {
        let mut call = Call::builder(operation, provider).model("m").start();
        // In two pieces, since bodies come in pieces.
        let (head, tail) = answer.as_bytes().split_at(answer.len() / 2);
        call.read_json(head);
        call.read_json(tail);
        call.end().unwrap()
    });
    assert!(!capture.spans()[0].status.is_error(), "{answer}");
    capture.assert_ledger_balances();
    cost
}

fn chat(usage: &str) -> AiCost {
    let answer = format!(
        r#"{{"id":"c","model":"m","choices":[{{"index":0,"finish_reason":"stop"}}],"usage":{usage}}}"#
    );
    of(Provider::OPENAI, Operation::CHAT, &answer)
}

#[test]
fn what_was_cached_may_be_told_by_its_kind_and_its_lifetime() {
    let cost = chat(
        r#"{"total_tokens":1200,"input_tokens":1000,"output_tokens":200,
            "input_token_details":{"text_tokens":700,"audio_tokens":200,"image_tokens":60,"video_tokens":40,
             "cached_tokens":600,"cached_tokens_details":{"text_tokens":400,"audio_tokens":150,"image_tokens":50,"video_tokens":9},
             "cache_write_tokens":300,"cache_write_tokens_details":{"ttl_5m_tokens":100,"ttl_12h_tokens":200}},
            "output_token_details":{"text_tokens":120,"audio_tokens":80}}"#,
    );
    let usage = cost.usage();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(1000), Some(200)));
    assert_eq!((usage.input.audio, usage.input.video), (Some(200), Some(40)));
    assert_eq!(usage.cache_read_input_tokens, Some(600));
    assert_eq!((usage.cache_read.text, usage.cache_read.audio), (Some(400), Some(150)));
    // There is no price for what nobody else tells apart.
    assert_eq!((usage.cache_read.image, usage.cache_read.video), (Some(50), None));
    assert_eq!(usage.cache_write_input_tokens, Some(300));
    assert_eq!(usage.cache_writes.twelve_hours, Some(200));
    assert_eq!((usage.output.text, usage.output.audio), (Some(120), Some(80)));
}

#[test]
fn details_that_are_none_are_passed_over_and_the_rest_is_read() {
    for details in ["null", "7", "\"cached_tokens\"", "[{\"cached_tokens\":1}]", "{}", "true"] {
        let cost = chat(&format!(
            r#"{{"prompt_tokens":10,"prompt_tokens_details":{details},"completion_tokens_details":{details},"completion_tokens":20,"total_tokens":30}}"#
        ));
        let usage = cost.usage();
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(10), Some(20)), "{details}");
        assert_eq!(usage.cache_read_input_tokens, None, "{details}");
        let cost = chat(&format!(
            r#"{{"prompt_tokens":10,"prompt_tokens_details":{{"cached_tokens":4,"cached_tokens_details":{details},"cache_write_tokens_details":{details},"audio_tokens":3}},"completion_tokens":20}}"#
        ));
        let usage = cost.usage();
        assert_eq!(
            (usage.cache_read_input_tokens, usage.input.audio),
            (Some(4), Some(3)),
            "{details}"
        );
        assert_eq!(usage.cache_writes.twelve_hours, None, "{details}");
    }
}

#[test]
fn counts_of_another_type_count_as_missing_and_never_as_zero() {
    for nonsense in [
        "true",
        "null",
        "\"many\"",
        "[1,2]",
        "{\"tokens\":1}",
        "-5",
        "1.5",
        "1e300",
        "18446744073709551616",
    ] {
        let cost = of(
            Provider::ANTHROPIC,
            Operation::CHAT,
            &format!(
                r#"{{"id":"msg_1","type":"message","model":"m","stop_reason":"end_turn","usage":{{"input_tokens":{nonsense},"cache_read_input_tokens":{nonsense},"output_tokens":{nonsense},"server_tool_use":{{"web_search_requests":{nonsense}}}}}}}"#
            ),
        );
        let usage = cost.usage();
        assert_eq!((usage.input_tokens, usage.output_tokens), (None, None), "{nonsense}");
        assert_eq!(usage.cache_read_input_tokens, None, "{nonsense}");
        assert_eq!(usage.tools.web_searches, None, "{nonsense}");
        assert_eq!(cost.unpriced_reason(), Some(UnpricedReason::NoUsage), "{nonsense}");
        let cost =
            chat(&format!(r#"{{"prompt_tokens":{nonsense},"completion_tokens":{nonsense}}}"#));
        assert_eq!((cost.amount(), cost.usage().input_tokens), (None, None), "{nonsense}");
        assert_eq!(cost.status(), CostStatus::Unpriced, "{nonsense}");
    }
}

#[test]
fn words_of_another_type_count_as_missing_and_long_ones_are_cut() {
    for nonsense in ["true", "null", "7", "-7", "1.5", "[\"flex\"]", "{\"tier\":\"flex\"}"] {
        let cost = of(
            Provider::ANTHROPIC,
            Operation::CHAT,
            &format!(
                r#"{{"id":"msg_1","type":"message","model":"m","stop_reason":"end_turn","usage":{{"service_tier":{nonsense},"inference_geo":{nonsense},"speed":{nonsense},"input_tokens":3,"output_tokens":4}}}}"#
            ),
        );
        let usage = cost.usage();
        let terms = &usage.terms;
        assert_eq!((&terms.service_tier, &terms.geography, &terms.speed), (&None, &None, &None));
        assert_eq!((usage.input_tokens, usage.output_tokens), (Some(3), Some(4)), "{nonsense}");
    }
    let long = "é".repeat(100);
    let cost = of(
        Provider::ANTHROPIC,
        Operation::CHAT,
        &format!(
            r#"{{"id":"msg_1","type":"message","model":"m","stop_reason":"end_turn","usage":{{"inference_geo":"{long}","input_tokens":3,"output_tokens":4}}}}"#
        ),
    );
    assert_eq!(cost.usage().terms.geography.as_deref(), Some(&*"é".repeat(32)));
}

#[test]
fn a_charge_that_is_none_is_no_charge() {
    let stated = |cost: &str| {
        chat(&format!(r#"{{"prompt_tokens":1,"completion_tokens":1,"cost":{cost}}}"#)).amount()
    };
    assert_eq!(stated("0.25"), Some(Decimal::new(25, 2)));
    assert_eq!(stated("2.5e-1"), Some(Decimal::new(25, 2)));
    assert_eq!(stated(r#"{"input_cost":1,"total_cost":0.25}"#), Some(Decimal::new(25, 2)));
    assert_eq!(stated("0"), Some(Decimal::ZERO));
    for nonsense in
        ["-0.25", "\"0.25\"", "null", "true", "[0.25]", "{}", "{\"total_cost\":-1}", "1e99"]
    {
        assert_eq!(stated(nonsense), None, "{nonsense}");
    }
}
