use telemetry_ai::{Attribution, Middleware};
use telemetry_core::{Baggage, ContextExt as _, testing::Capture};

use crate::{
    assert_attribute,
    provider::{PLAIN, REQUEST, Server, answer, only_span},
};

async fn call_as(
    capture: &Capture,
    server: &Server,
    middleware: telemetry_ai::MiddlewareBuilder,
    baggage: &[(&str, &str)],
) {
    let baggage =
        baggage.iter().fold(Baggage::default(), |baggage, (key, value)| baggage.with(key, value));
    let context = capture.pipeline().context().with_baggage(baggage);
    answer(&server.client_of(middleware), &server.url(), REQUEST).in_context(context).await;
}

#[tokio::test]
async fn the_tenant_is_an_attribute_and_a_label_of_the_cost() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    call_as(
        &capture,
        &server,
        Middleware::builder(),
        &[("tenant.id", "acme"), ("user.email", "a@b.example")],
    )
    .await;
    let span = only_span(&capture);
    assert_attribute!(span, "tenant.id", "acme");
    // What nobody allowed is not recorded.
    assert_attribute!(span, "user.email", none);
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.cost", &[("tenant.id", "acme")]), 0.005_615);
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[("tenant.id", "acme")]), 1.0);
    // The conventions' metrics keep the conventions' labels.
    assert_eq!(
        metrics.sum("gen_ai.client.inference.usage.input_tokens", &[("tenant.id", "acme")]),
        0.0
    );
}

#[tokio::test]
async fn the_key_can_be_another_and_more_can_be_allowed() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let attribution = Attribution::default().tenant_key("customer").key("feature");
    let middleware = Middleware::builder().attribution(attribution);
    call_as(
        &capture,
        &server,
        middleware,
        &[("customer", "acme"), ("feature", "reply"), ("tenant.id", "other")],
    )
    .await;
    let span = only_span(&capture);
    assert_attribute!(span, "tenant.id", "acme");
    assert_attribute!(span, "feature", "reply");
    assert_attribute!(span, "customer", none);
    let labels = [("tenant.id", "acme"), ("feature", "reply")];
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.cost", &labels), 0.005_615);
    assert_eq!(capture.run(telemetry_ai::spend)[0].tenant.as_deref(), Some("acme"));
}

#[tokio::test]
async fn attribution_can_be_off() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let middleware = Middleware::builder().attribution(Attribution::none());
    call_as(&capture, &server, middleware, &[("tenant.id", "acme")]).await;
    assert_attribute!(only_span(&capture), "tenant.id", none);
    assert_eq!(capture.run(telemetry_ai::spend)[0].tenant, None);
}

#[tokio::test]
async fn values_beyond_the_bound_are_one_label_while_the_books_stay_exact() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let client =
        server.client_of(Middleware::builder().attribution(Attribution::default().max_values(3)));
    let long = "x".repeat(4096);
    for tenant in ["a", "b", "c", "d", &long, "a"] {
        let context =
            capture.pipeline().context().with_baggage(Baggage::default().with("tenant.id", tenant));
        answer(&client, &server.url(), REQUEST).in_context(context).await;
    }
    let metrics = capture.metrics();
    let calls = |tenant| metrics.sum("telemetry.gen_ai.requests", &[("tenant.id", tenant)]);
    assert_eq!(
        (calls("a"), calls("b"), calls("c"), calls("d"), calls("_other")),
        (2.0, 1.0, 1.0, 0.0, 2.0)
    );
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[]), 6.0);
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!(rows.iter().map(|row| row.calls).collect::<Vec<_>>(), [2, 1, 1, 1, 1]);
    // The span keeps the value, cut.
    let longest = capture
        .spans()
        .iter()
        .map(|span| span.attribute("tenant.id").unwrap().to_string().len())
        .max();
    assert_eq!(longest, Some(128));
}

#[tokio::test]
async fn models_beyond_the_bound_are_one_label() {
    let server = Server::of_json(r#"{"choices":[{"index":0,"finish_reason":"stop"}]}"#).await;
    let capture = Capture::start();
    let client = server.client();
    for index in 0..210 {
        let body: &'static str = format!(r#"{{"model":"model-{index}"}}"#).leak();
        capture.run_async(answer(&client, &server.url(), body)).await;
    }
    let metrics = capture.metrics();
    assert_eq!(
        metrics.sum("telemetry.gen_ai.requests", &[("gen_ai.request.model", "model-0")]),
        1.0
    );
    assert_eq!(
        metrics.sum("telemetry.gen_ai.requests", &[("gen_ai.request.model", "_other")]),
        10.0
    );
    assert_eq!(metrics.metric("gen_ai.client.inference.duration").unwrap().data.points(), 201);
}
