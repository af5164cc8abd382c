use http::StatusCode;
use telemetry_ai::Middleware;
use telemetry_core::propagation::{Propagator, Propagators};
use telemetry_core::{Baggage, ContextExt as _, MetricData, Pipeline, span, testing::Capture};

use crate::provider::{PLAIN, STREAM, Server, events, json};

/// Planted wherever a request, a response or the context can carry something.
const SECRET: &str = "sk-planted";

const REQUEST: &str = r#"{"model":"gpt-4o","user":"sk-planted-user","messages":[{"role":"system","content":"sk-planted-system"},{"role":"user","content":[{"type":"text","text":"sk-planted-prompt"}]}],
 "tools":[{"type":"function","function":{"name":"sk-planted-tool","description":"sk-planted-tool"}}],"metadata":{"key":"sk-planted-metadata"},
 "response_format":{"type":"json_schema","json_schema":{"name":"sk-planted-schema"}},"prompt_cache_key":"sk-planted-cache"}"#;

const REFUSED: &str = r#"{"error":{"message":"Incorrect API key provided: sk-planted-message","type":"sk-planted type","code":"sk-planted-code","param":"sk-planted-param"}}"#;

/// Everything that a sink or a scrape can see.
fn all_that_was_recorded(capture: &Capture) -> String {
    let metrics = capture.metrics();
    let labels: Vec<String> = metrics
        .metrics
        .iter()
        .flat_map(|metric| {
            let sets: Vec<String> = match &metric.data {
                MetricData::Sum { points, .. } | MetricData::Gauge { points } => points
                    .iter()
                    .map(|point| format!("{:?}", point.attributes.iter().collect::<Vec<_>>()))
                    .collect(),
                MetricData::Histogram { points, .. } => points
                    .iter()
                    .map(|point| format!("{:?}", point.attributes.iter().collect::<Vec<_>>()))
                    .collect(),
                other => panic!("{other:?}"),
            };
            sets.into_iter().chain([metric.name.to_string()])
        })
        .collect();
    format!(
        "{:#?}\n{:#?}\n{labels:#?}\n{:#?}",
        capture.spans(),
        capture.events(),
        capture.run(telemetry_ai::spend)
    )
}

#[tokio::test]
async fn no_key_prompt_answer_header_query_or_message_is_recorded() {
    let server = Server::start(|request: axum::extract::Request| async move {
        let path = request.uri().path().to_owned();
        let mut response = if path.starts_with("/refuse") {
            let mut refused = json(REFUSED);
            *refused.status_mut() = StatusCode::UNAUTHORIZED;
            refused
        } else if path.starts_with("/stream") {
            let pieces = STREAM
                .map(|piece| axum::body::Bytes::from(piece.replace("llo", "sk-planted-delta")));
            events(futures_util::stream::iter(pieces))
        } else if path.starts_with("/late") {
            let error = format!("data: {REFUSED}\n\n");
            events(futures_util::stream::iter(
                [STREAM[0].to_owned(), error].map(axum::body::Bytes::from),
            ))
        } else {
            json(PLAIN.replace("Hello", "sk-planted-answer"))
        };
        let planted = http::HeaderValue::from_static("sk-planted-header");
        for name in ["x-request-id", "openai-organization", "set-cookie"] {
            response.headers_mut().insert(name, planted.clone());
        }
        response
    })
    .await;

    let capture = Capture::start();
    let client = server.client_of(Middleware::builder());
    let baggage =
        Baggage::default().with("tenant.id", "acme").with("session", "sk-planted-baggage");
    let context = capture.pipeline().context().with_baggage(baggage);
    for path in ["plain", "stream", "late", "refuse"] {
        let url = format!(
            "http://user:sk-planted-password@{}/{path}/sk-planted-path/chat/completions?key=sk-planted-query#sk-planted",
            server.address
        );
        let call = async {
            let response = client
                .post(url)
                .bearer_auth("sk-planted-token")
                .header("api-key", "sk-planted")
                .body(REQUEST)
                .send()
                .await
                .unwrap();
            response.text().await.unwrap()
        };
        let read = span!("support.reply").run(call).in_context(context.clone()).await;
        assert!(read.contains(SECRET), "the secret must have passed to be withheld: {path}");
    }
    // An error whose message holds the URL.
    let nowhere = "http://127.0.0.1:1/chat/completions?key=sk-planted-query";
    capture.run_async(async { client.post(nowhere).body(REQUEST).send().await.unwrap_err() }).await;

    assert_eq!(capture.spans_named("chat gpt-4o").len(), 5);
    let recorded = all_that_was_recorded(&capture);
    assert!(
        recorded.contains("acme") && recorded.contains("gen_ai.client.inference.duration"),
        "{recorded}"
    );
    assert!(!recorded.contains(SECRET), "{recorded}");
}

#[tokio::test]
async fn the_trace_is_sent_in_the_formats_of_the_pipeline_and_never_the_baggage() {
    let server = Server::start(|request: axum::extract::Request| async move {
        json(format!("{:?}", request.headers()))
    })
    .await;
    let formats = [Propagator::B3, Propagator::Jaeger, Propagator::Baggage];
    let pipeline = Pipeline::builder().propagators(Propagators::new(formats));
    let capture = Capture::with(pipeline);
    let context =
        capture.pipeline().context().with_baggage(Baggage::default().with("tenant.id", "acme"));
    let client = server.client_of(Middleware::builder().propagate(true));
    let headers =
        crate::provider::answer(&client, &server.url(), REQUEST).in_context(context).await;
    let headers = String::from_utf8(headers.to_vec()).unwrap();
    let span = capture.spans().pop().unwrap();
    assert!(headers.contains(&format!("{}-{}-1", span.trace_id, span.span_id)), "{headers}");
    assert!(headers.contains(&format!("{}:{}:0:1", span.trace_id, span.span_id)), "{headers}");
    assert!(!headers.contains("acme") && !headers.contains("traceparent"), "{headers}");
}

#[tokio::test]
async fn neither_trace_nor_baggage_is_sent_to_the_provider_unless_wanted() {
    let server = Server::start(|request: axum::extract::Request| async move {
        json(format!("{:?}", request.headers()))
    })
    .await;
    let capture = Capture::start();
    let context =
        capture.pipeline().context().with_baggage(Baggage::default().with("tenant.id", "acme"));
    for (propagate, wanted) in [(false, 0), (true, 1)] {
        let client = server.client_of(Middleware::builder().propagate(propagate));
        let headers = crate::provider::answer(&client, &server.url(), REQUEST)
            .in_context(context.clone())
            .await;
        let headers = String::from_utf8(headers.to_vec()).unwrap();
        assert_eq!(headers.matches("traceparent").count(), wanted, "{headers}");
        assert!(!headers.contains("acme") && !headers.contains("baggage"), "{headers}");
        if propagate {
            let span = capture.spans().pop().unwrap();
            assert!(headers.contains(&format!("{}-{}", span.trace_id, span.span_id)), "{headers}");
        }
    }
}
