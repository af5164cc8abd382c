//! Without axum: services of other frameworks, their errors, and servers that aren't services.

use std::io;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{ContextExt, SpanKind, Status, span};
use telemetry_http::server::{PeerAddress, Route};
use telemetry_http::{Layer, RequestGuard};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};

use crate::support::{ACTIVE, attributes, durations, one, seconds};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hyper_server_says_route_and_peer_itself() {
    let capture = Capture::start();
    let context = capture.pipeline().context();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (connection, peer) = listener.accept().await.unwrap();
        let answer = |request: Request<hyper::body::Incoming>| async move {
            assert_eq!(request.uri().path(), "/orders/17");
            let mut response = Response::new(Full::new(Bytes::from_static(b"an order")));
            response.extensions_mut().insert(Route::new("/orders/{id}"));
            Ok::<_, std::convert::Infallible>(response)
        };
        let with_peer = move |mut request: Request<_>| {
            request.extensions_mut().insert(PeerAddress(peer));
            request
        };
        let service = ServiceBuilder::new()
            .map_request(with_peer)
            .layer(Layer::new())
            .service(service_fn(answer));
        let service = TowerToHyperService::new(service);
        let connection = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(connection), service);
        connection.in_context(context).await.unwrap();
    });
    let mut connection = TcpStream::connect(address).await.unwrap();
    let port = connection.local_addr().unwrap().port();
    connection
        .write_all(b"GET /orders/17 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with("an order"), "{response}");
    server.await.unwrap();

    let span = one(&capture).await;
    let attributes = attributes(&span);
    assert_eq!((&*span.name, &*attributes["http.route"]), ("GET /orders/{id}", "/orders/{id}"));
    assert_eq!(
        (&*attributes["client.address"], &*attributes["network.peer.port"]),
        ("127.0.0.1", &*port.to_string())
    );
    let (labels, point) = durations(&capture).remove(0);
    assert_eq!((&*labels["http.route"], point.sum), ("/orders/{id}", seconds(&span)));
}

#[tokio::test]
async fn the_responses_route_wins_over_the_requests() {
    for (of_request, of_response, expected) in [
        (Some("/a"), None, Some("/a")),
        (None, Some("/b"), Some("/b")),
        (Some("/a"), Some("/b"), Some("/b")),
        (None, None, None),
    ] {
        let capture = Capture::start();
        let answer = move |_: Request<()>| async move {
            let mut response = Response::new(Full::<Bytes>::default());
            if let Some(route) = of_response {
                response.extensions_mut().insert(Route::new(route));
            }
            Ok::<_, BoxError>(response)
        };
        let mut request = Request::new(());
        if let Some(route) = of_request {
            request.extensions_mut().insert(Route::new(route));
        }
        let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
        capture.run_async(service.oneshot(request)).await.unwrap();
        let span = one(&capture).await;
        let route = span.attribute("http.route").map(ToString::to_string);
        assert_eq!(route.as_deref(), expected);
        assert_eq!(span.name, expected.map_or("GET".to_owned(), |route| format!("GET {route}")));
        assert_eq!(durations(&capture)[0].0.get("http.route").map(String::as_str), expected);
    }
}

#[tokio::test]
async fn each_version_of_the_protocol_has_its_name() {
    for (version, name) in [
        (http::Version::HTTP_09, "0.9"),
        (http::Version::HTTP_10, "1.0"),
        (http::Version::HTTP_11, "1.1"),
        (http::Version::HTTP_2, "2"),
        (http::Version::HTTP_3, "3"),
    ] {
        let capture = Capture::start();
        let answer =
            |_: Request<()>| async { Ok::<_, BoxError>(Response::new(Full::<Bytes>::default())) };
        let request = Request::builder().version(version).body(()).unwrap();
        let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
        capture.run_async(service.oneshot(request)).await.unwrap();
        let span = one(&capture).await;
        assert_eq!(attributes(&span)["network.protocol.version"], name);
        assert_eq!(durations(&capture)[0].0["network.protocol.version"], name);
    }
}

/// The span of a request that the service answers with `error`.
async fn failed<E: 'static>(error: E) -> CapturedSpan {
    let capture = Capture::start();
    let mut error = Some(error);
    let answer = |_: Request<()>| {
        let error = error.take();
        async move { error.map_or(Ok(Response::new(Full::<Bytes>::default())), Err) }
    };
    let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
    assert!(
        capture.run_async(service.oneshot(Request::new(()))).await.is_err(),
        "the error is passed on"
    );
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 0.0);
    let span = one(&capture).await;
    let (labels, point) = durations(&capture).remove(0);
    assert_eq!(
        (labels["error.type"].clone(), point.count()),
        (attributes(&span)["error.type"].clone(), 1)
    );
    assert_eq!(labels.get("http.response.status_code"), None);
    span
}

#[tokio::test]
async fn an_error_of_the_service_is_classed() {
    #[derive(Debug)]
    struct Own;
    let timed_out = || io::Error::from(io::ErrorKind::TimedOut);
    let wrapped = || io::Error::other(timed_out());
    for (span, expected) in [
        (failed(timed_out()).await, "timeout"),
        (failed(BoxError::from(timed_out())).await, "timeout"),
        (failed(Box::<dyn std::error::Error>::from(timed_out())).await, "timeout"),
        (failed(axum::Error::new(timed_out())).await, "timeout"),
        (failed(BoxError::from(axum::Error::new(timed_out()))).await, "timeout"),
        (failed(wrapped()).await, "timeout"),
        (failed(BoxError::from("a secret message")).await, "_OTHER"),
        (failed(Own).await, "_OTHER"),
    ] {
        assert_eq!(attributes(&span)["error.type"], expected);
        assert_eq!(span.status, Status::ERROR);
        assert_eq!(span.attribute("http.response.status_code"), None);
        assert_eq!(span.attribute("telemetry.outcome"), None);
    }
}

#[tokio::test]
async fn an_error_of_the_body_is_classed_and_passed_on() {
    let capture = Capture::start();
    let answer = |_: Request<()>| async {
        let frames = [Err::<http_body::Frame<Bytes>, _>(BoxError::from(io::Error::from(
            io::ErrorKind::ConnectionReset,
        )))];
        Ok::<_, BoxError>(Response::new(StreamBody::new(futures_util::stream::iter(frames))))
    };
    let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
    let response = capture.run_async(service.oneshot(Request::new(()))).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    let span = one(&capture).await;
    let attributes = attributes(&span);
    assert_eq!(
        (&*attributes["error.type"], &*attributes["http.response.status_code"]),
        ("network_error", "200")
    );
    assert_eq!(span.status, Status::ERROR);
}

#[test]
fn a_server_that_is_no_service_is_observed_by_hand() {
    let capture = Capture::start();
    capture.run(|| {
        let request = Request::builder().uri("https://a.example/orders/17").body(()).unwrap();
        let mut guard = Layer::new().observe(&request);
        assert!(guard.is_observed());
        guard.set_route("/orders/{id}");
        guard.in_scope(|| span!("query").in_scope(|| {}));
        let mut response = Response::builder().status(StatusCode::CREATED).body(()).unwrap();
        guard.respond(&mut response);
        let trace = guard.context().unwrap().span_context().unwrap().trace_id();
        assert_eq!(response.headers()["x-request-id"], trace.to_string());
        guard.end();
        RequestGuard::start(&request).fail("overload");
    });
    let mut spans = capture.spans();
    spans.retain(|span| span.kind == SpanKind::Server);
    let [created, failed] = &spans[..] else {
        panic!("two requests: {spans:#?}");
    };
    assert_eq!(
        (&*created.name, &*attributes(created)["url.scheme"]),
        ("GET /orders/{id}", "https")
    );
    assert_eq!((&*failed.name, &*attributes(failed)["error.type"]), ("GET", "overload"));
    assert_eq!(capture.spans_named("query")[0].parent_span_id, Some(created.span_id));
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 0.0);
}

#[test]
fn a_guard_dropped_while_a_panic_passes_says_so() {
    let capture = Capture::start();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _guard = capture.run(|| RequestGuard::start(&Request::new(())));
        panic!("outside the guard's scope");
    }));
    assert!(panicked.is_err());
    let span = capture.spans().remove(0);
    assert_eq!(attributes(&span)["telemetry.outcome"], "panicked");
    assert_eq!(attributes(&span)["error.type"], "panic");
}
