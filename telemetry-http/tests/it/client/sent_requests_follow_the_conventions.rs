use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::{any, get, post};
use futures_util::stream;
use http::StatusCode;
use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, ContextExt, MetricData, SpanKind, Status, span};
use telemetry_http::Layer as ServerLayer;
use telemetry_http::client::{Middleware, UrlTemplate};
use tower::ServiceExt;

use super::support::{
    ACTIVE, DURATION, bare_reqwest, hyper_client, read, reqwest_client, sent, series,
};
use crate::support::{Server, attributes, ended, labels, map, seconds};

/// The headers that came, one a line.
async fn headers(request: Request) -> String {
    let lines = request.headers().iter().map(|(name, value)| format!("{name}: {value:?}\n"));
    lines.collect()
}

fn service() -> Router {
    Router::new()
        .route("/orders/{id}", get(|| async { "an order" }))
        .route("/headers", any(headers))
        .route("/length", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/missing", any(|| async { StatusCode::NOT_FOUND }))
        .route("/empty", any(|| async { StatusCode::NO_CONTENT }))
}

#[tokio::test]
async fn of_reqwest() {
    let capture = Capture::start();
    let server = Server::start(service()).await;
    let request = reqwest_client()
        .get(server.url("/orders/17?page=2#there"))
        .with_extension(UrlTemplate::new("/orders/{id}"));
    let response = capture.run_async(async { request.send().await.unwrap() }).await;
    assert_eq!(response.url().path(), "/orders/17", "the response keeps its address");
    assert_eq!(response.remote_addr(), Some(server.address));
    assert_eq!(response.content_length(), Some(8));
    assert_eq!(response.text().await.unwrap(), "an order");

    let span = sent(&capture, 1).await.remove(0);
    assert_eq!((&*span.name, span.kind), ("GET /orders/{id}", SpanKind::Client));
    assert_eq!(span.status, Status::Unset);
    let port = server.address.port().to_string();
    let expected = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("network.peer.address", "127.0.0.1"),
        ("network.peer.port", &port),
        ("network.protocol.version", "1.1"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("url.full", &server.url("/orders/17?page=2")),
        ("url.template", "/orders/{id}"),
    ];
    let found = attributes(&span);
    assert_eq!(found, expected.map(|(key, value)| (key, value.to_owned())).into());

    let expected = map([
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("network.protocol.version", "1.1"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("url.template", "/orders/{id}"),
    ]);
    let durations = series(&capture, DURATION);
    assert_eq!(durations.len(), 1);
    assert_eq!(durations[0].0, expected);
    assert_eq!(durations[0].1.sum, seconds(&span));
    let bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    assert_eq!(&*durations[0].1.bounds, bounds);
    for (name, bytes) in
        [("http.client.request.body.size", 0.0), ("http.client.response.body.size", 8.0)]
    {
        let sizes = series(&capture, name);
        assert_eq!((sizes.len(), &sizes[0].0, sizes[0].1.sum), (1, &expected, bytes), "{name}");
    }
    let metrics = capture.metrics();
    let units = [DURATION, ACTIVE, "http.client.request.body.size"]
        .map(|name| metrics.metric(name).unwrap().unit.to_string());
    assert_eq!(units, ["s", "{request}", "By"]);
    let Some(MetricData::Sum { points, monotonic: false }) =
        metrics.metric(ACTIVE).map(|metric| metric.data.clone())
    else {
        panic!("no requests under way were counted");
    };
    let expected = map([
        ("http.request.method", "GET"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
        ("url.template", "/orders/{id}"),
    ]);
    assert_eq!(labels(&points[0].attributes), expected);
    assert_eq!(metrics.sum(ACTIVE, &[]), 0.0);
}

#[tokio::test]
async fn whose_answers_are_what_the_client_gives() {
    let capture = Capture::start();
    let server = Server::start(service()).await;
    for (method, path) in
        [("GET", "/orders/1"), ("HEAD", "/orders/1"), ("GET", "/empty"), ("GET", "/missing")]
    {
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        let observed = reqwest_client().request(method.clone(), server.url(path));
        let observed = capture.run_async(async { observed.send().await.unwrap() }).await;
        let bare = bare_reqwest().request(method.clone(), server.url(path)).send().await.unwrap();
        let head = |response: &reqwest::Response| {
            let mut headers = response.headers().clone();
            headers.remove("date");
            let (status, version) = (response.status(), response.version());
            let (url, length) = (response.url().clone(), response.content_length());
            (status, version, url, length, response.remote_addr(), headers)
        };
        assert_eq!(head(&observed), head(&bare), "{method} {path}");
        let (observed, bare) = (observed.bytes().await.unwrap(), bare.bytes().await.unwrap());
        assert_eq!(observed, bare, "{method} {path}");
    }
    let ended = sent(&capture, 4).await;
    assert!(ended.iter().all(|span| !attributes(span).contains_key("telemetry.outcome")));
}

#[tokio::test]
async fn of_hyper_through_the_tower_layer() {
    let capture = Capture::start();
    let server = Server::start(service()).await;
    let request = http::Request::post(server.url("/length"))
        .body(http_body_util::Full::new(Bytes::from_static(b"seven b")))
        .unwrap();
    let client = hyper_client();
    let response = capture.run_async(async { client.oneshot(request).await.unwrap() }).await;
    assert_eq!(read(response.into_body()).await, b"7");
    let span = sent(&capture, 1).await.remove(0);
    assert_eq!(span.name, "POST");
    let found = attributes(&span);
    assert_eq!(found["url.full"], server.url("/length"));
    assert_eq!(found["network.protocol.version"], "1.1");
    assert_eq!(series(&capture, "http.client.request.body.size")[0].1.sum, 7.0);
    assert_eq!(series(&capture, "http.client.response.body.size")[0].1.sum, 1.0);
}

#[tokio::test]
async fn whose_bodies_are_streamed_are_counted_as_they_are_sent() {
    let capture = Capture::start();
    let server = Server::start(service()).await;
    let pieces = ["one", "three"].map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(stream::iter(pieces));
    let request = reqwest_client().post(server.url("/length")).body(body);
    let response = capture.run_async(async { request.send().await.unwrap() }).await;
    assert_eq!(response.text().await.unwrap(), "8");
    sent(&capture, 1).await;
    assert_eq!(series(&capture, "http.client.request.body.size")[0].1.sum, 8.0);
}

#[tokio::test]
async fn with_a_method_or_a_status_that_is_an_error() {
    let capture = Capture::start();
    let server = Server::start(service()).await;
    let brew = http::Method::from_bytes(b"BREW").unwrap();
    let request = reqwest_client().request(brew, server.url("/missing"));
    let response = capture.run_async(async { request.send().await.unwrap() }).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    drop(response);
    let span = sent(&capture, 1).await.remove(0);
    assert_eq!((&*span.name, &span.status), ("HTTP", &Status::ERROR));
    let found = attributes(&span);
    assert_eq!(found["http.request.method"], "_OTHER");
    assert_eq!(found["http.request.method_original"], "BREW");
    assert_eq!(found["error.type"], "404");
    assert!(!found.contains_key("telemetry.outcome"), "an answer without a body is read whole");
    assert_eq!(series(&capture, DURATION)[0].0["error.type"], "404");
}

#[tokio::test]
async fn the_trace_and_the_baggage_go_along_and_come_back() {
    let capture = Capture::start();
    // The server records into the same pipeline, and continues what the client began.
    let app = Router::new().route("/headers", any(headers)).layer(ServerLayer::new());
    let server = Server::captured(&capture, app).await;
    let baggage = Baggage::default().with("tenant.id", "acme");
    let call = async {
        let context = Context::current().with_baggage(baggage);
        let get = |client: reqwest_middleware::ClientWithMiddleware| {
            let url = server.url("/headers");
            async move { client.get(url).send().await.unwrap().text().await.unwrap() }
        };
        let whole = get(reqwest_client()).in_context(context.clone()).await;
        assert!(whole.contains("baggage: \"tenant.id=acme"), "{whole}");
        let client = reqwest_middleware::ClientBuilder::new(bare_reqwest());
        let trace_alone = client.with(Middleware::new().without_baggage()).build();
        let trace_alone = get(trace_alone).in_context(context.clone()).await;
        assert!(trace_alone.contains("traceparent: "), "{trace_alone}");
        assert!(!trace_alone.contains("acme"), "{trace_alone}");
        let client = reqwest_middleware::ClientBuilder::new(bare_reqwest());
        let nothing = client.with(Middleware::new().without_propagation()).build();
        let nothing = get(nothing).in_context(context).await;
        assert!(!nothing.contains("traceparent") && !nothing.contains("acme"), "{nothing}");
    };
    capture.run(|| span!("order.place").run(call)).in_context(capture.pipeline().context()).await;
    let (sent, ended) = (sent(&capture, 3).await, ended(&capture, 3).await);
    let order = capture.spans_named("order.place").remove(0);
    for span in &sent {
        assert_eq!((span.trace_id, span.parent_span_id), (order.trace_id, Some(order.span_id)));
    }
    let children =
        ended.iter().filter(|it| sent.iter().any(|sent| it.parent_span_id == Some(sent.span_id)));
    assert_eq!(children.count(), 2, "two of the servers' spans have a client's for a parent");
}

#[tokio::test]
async fn without_a_pipeline_nothing_is_added() {
    let server = Server::start(service()).await;
    let observed = reqwest_client().get(server.url("/headers")).send().await.unwrap();
    let bare = bare_reqwest().get(server.url("/headers")).send().await.unwrap();
    assert_eq!(observed.text().await.unwrap(), bare.text().await.unwrap());
    let request = http::Request::get(server.url("/headers")).body(Body::empty()).unwrap();
    let response = hyper_client().oneshot(request).await.unwrap();
    let text = String::from_utf8(read(response.into_body()).await).unwrap();
    assert!(!text.contains("traceparent"), "{text}");
}
