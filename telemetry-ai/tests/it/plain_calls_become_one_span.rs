use telemetry_core::{SpanKind, Status, span, testing::Capture};

use crate::{
    assert_attribute,
    provider::{PLAIN, REQUEST, Server, answer, ask, only_span},
};

#[tokio::test]
async fn a_plain_call_becomes_one_client_span_with_usage_and_cost() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let read = capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;
    assert_eq!(read, PLAIN);

    let span = only_span(&capture);
    assert_eq!(
        (span.name.as_str(), span.kind, &span.status),
        ("chat gpt-4o", SpanKind::Client, &Status::Unset)
    );
    assert_eq!(span.scope, "telemetry-ai");
    assert_attribute!(span, "gen_ai.operation.name", "chat");
    assert_attribute!(span, "gen_ai.provider.name", "openai");
    assert_attribute!(span, "gen_ai.request.model", "gpt-4o");
    assert_attribute!(span, "server.address", "127.0.0.1");
    assert_attribute!(span, "server.port", i64::from(server.address.port()));
    assert_attribute!(span, "gen_ai.request.max_tokens", 100);
    assert_attribute!(span, "gen_ai.request.temperature", 0.5);
    assert_attribute!(span, "gen_ai.request.stream", none);
    assert_attribute!(span, "gen_ai.request.choice.count", none);
    assert_attribute!(span, "openai.api.type", "chat_completions");
    assert_attribute!(span, "gen_ai.response.id", "chatcmpl-1");
    assert_attribute!(span, "gen_ai.response.model", "gpt-4o-2024-08-06");
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["stop"]"#);
    assert_attribute!(span, "gen_ai.response.time_to_first_chunk", none);
    assert_attribute!(span, "openai.response.service_tier", "default");
    assert_attribute!(span, "openai.response.system_fingerprint", "fp_1");
    assert_attribute!(span, "gen_ai.usage.input_tokens", 2006);
    assert_attribute!(span, "gen_ai.usage.cache_read.input_tokens", 1920);
    assert_attribute!(span, "gen_ai.usage.output_tokens", 300);
    assert_attribute!(span, "gen_ai.usage.reasoning.output_tokens", 64);
    // The provider says that there were none.
    assert_attribute!(span, "gen_ai.usage.audio.input_tokens", none);
    assert_attribute!(span, "gen_ai.usage.audio.output_tokens", none);
    // 86 x 2.50 + 1920 x 1.25 + 300 x 10.00 per million: what is cached is billed once.
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.005_615);
    assert_attribute!(span, "gen_ai.usage.cost.currency", "USD");
    assert_attribute!(span, "gen_ai.usage.cost.source", "local");
    assert_attribute!(span, "telemetry.gen_ai.cost.status", "exact");
    assert_attribute!(span, "telemetry.gen_ai.cost.model", "gpt-4o-2024-08-06");
    assert!(span.attribute("telemetry.gen_ai.cost.table").is_some());
    assert_attribute!(span, "error.type", none);
    assert_attribute!(span, "telemetry.outcome", none);
}

#[tokio::test]
async fn the_metrics_agree_with_the_span() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;

    let span = only_span(&capture);
    let metrics = capture.metrics();
    let labels = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-4o"),
        ("gen_ai.response.model", "gpt-4o-2024-08-06"),
    ];
    let duration = metrics.histogram("gen_ai.client.inference.duration", &labels).unwrap();
    assert_eq!(duration.count(), 1);
    #[expect(clippy::cast_precision_loss, reason = "a duration of milliseconds")]
    let nanos = (span.end_unix_nanos - span.start_unix_nanos) as f64;
    assert!(
        (duration.sum - nanos / 1e9).abs() < 1e-12,
        "the span and the metric carry the same duration"
    );
    let instrument = metrics.metric("gen_ai.client.inference.duration").unwrap();
    assert_eq!(instrument.unit, "s");
    let telemetry_core::MetricData::Histogram { bounds, .. } = &instrument.data else {
        panic!("{instrument:?}");
    };
    assert_eq!(
        **bounds,
        [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
    );
    assert!(metrics.histogram("gen_ai.client.inference.time_to_first_chunk", &[]).is_none());

    let tokens = |name: &str, modality: &str| {
        let labels = [&labels[..], &[("gen_ai.token.modality", modality)]].concat();
        metrics.sum(&format!("gen_ai.client.inference.usage.{name}"), &labels)
    };
    // The provider broke out no more than that none of it was audio.
    assert_eq!(tokens("input_tokens", "unknown"), 2006.0);
    assert_eq!(tokens("output_tokens", "unknown"), 300.0);
    assert_eq!(tokens("cache_read.input_tokens", "unknown"), 1920.0);
    assert_eq!(tokens("reasoning.output_tokens", "text"), 64.0);
    assert_eq!(
        metrics.metric("gen_ai.client.inference.usage.input_tokens").unwrap().unit,
        "{token}"
    );

    assert_eq!(metrics.sum("telemetry.gen_ai.cost", &labels), 0.005_615);
    assert_eq!(metrics.metric("telemetry.gen_ai.cost").unwrap().unit, "{USD}");
    assert_eq!(
        metrics.sum("telemetry.gen_ai.requests", &[("telemetry.gen_ai.cost.status", "exact")]),
        1.0
    );
    assert_eq!(metrics.sum("telemetry.gen_ai.unpriced", &[]), 0.0);
}

#[tokio::test]
async fn the_span_is_a_child_of_the_current_one_and_the_parent_of_what_runs_inside() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let inner = reqwest_middleware::ClientBuilder::new(crate::provider::plain_client())
        .with(telemetry_ai::Middleware::builder().endpoint(server.rule()).build())
        .with(Inner)
        .build();
    capture
        .run_async(
            span!("support.reply").run(async { answer(&inner, &server.url(), REQUEST).await }),
        )
        .await;
    let of = |name: &str| capture.spans_named(name).remove(0);
    let (root, call, http) = (of("support.reply"), of("chat gpt-4o"), of("POST"));
    assert_eq!(call.parent_span_id, Some(root.span_id));
    assert_eq!(http.parent_span_id, Some(call.span_id));
    assert_eq!((call.trace_id, http.trace_id), (root.trace_id, root.trace_id));
    assert!(call.end_unix_nanos >= http.end_unix_nanos);
}

/// Stands for an HTTP client layer further in.
struct Inner;

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Inner {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: reqwest_middleware::Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        span!("POST").run(next.run(request, extensions)).await
    }
}

#[tokio::test]
async fn the_response_keeps_its_url_length_headers_and_remote_address() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let response = capture.run_async(ask(&server.client(), &server.url(), REQUEST)).await.unwrap();
    assert_eq!(response.url().as_str(), server.url());
    assert_eq!(response.status(), 200);
    assert_eq!(response.content_length(), Some(PLAIN.len() as u64));
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.remote_addr(), Some(server.address));
    assert_eq!(response.version(), http::Version::HTTP_11);
    assert_eq!(response.text().await.unwrap(), PLAIN);
}

#[tokio::test]
async fn a_body_of_megabytes_is_read_without_being_held() {
    let long = format!(
        r#"{{"id":"chatcmpl-3","choices":[{{"index":0,"message":{{"content":"{}"}},"finish_reason":"stop"}}],"model":"gpt-4o","usage":{{"prompt_tokens":1117,"completion_tokens":46}}}}"#,
        "x".repeat(4 << 20)
    );
    let server = Server::of_json(long.clone()).await;
    let capture = Capture::start();
    let read = capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;
    assert!(read == long);
    assert_attribute!(only_span(&capture), "gen_ai.usage.cost.amount", 0.003_252_5);
}

#[tokio::test]
async fn several_choices_are_all_told() {
    let server = Server::of_json(
        r#"{"model":"gpt-4o","choices":[{"index":1,"finish_reason":"length"},{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}"#,
    )
    .await;
    let capture = Capture::start();
    let request = r#"{"model":"gpt-4o","n":2,"seed":7,"stop":["END"],"response_format":{"type":"json_object"},"reasoning_effort":"low"}"#;
    capture.run_async(answer(&server.client(), &server.url(), request)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.request.choice.count", 2);
    assert_attribute!(span, "gen_ai.request.seed", 7);
    assert_attribute!(span, "gen_ai.request.stop_sequences", r#"["END"]"#);
    assert_attribute!(span, "gen_ai.request.reasoning.level", "low");
    assert_attribute!(span, "gen_ai.output.type", "json");
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["stop","length"]"#);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_says_why() {
    for (header, value, reason) in [
        ("content-encoding", "br", "encoding"),
        ("content-type", "application/octet-stream", "content_type"),
    ] {
        let server = Server::start(move |_| async move {
            let response = axum::response::Response::builder().header(header, value);
            response.body(axum::body::Body::from(PLAIN)).unwrap()
        })
        .await;
        let capture = Capture::start();
        let read = capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;
        assert_eq!(read, PLAIN);
        let span = only_span(&capture);
        assert_attribute!(span, "telemetry.gen_ai.usage.unavailable", reason);
        assert_attribute!(span, "gen_ai.usage.input_tokens", none);
        assert_attribute!(span, "telemetry.gen_ai.cost.status", "unpriced");
        assert_eq!(span.status, Status::Unset);
    }
}
