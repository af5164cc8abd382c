use std::io;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use telemetry_core::macros::span as spanned;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{SpanKind, Status, emit};
use telemetry_http::{Layer, TracedExt};
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::timeout::TimeoutLayer;

use crate::support::{Server, active, attributes, eventually, head};

async fn auth(request: Request, next: Next) -> Response {
    emit!("checked");
    next.run(request).await
}

async fn order(State(shop): State<&'static str>, Path(id): Path<u64>) -> String {
    emit!("answered");
    format!("order {id} of {shop}")
}

#[spanned(name = "marked")]
async fn marked() -> &'static str {
    "marked where it is written"
}

fn service() -> Router {
    let timeout =
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(60));
    Router::new()
        .route("/orders/{id}", get(order.traced("order")))
        .route("/marked", get(marked))
        .route("/broken", get((|| async { StatusCode::BAD_GATEWAY }).traced("broken")))
        .route("/missing", get((|| async { StatusCode::NOT_FOUND }).traced("missing")))
        .route("/panics", get(panics.traced("panics")))
        .route("/hangs", get((|| std::future::pending::<()>()).traced("hangs")))
        .layer(timeout.traced("timeout"))
        .layer(from_fn(auth).traced("auth"))
        .layer(Layer::new())
        .with_state("shop")
}

async fn panics() {
    tokio::task::yield_now().await;
    panic!("in the handler");
}

fn find<'a>(spans: &'a [CapturedSpan], name: &str) -> &'a CapturedSpan {
    spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}: {spans:#?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_beneath_the_one_around_it() {
    let capture = Capture::start();
    let server = Server::captured(&capture, service()).await;
    assert!(server.get("/orders/17").await.ends_with("order 17 of shop"));
    active(&capture, 0).await;
    let spans = capture.spans();
    let chain = ["GET /orders/{id}", "auth", "timeout", "order"];
    for names in chain.windows(2) {
        let (outer, inner) = (find(&spans, names[0]), find(&spans, names[1]));
        assert_eq!(inner.parent_span_id, Some(outer.span_id), "{names:?}");
        assert_eq!((inner.kind, &inner.status), (SpanKind::Internal, &Status::Unset));
        assert!(inner.attributes.is_empty(), "{inner:#?}");
    }
    assert_eq!(spans.len(), chain.len(), "{spans:#?}");
    for (event, span) in [("checked", "auth"), ("answered", "order")] {
        let events = capture.events();
        let event = events.iter().find(|it| it.event_name == event).unwrap();
        assert_eq!(event.span_id, Some(find(&spans, span).span_id));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_can_be_marked_where_it_is_written() {
    let capture = Capture::start();
    let server = Server::captured(&capture, service()).await;
    server.get("/marked").await;
    active(&capture, 0).await;
    let spans = capture.spans();
    let parent = find(&spans, "timeout").span_id;
    assert_eq!(find(&spans, "marked").parent_span_id, Some(parent));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_ends_as_what_it_goes_around_did() {
    for (path, name, error_type, outcome) in [
        ("/broken", "broken", Some("502"), None),
        ("/missing", "missing", None, None),
        ("/panics", "panics", Some("panic"), Some("panicked")),
        ("/hangs", "hangs", None, Some("cancelled")),
    ] {
        let capture = Capture::start();
        let server = Server::captured(&capture, service()).await;
        let mut connection = server.open(&head("GET", path)).await;
        if path == "/hangs" {
            active(&capture, 1).await;
        } else {
            let _ = tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut Vec::new()).await;
        }
        drop(connection);
        eventually("the end of the handler", || !capture.spans_named(name).is_empty()).await;
        active(&capture, 0).await;
        for name in [name, "auth"] {
            let spans = capture.spans_named(name);
            let attributes = attributes(&spans[0]);
            let attribute = |key| attributes.get(key).map(String::as_str);
            assert_eq!(attribute("error.type"), error_type, "{path} {name}");
            assert_eq!(attribute("telemetry.outcome"), outcome, "{path} {name}");
            assert_eq!(spans[0].status == Status::ERROR, error_type.is_some(), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn a_service_has_one_too_and_fails_by_its_error() {
    let capture = Capture::start();
    let fails = |_: http::Request<()>| async {
        Err::<http::Response<String>, _>(io::Error::from(io::ErrorKind::TimedOut))
    };
    let service =
        ServiceBuilder::new().layer(Layer::new()).service(service_fn(fails).traced("fails"));
    let request = http::Request::new(());
    assert!(capture.run_async(service.oneshot(request)).await.is_err());
    let spans = capture.spans_named("fails");
    assert_eq!(attributes(&spans[0])["error.type"], "timeout");
    assert_eq!(spans[0].status, Status::ERROR);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_left_out_has_none() {
    let capture = Capture::start();
    let app = Router::new()
        .route("/health", get((|| async {}).traced("health")))
        .layer(from_fn(auth).traced("auth"))
        .layer(Layer::new().exclude(["/health"]));
    let server = Server::captured(&capture, app).await;
    server.get("/health").await;
    assert!(capture.spans().is_empty(), "{:#?}", capture.spans());
    assert_eq!(capture.events().len(), 1, "what the middleware says is said");
}
