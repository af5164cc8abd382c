use telemetry_ai::{
    CostHandle, CostSource, CostStatus, Decimal, Middleware, ModelPrice, PriceTable, Provider,
    UnpricedReason,
};
use telemetry_core::{Baggage, Context, ContextExt as _, testing::Capture};

use crate::{
    assert_attribute,
    provider::{PLAIN, REQUEST, STREAM, STREAM_REQUEST, Server, answer, ask, only_span},
};

fn dollars(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_cost_is_handed_back_with_the_response() {
    let server = Server::of_stream(STREAM).await;
    let capture = Capture::start();
    let response =
        capture.run_async(ask(&server.client(), &server.url(), STREAM_REQUEST)).await.unwrap();
    let handle = response.extensions().get::<CostHandle>().cloned().unwrap();
    assert_eq!(handle.cost(), None);
    response.bytes().await.unwrap();
    let cost = handle.cost().unwrap();
    assert_eq!(cost.amount(), Some(dollars("0.0032525")));
    assert_eq!(
        (cost.status(), cost.source(), cost.currency()),
        (CostStatus::Exact, Some(CostSource::Local), "USD")
    );
    assert_eq!(cost.priced_as(), Some("gpt-4o-2024-08-06"));
    assert_eq!(cost.usage().output_tokens, Some(46));
}

#[tokio::test]
async fn an_unknown_model_is_counted_as_unpriced_and_never_as_free() {
    let server = Server::of_json(PLAIN.replace("gpt-4o-2024-08-06", "gpt-99-ultra")).await;
    let capture = Capture::start();
    let request = r#"{"model":"gpt-99","messages":[]}"#;
    let client = server.client();
    let response = capture.run_async(ask(&client, &server.url(), request)).await.unwrap();
    let handle = response.extensions().get::<CostHandle>().cloned().unwrap();
    response.bytes().await.unwrap();

    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.input_tokens", 2006);
    assert_attribute!(span, "gen_ai.usage.cost.amount", none);
    assert_attribute!(span, "gen_ai.usage.cost.currency", none);
    assert_attribute!(span, "telemetry.gen_ai.cost.status", "unpriced");
    assert_attribute!(span, "telemetry.gen_ai.unpriced.reason", "unknown_model");
    assert_eq!(handle.cost().unwrap().unpriced_reason(), Some(UnpricedReason::UnknownModel));
    let metrics = capture.metrics();
    assert!(metrics.metric("telemetry.gen_ai.cost").is_none_or(|metric| metric.data.points() == 0));
    let unknown =
        [("telemetry.gen_ai.unpriced.reason", "unknown_model"), ("gen_ai.request.model", "gpt-99")];
    assert_eq!(metrics.sum("telemetry.gen_ai.unpriced", &unknown), 1.0);
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!(
        (rows[0].unpriced_calls, rows[0].cost, rows[0].input_tokens),
        (1, Decimal::ZERO, 2006)
    );
}

#[tokio::test]
async fn what_the_provider_states_wins_over_the_table() {
    let stated = PLAIN.replace(
        "\"total_tokens\"",
        "\"cost\":0.00365,\"cost_details\":{\"upstream_inference_cost\":null},\"total_tokens\"",
    );
    let server = Server::of_json(stated).await;
    let capture = Capture::start();
    capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.003_65);
    assert_attribute!(span, "gen_ai.usage.cost.source", "provider");
    assert_attribute!(span, "telemetry.gen_ai.cost.status", "exact");
    assert_attribute!(span, "telemetry.gen_ai.cost.table", none);
}

#[tokio::test]
async fn prices_of_ones_own_win_over_the_list() {
    let server = Server::of_json(PLAIN).await;
    let own = ModelPrice::per_million_tokens(
        Provider::OPENAI,
        "gpt-4o-2024-08-06",
        Decimal::ONE,
        Decimal::ONE,
    )
    .cached_input(Decimal::ZERO);
    let client = server.client_of(Middleware::builder().prices(PriceTable::builtin().with(own)));
    let capture = Capture::start();
    capture.run_async(answer(&client, &server.url(), REQUEST)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.000_386);
    assert!(span.attribute("telemetry.gen_ai.cost.table").unwrap().to_string().ends_with("+own"));
}

#[tokio::test]
async fn sums_of_spending_hold_to_the_last_digit() {
    // A tenth of a cent isn't a binary fraction; a thousand of them are one dollar all the same.
    let stated = PLAIN.replace("\"total_tokens\"", "\"cost\":0.001,\"total_tokens\"");
    let server = Server::of_json(stated).await;
    let capture = Capture::start();
    let client = server.client();
    for _ in 0..100 {
        for (tenant, times) in [("acme", 7), ("zeta", 3)] {
            let context = capture
                .pipeline()
                .context()
                .with_baggage(Baggage::default().with("tenant.id", tenant));
            for _ in 0..times {
                answer(&client, &server.url(), REQUEST).in_context(context.clone()).await;
            }
        }
    }
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!(rows.len(), 2, "{rows:#?}");
    assert_eq!(
        (rows[0].tenant.as_deref(), rows[0].calls, rows[0].cost),
        (Some("acme"), 700, dollars("0.7"))
    );
    assert_eq!(
        (rows[1].tenant.as_deref(), rows[1].calls, rows[1].cost),
        (Some("zeta"), 300, dollars("0.3"))
    );
    assert_eq!(rows[0].provider, Provider::OPENAI);
    assert_eq!(rows[0].model, "gpt-4o-2024-08-06");
    assert_eq!(rows[0].input_tokens, 700 * 2006);
    assert_eq!(rows[0].cache_read_input_tokens, 700 * 1920);
    assert_eq!(rows[0].output_tokens, 700 * 300);
    assert_eq!(rows[0].reasoning_output_tokens, 700 * 64);
    assert_eq!((rows[0].failed_calls, rows[0].unpriced_calls, rows[0].inexact_calls), (0, 0, 0));
    let total = capture.metrics().sum("telemetry.gen_ai.cost", &[("tenant.id", "acme")]);
    assert!((total - 0.7).abs() < 1e-9);
}

#[tokio::test]
async fn the_sums_can_be_read_after_the_shutdown() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;
    let report = capture.pipeline().shutdown(crate::provider::PATIENCE);
    assert!(report.is_complete());
    assert_eq!(telemetry_ai::spend_in(capture.pipeline())[0].cost, dollars("0.005615"));
}

#[test]
fn without_a_pipeline_nothing_was_spent() {
    assert_eq!(Context::none().in_scope(telemetry_ai::spend), []);
}

#[tokio::test]
async fn metrics_and_spending_do_not_depend_on_sampling() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::with(
        telemetry_core::Pipeline::builder().sampler(telemetry_core::Sampler::AlwaysOff),
    );
    capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;
    assert_eq!(capture.spans().len(), 0);
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("gen_ai.client.inference.usage.input_tokens", &[]), 2006.0);
    assert_eq!(metrics.histogram("gen_ai.client.inference.duration", &[]).unwrap().count(), 1);
    assert_eq!(capture.run(telemetry_ai::spend)[0].cost, dollars("0.005615"));
}

/// BerriAI/litellm#34801: what was read from the cache was taken from an early chunk of the stream, and
/// the cost came out 8.5 % above the bill.
#[tokio::test]
async fn the_last_usage_of_a_stream_says_what_was_cached() {
    let chunk = |usage: &str| {
        format!("data: {{\"id\":\"c\",\"model\":\"gpt-5.6\",\"choices\":[],\"usage\":{usage}}}\n\n")
    };
    let server = Server::of_stream([
        chunk(r#"{"prompt_tokens":10000,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0}}"#),
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n".to_owned(),
        chunk(r#"{"prompt_tokens":10000,"completion_tokens":200,"prompt_tokens_details":{"cached_tokens":6000,"cache_write_tokens":1000}}"#),
        "data: [DONE]\n\n".to_owned(),
    ])
    .await;
    let capture = Capture::start();
    let client = server.client();
    let sent = r#"{"model":"gpt-5.6","stream":true,"stream_options":{"include_usage":true}}"#;
    capture.run_async(answer(&client, &server.url(), sent)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.cache_read.input_tokens", 6000);
    assert_attribute!(span, "gen_ai.usage.cache_write.input_tokens", 1000);
    // 3,000 fresh at 4, 6,000 read at .4, 1,000 written at 5 and 200 out at 20 dollars the million.
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!(rows[0].cost, dollars("0.0234"));
    assert_attribute!(span, "telemetry.gen_ai.cost.status", "exact");
}
