use axum::Router;
use axum::routing::get;
use http::StatusCode;
use telemetry_core::Context;
use telemetry_http::{Layer, RequestGuard, RequestId};

use crate::support::{Server, head};

fn service() -> Router {
    async fn handler() -> &'static str {
        assert!(Context::current().span_context().is_none(), "there is no span");
        assert_eq!(RequestId::current(), None);
        "an order"
    }
    async fn streamed() -> axum::body::Body {
        let pieces = [Ok::<_, std::io::Error>("one"), Ok("two")];
        axum::body::Body::from_stream(futures_util::stream::iter(pieces))
    }
    Router::new()
        .route("/orders/{id}", get(handler))
        .route("/stream", get(streamed))
        .route("/empty", get(|| async { StatusCode::NO_CONTENT }))
        .route("/broken", get(|| async { StatusCode::INTERNAL_SERVER_ERROR }))
}

/// A response without the line that tells the time.
async fn response(server: &Server, request: &str) -> String {
    let response = server.raw(request).await;
    assert!(response.starts_with("HTTP/1.1 "), "{response}");
    let lines = response.split_inclusive("\r\n");
    lines.filter(|line| !line.starts_with("date: ")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn responses_are_the_same_to_the_byte() {
    let bare = Server::start(service()).await;
    let layered = Server::start(service().layer(Layer::new().exclude(["/empty"]))).await;
    for (method, path) in [
        ("GET", "/orders/17?page=2"),
        ("HEAD", "/orders/17"),
        ("POST", "/orders/17"),
        ("GET", "/stream"),
        ("GET", "/empty"),
        ("GET", "/broken"),
        ("GET", "/missing"),
        ("BREW", "/"),
    ] {
        let request = format!(
            "{}\r\nx-request-id: r-1\r\ntraceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            head(method, path)
        );
        assert_eq!(
            response(&bare, &request).await,
            response(&layered, &request).await,
            "{method} {path}"
        );
    }
}

#[test]
fn a_guard_does_nothing() {
    let mut guard = RequestGuard::start(&http::Request::new(()));
    assert!(!guard.is_observed());
    assert!(guard.context().is_none());
    assert_eq!(guard.in_scope(|| 7), 7);
    let mut response = http::Response::new(());
    guard.respond(&mut response);
    assert!(response.headers().is_empty());
    guard.end();
}
