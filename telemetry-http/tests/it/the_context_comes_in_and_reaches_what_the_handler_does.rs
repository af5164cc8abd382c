use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::stream;
use telemetry_core::propagation::{Propagator, Propagators};
use telemetry_core::testing::Capture;
use telemetry_core::{Context, ContextExt, Pipeline, Sampler, Span, emit, propagation, span};
use telemetry_http::{HeaderMapReader, HeaderMapWriter, Layer};
use tower::ServiceExt;

use crate::support::{Server, attributes, ended, one};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

async fn handler() -> &'static str {
    Span::current_set("order.id", 17);
    let tenant = Context::current().baggage().get("tenant.id").map(str::to_owned);
    let work = span!("query", "tenant.id" = tenant.as_deref()).run(tokio::task::yield_now());
    work.await;
    emit!("order.seen", { lines: 3 });
    let spawned = span!("spawned").run(async {}).in_current_context();
    tokio::spawn(spawned).await.unwrap();
    "an order"
}

fn service() -> Router {
    Router::new().route("/", get(handler)).layer(Layer::new())
}

async fn send(headers: &str) -> Capture {
    let capture = Capture::start();
    let server = Server::captured(&capture, service()).await;
    server.raw(&format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}")).await;
    one(&capture).await;
    capture
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_remote_parent_is_continued() {
    for headers in [
        format!("{PARENT}\r\ntracestate: a=1\r\ntracestate: b=2\r\nbaggage: tenant.id=acme"),
        format!("{PARENT}\r\nbaggage: x=1\r\nbaggage: tenant.id=acme"),
        format!("TraceParent: {}\r\nbaggage: tenant.id=acme\r\nx-request-id: r-1", &PARENT[13..]),
    ] {
        let capture = send(&headers).await;
        let request = one(&capture).await;
        assert_eq!(request.trace_id.to_string(), TRACE, "{headers}");
        assert_eq!(request.parent_span_id.unwrap().to_string(), "00f067aa0ba902b7", "{headers}");
        assert!(request.parent_is_remote, "{headers}");
        let query = capture.spans_named("query").remove(0);
        assert_eq!(attributes(&query)["tenant.id"], "acme", "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_in_the_formats_of_the_pipeline_is_continued_and_in_no_other() {
    let b3 = "b3: 4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1";
    let jaeger = "uber-trace-id: 4bf92f3577b34da6a3ce929d0e0e4736:00f067aa0ba902b7:0:1";
    let bare = format!("x-request-id: {TRACE}");
    let by_header = || Propagator::trace_id_header("X-Request-Id");
    for (propagators, headers, continued) in [
        (Propagators::new([Propagator::B3]), b3, true),
        (Propagators::new([Propagator::B3]), PARENT, false),
        (Propagators::new([Propagator::Jaeger, Propagator::TraceContext]), jaeger, true),
        (Propagators::new([Propagator::Jaeger, Propagator::TraceContext]), PARENT, true),
        (Propagators::new([by_header()]), &bare, true),
        (Propagators::default(), &bare, false),
        (Propagators::new([Propagator::Baggage]), PARENT, false),
        (Propagators::none(), PARENT, false),
    ] {
        let capture = Capture::with(Pipeline::builder().propagators(propagators.clone()));
        let server = Server::captured(&capture, service()).await;
        server.raw(&format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}")).await;
        let request = one(&capture).await;
        assert_eq!(request.trace_id.to_string() == TRACE, continued, "{propagators} of {headers}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parent_that_is_missing_or_malformed_makes_a_root() {
    let twice = format!("{PARENT}\r\n{PARENT}");
    for headers in [
        "baggage: tenant.id=acme",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "traceparent: 00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "traceparent: \u{e9}",
        &twice,
    ] {
        let request = one(&send(headers).await).await;
        assert_eq!((request.parent_span_id, request.parent_is_remote), (None, false), "{headers}");
        assert_ne!(request.trace_id.to_string(), TRACE, "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsampled_parent_is_obeyed_and_the_request_still_measured() {
    let capture = Capture::start();
    let server = Server::captured(&capture, service()).await;
    let parent = PARENT.replace("-01", "-00");
    let response =
        server.raw(&format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{parent}")).await;
    assert!(response.contains(&format!("x-request-id: {TRACE}")), "{response}");
    let counted = || {
        capture
            .metrics()
            .histogram("http.server.request.duration", &[])
            .map_or(0, |point| point.count())
    };
    crate::support::eventually("the end", || counted() == 1).await;
    assert!(capture.spans().is_empty());
    assert_eq!(capture.ledger().spans.sampled_out, 3);
    capture.assert_ledger_balances();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_handler_does_belongs_to_the_request() {
    let capture = send("").await;
    let request = one(&capture).await;
    assert_eq!(attributes(&request)["order.id"], "17", "set from within the handler");
    for name in ["query", "spawned"] {
        let child = capture.spans_named(name).remove(0);
        assert_eq!(
            (child.trace_id, child.parent_span_id),
            (request.trace_id, Some(request.span_id)),
            "{name}"
        );
    }
    let event = capture.events().remove(0);
    assert_eq!((event.trace_id, event.span_id), (Some(request.trace_id), Some(request.span_id)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_streamed_body_does_belongs_to_the_request_and_ends_before_it() {
    async fn streamed() -> Body {
        Body::from_stream(stream::unfold(0, |piece| async move {
            let read = span!("read a piece").run(async move { Ok::<_, Infallible>("piece") });
            if piece < 3 { Some((read.await, piece + 1)) } else { None }
        }))
    }

    let capture = Capture::start();
    let app = Router::new().route("/", get(streamed)).layer(Layer::new());
    let server = Server::captured(&capture, app).await;
    server.get("/").await;
    let request = one(&capture).await;
    let pieces = capture.spans_named("read a piece");
    assert_eq!(pieces.len(), 3);
    for piece in pieces {
        assert_eq!(piece.parent_span_id, Some(request.span_id));
        assert!(piece.end_unix_nanos <= request.end_unix_nanos);
    }
}

#[tokio::test]
async fn a_service_called_within_the_process_continues_the_callers_span() {
    let capture = Capture::start();
    let call = async {
        let request = http::Request::new(Body::empty());
        span!("caller").run(service().oneshot(request)).await.unwrap()
    };
    let response = capture.run_async(call).await;
    drop(response);
    let (request, caller) = (one(&capture).await, capture.spans_named("caller").remove(0));
    assert_eq!((request.trace_id, request.parent_span_id), (caller.trace_id, Some(caller.span_id)));
    assert!(!request.parent_is_remote);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_layer_within_a_layer_makes_a_child_though_both_see_the_remote_parent() {
    let capture = Capture::start();
    let app = Router::new().nest_service("/inner", service()).layer(Layer::new());
    let server = Server::captured(&capture, app).await;
    let request = format!("GET /inner HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{PARENT}");
    server.raw(&request).await;
    let spans = ended(&capture, 2).await;
    let outer = spans.iter().find(|span| span.parent_is_remote).unwrap();
    let inner = spans.iter().find(|span| !span.parent_is_remote).unwrap();
    assert_eq!((inner.trace_id, inner.parent_span_id), (outer.trace_id, Some(outer.span_id)));
    assert_eq!(outer.parent_span_id.unwrap().to_string(), "00f067aa0ba902b7");
}

#[test]
fn what_is_written_to_a_header_map_is_read_back() {
    let capture = Capture::start();
    let mut headers = http::HeaderMap::new();
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    headers.insert("traceparent", parent.parse().unwrap());
    headers.insert("tracestate", "a=1".parse().unwrap());
    headers.append("tracestate", "b=2".parse().unwrap());
    headers.insert("baggage", "tenant.id=acme%20inc".parse().unwrap());

    let context = capture.run(|| propagation::extract(&HeaderMapReader::new(&headers)));
    let mut written = http::HeaderMap::new();
    written.insert("traceparent", "stale".parse().unwrap());
    propagation::inject(&context, &mut HeaderMapWriter::new(&mut written));
    assert_eq!(written["traceparent"], parent);
    assert_eq!(written["tracestate"], "a=1,b=2");
    assert_eq!(written["baggage"], "tenant.id=acme%20inc");
    assert_eq!(written.len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn context_comes_in_in_the_formats_of_the_pipeline() {
    let formats = [
        Propagator::B3,
        Propagator::Jaeger,
        Propagator::trace_id_header("x-request-id"),
        Propagator::trace_id_header("x-trace-id"),
    ];
    let parent = Some("00f067aa0ba902b7".to_owned());
    for (headers, parent) in [
        (format!("b3: {TRACE}-00f067aa0ba902b7-1"), parent.clone()),
        (format!("X-B3-TraceId: {TRACE}\r\nX-B3-SpanId: 00f067aa0ba902b7"), parent.clone()),
        (format!("uber-trace-id: {TRACE}:f067aa0ba902b7:0:1\r\nuberctx-tenant.id: acme"), parent),
        (format!("x-trace-id: {TRACE}"), None),
        (format!("x-request-id: {TRACE}"), None),
    ] {
        let capture =
            Capture::with(Pipeline::builder().propagators(Propagators::new(formats.clone())));
        let server = Server::captured(&capture, service()).await;
        server.raw(&format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}")).await;
        let request = one(&capture).await;
        assert_eq!(request.trace_id.to_string(), TRACE, "{headers}");
        assert_eq!(request.parent_span_id.map(|id| id.to_string()), parent, "{headers}");
        let query = capture.spans_named("query").remove(0);
        let tenant = query.attribute("tenant.id").map(ToString::to_string);
        assert_eq!(tenant, headers.contains("acme").then(|| "acme".to_owned()), "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_ask_is_sampled_and_who_may_not_is_not() {
    let header = http::HeaderName::from_static("x-force-sample");
    for (layer, asked, spans) in [
        (Layer::new().force_sampling_by(header.clone()), "x-force-sample: true\r\n", 3),
        (Layer::new().force_sampling_by(header.clone()), "x-force-sample: no\r\n", 0),
        (Layer::new().force_sampling_by(header.clone()), "", 0),
        (Layer::new(), "x-force-sample: true\r\n", 0),
    ] {
        let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
        let capture = Capture::with(Pipeline::builder().sampler(sampler));
        let app = Router::new().route("/", get(handler)).layer(layer);
        let server = Server::captured(&capture, app).await;
        // Against a caller that wasn't sampled, too.
        let unsampled = PARENT.replace("-01", "-00");
        let head = "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";
        let response = server.raw(&format!("{head}{unsampled}\r\n{asked}\r\n")).await;
        assert!(response.ends_with("an order"), "{response}");
        while capture.ledger().spans.ended < 3 {
            tokio::task::yield_now().await;
        }
        let sampled = capture.spans();
        assert_eq!(sampled.len(), spans, "{asked}");
        assert!(sampled.iter().all(|span| span.trace_id.to_string() == TRACE));
        capture.assert_ledger_balances();
    }
}

/// Where nearly all are left out, what is known of a request is kept for later, and it must all be there.
#[tokio::test]
async fn the_one_that_is_sampled_among_many_has_all_its_attributes() {
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    let capture = Capture::with(Pipeline::builder().sampler(sampler));
    let header = http::HeaderName::from_static("x-force-sample");
    let app = Router::new()
        .route("/orders/{id}", get(|| async { "an order" }))
        .layer(Layer::new().force_sampling_by(header));
    let agents = ["bench/1.0", "a browser of some length, with a description", "Jos\u{e9}/1.0"];
    for number in 0..300 {
        let agent = agents[number % 3];
        let asks = if number % 50 == 49 { "true" } else { "no" };
        let request = http::Request::get(format!("/orders/{number}?page={number}"))
            .header("host", "shop.example:8080")
            .header("user-agent", http::HeaderValue::from_bytes(agent.as_bytes()).unwrap())
            .header("x-force-sample", asks)
            .body(Body::empty());
        let answer = ServiceExt::oneshot(app.clone(), request.unwrap());
        let answer = capture.run_async(answer).await.unwrap();
        axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
    }
    let sampled = capture.spans();
    assert_eq!(sampled.len(), 6);
    for (span, number) in sampled.iter().zip((49..300).step_by(50)) {
        let found = attributes(span);
        let expected = [
            ("http.request.method", "GET"),
            ("http.response.status_code", "200"),
            ("http.route", "/orders/{id}"),
            ("network.protocol.version", "1.1"),
            ("request.id", &span.trace_id.to_string()),
            ("server.address", "shop.example"),
            ("server.port", "8080"),
            ("url.path", &format!("/orders/{number}")),
            ("url.query", &format!("page={number}")),
            ("url.scheme", "http"),
            ("user_agent.original", agents[number % 3]),
        ];
        let found: Vec<_> = found.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(found, expected);
    }
    capture.assert_ledger_balances();
}
