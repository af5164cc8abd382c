use telemetry_ai::{
    Call, CostStatus, Decimal, ModelPrice, Operation, PriceTable, Provider, Settings, Usage,
};
use telemetry_core::{Pipeline, span, testing::Capture};

use crate::{
    assert_attribute,
    provider::{PLAIN, STREAM, only_span},
};

fn used(input: u64, output: u64) -> Usage {
    let mut usage = Usage::default();
    usage.input_tokens = Some(input);
    usage.output_tokens = Some(output);
    usage
}

#[test]
fn a_client_of_any_kind_is_observed_with_the_same_calls() {
    let capture = Capture::start();
    let prices = PriceTable::empty().with(ModelPrice::per_million_tokens(
        Provider::OLLAMA,
        "llama3.2",
        Decimal::ONE,
        Decimal::TWO,
    ));
    let settings = Settings::new(prices, telemetry_ai::Attribution::default());
    let cost = capture.run(|| {
        let mut call = Call::builder(Operation::CHAT, Provider::OLLAMA)
            .model("llama3.2")
            .streaming(true)
            .server("localhost", 11434)
            .settings(&settings)
            .start();
        assert!(call.is_observed());
        call.context().unwrap().in_scope(|| span!("tool").in_scope(|| {}));
        call.response_id("1");
        call.response_model("llama3.2");
        call.chunk();
        call.chunk();
        call.usage(&used(26, 298));
        call.finish_reason(0, "stop");
        let handle = call.cost_handle();
        let cost = call.end().unwrap();
        assert_eq!(handle.cost(), Some(&cost));
        cost
    });
    assert_eq!(cost.amount(), Some(Decimal::new(622, 6)));
    let span = capture.spans_named("chat llama3.2").remove(0);
    assert_eq!(capture.spans_named("tool")[0].parent_span_id, Some(span.span_id));
    assert_attribute!(span, "gen_ai.provider.name", "ollama");
    assert_attribute!(span, "server.port", 11434);
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["stop"]"#);
    assert_attribute!(span, "openai.api.type", none);
    assert!(span.attribute("gen_ai.response.time_to_first_chunk").is_some());
}

#[test]
fn bodies_of_openais_format_are_read_for_other_clients_too() {
    let capture = Capture::start();
    let price = |read: fn(&mut Call)| {
        let mut call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o").start();
        read(&mut call);
        call.end().unwrap()
    };
    let (plain, stream, cut) = capture.run(|| {
        (
            price(|call| {
                PLAIN.as_bytes().chunks(7).for_each(|piece| call.read_json(piece));
            }),
            price(|call| {
                STREAM.concat().as_bytes().chunks(7).for_each(|piece| call.read_events(piece));
            }),
            price(|call| call.read_events(STREAM[0].as_bytes())),
        )
    });
    assert_eq!(plain.amount(), Some(Decimal::new(5615, 6)));
    assert_eq!(stream.amount(), Some(Decimal::new(32525, 7)));
    assert_eq!(cut.amount(), None);
    let failed: Vec<_> =
        capture.spans().into_iter().filter(|span| span.status.is_error()).collect();
    assert_eq!(failed.len(), 1);
    assert_attribute!(failed[0], "error.type", "incomplete_stream");
}

#[test]
fn the_first_failure_holds_and_a_call_that_failed_halfway_costs_at_least_what_it_used() {
    let capture = Capture::start();
    let cost = capture.run(|| {
        let mut call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o").start();
        call.usage(&used(1_000_000, 0));
        call.fail("timeout");
        call.fail("other");
        call.end().unwrap()
    });
    assert_eq!((cost.status(), cost.amount()), (CostStatus::Partial, Some(Decimal::new(25, 1))));
    assert_attribute!(only_span(&capture), "error.type", "timeout");
    assert_eq!(capture.run(telemetry_ai::spend)[0].failed_calls, 1);
}

#[test]
fn a_call_that_is_dropped_or_panics_ends_once() {
    let capture = Capture::start();
    capture.run(|| {
        drop(Call::builder(Operation::CHAT, Provider::GROQ).model("m").start());
    });
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        capture.run(|| {
            let _call = Call::builder(Operation::CHAT, Provider::GROQ).model("m").start();
            panic!("the handler's own");
        });
    }));
    panicked.unwrap_err();
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    let outcomes: Vec<_> =
        spans.iter().map(|span| span.attribute("telemetry.outcome").unwrap().to_string()).collect();
    assert_eq!(outcomes, ["cancelled", "panicked"]);
    assert_attribute!(spans[1], "error.type", "panic");
    capture.assert_ledger_balances();
}

#[test]
fn the_books_are_bounded_and_lose_nothing() {
    let capture = Capture::start();
    let calls = 4_200;
    capture.run(|| {
        for index in 0..calls {
            let mut call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o").start();
            call.response_model(&format!("ft:gpt-4o-2024-08-06:org::{index}"));
            call.usage(&used(1_000_000, 0));
            call.end();
        }
    });
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!(rows.len(), 4_097);
    let last = rows.last().unwrap();
    assert_eq!(
        (last.tenant.as_deref(), last.model.as_str(), last.calls),
        (Some("_other"), "_other", calls - 4_096)
    );
    assert_eq!(rows.iter().map(|row| row.calls).sum::<u64>(), calls);
    assert_eq!(
        rows.iter().map(|row| row.cost).sum::<Decimal>(),
        Decimal::new(375, 2) * Decimal::from(calls)
    );
}

#[test]
fn without_a_pipeline_a_call_is_nothing() {
    assert!(Pipeline::current().is_none());
    let mut call = Call::builder(Operation::CHAT, Provider::OPENAI).model("gpt-4o").start();
    assert!(!call.is_observed());
    call.usage(&used(1, 1));
    call.chunk();
    assert!(call.context().is_none());
    assert_eq!(call.end(), None);
}
