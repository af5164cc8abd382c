//! What isn't as it should be: answers of proxies, bodies that break, services that fail; without a
//! network.

use std::convert::Infallible;
use std::io;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, ContextExt, SpanKind, Status};
use telemetry_http::rpc::grpc::ClientLayer;
use telemetry_http::rpc::json;
use tower::{Layer, ServiceExt, service_fn};

use super::support::calls;
use crate::support::attributes;

fn grpc_request() -> Request<Body> {
    let request = Request::post("http://shop.example/shop.Orders/Place");
    request.header("content-type", "application/grpc").body(Body::empty()).unwrap()
}

fn grpc_layer() -> ClientLayer {
    ClientLayer::new(&"http://shop.example".parse().unwrap())
}

#[tokio::test]
async fn which_a_proxy_gives_with_the_code_that_grpc_has_for_its_status() {
    for (status, code) in [
        (400, "INTERNAL"),
        (401, "UNAUTHENTICATED"),
        (403, "PERMISSION_DENIED"),
        (404, "UNIMPLEMENTED"),
        (429, "UNAVAILABLE"),
        (502, "UNAVAILABLE"),
        (503, "UNAVAILABLE"),
        (504, "UNAVAILABLE"),
        (418, "UNKNOWN"),
    ] {
        let capture = Capture::start();
        let answer = move |_: Request<Body>| async move {
            let response = Response::builder().status(status);
            Ok::<_, Infallible>(response.body(Body::from("a page")).unwrap())
        };
        let call = grpc_layer().layer(service_fn(answer)).oneshot(grpc_request());
        let response = capture.run_async(call).await.unwrap();
        response.into_body().collect().await.unwrap();
        let span = calls(&capture, SpanKind::Client, 1).await.remove(0);
        assert_eq!(attributes(&span)["rpc.status_code"], code, "{status}");
        assert_eq!(span.status, Status::ERROR, "{status}");
    }
}

#[tokio::test]
async fn whose_bodies_break_or_lack_their_trailers() {
    let piece = || Ok(Frame::data(Bytes::from_static(b"piece")));
    let broken = || Err(io::Error::from(io::ErrorKind::ConnectionReset));
    for (frames, code) in [
        (vec![piece()], "UNKNOWN"),
        (vec![piece(), broken()], "UNAVAILABLE"),
        (vec![piece(), Err(io::Error::other("hunter2"))], "UNKNOWN"),
    ] {
        let capture = Capture::start();
        let mut body = Some(StreamBody::new(stream::iter(frames)));
        let answer = move |_: Request<Body>| {
            std::future::ready(Ok::<_, Infallible>(Response::new(body.take().unwrap())))
        };
        let call = grpc_layer().layer(service_fn(answer)).oneshot(grpc_request());
        let mut body = capture.run_async(call).await.unwrap().into_body();
        while let Some(Ok(_)) = body.frame().await {}
        let span = calls(&capture, SpanKind::Client, 1).await.remove(0);
        assert_eq!(attributes(&span)["rpc.status_code"], code);
        assert!(!format!("{span:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn without_baggage_where_the_layer_is_told_so() {
    for (layer, baggage) in [(grpc_layer(), true), (grpc_layer().without_baggage(), false)] {
        let capture = Capture::start();
        let answer = |request: Request<Body>| async move {
            let mut response = Response::new(Body::empty());
            *response.headers_mut() = request.headers().clone();
            Ok::<_, Infallible>(response)
        };
        let call = async {
            let acme = Baggage::default().with("tenant.id", "acme");
            let context = Context::current().with_baggage(acme);
            layer
                .layer(service_fn(answer))
                .oneshot(grpc_request())
                .in_context(context)
                .await
                .unwrap()
        };
        let response = capture.run_async(call).await;
        assert!(response.headers().contains_key("traceparent"));
        assert_eq!(response.headers().contains_key("baggage"), baggage);
    }
}

const CALL: &str = r#"{"jsonrpc":"2.0","method":"buy","id":1}"#;

fn json_request<B>(body: B) -> Request<B> {
    let request = Request::post("/rpc").header("content-type", "application/json");
    request.body(body).unwrap()
}

#[tokio::test]
async fn of_a_json_service_that_fails() {
    let capture = Capture::start();
    let answer = |_: Request<json::RequestBody<Body>>| async {
        Err::<Response<Body>, _>(io::Error::from(io::ErrorKind::TimedOut))
    };
    let call = json::Layer::new().layer(service_fn(answer)).oneshot(json_request(Body::from(CALL)));
    capture.run_async(call).await.unwrap_err();
    let span = calls(&capture, SpanKind::Server, 1).await.remove(0);
    assert_eq!((&*attributes(&span)["error.type"], &span.status), ("timeout", &Status::ERROR));
}

#[tokio::test]
async fn of_a_json_service_whose_answer_breaks() {
    let capture = Capture::start();
    let answer = |_: Request<json::RequestBody<Body>>| async {
        let frames = [
            Ok(Frame::data(Bytes::from_static(br#"{"jsonrpc":"2.0","#))),
            Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        ];
        let response = Response::builder().header("content-type", "application/json");
        Ok::<_, Infallible>(response.body(StreamBody::new(stream::iter(frames))).unwrap())
    };
    let call = json::Layer::new().layer(service_fn(answer)).oneshot(json_request(Body::from(CALL)));
    let mut body = capture.run_async(call).await.unwrap().into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let span = calls(&capture, SpanKind::Server, 1).await.remove(0);
    assert_eq!(
        (&*attributes(&span)["error.type"], &span.status),
        ("network_error", &Status::ERROR)
    );
}

#[tokio::test]
async fn of_requests_that_come_in_pieces_with_trailers_or_break() {
    let trailers = || {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-checksum", "17".parse().unwrap());
        Ok(Frame::trailers(trailers))
    };
    let piece = |from, to| Ok(Frame::data(Bytes::from_static(&CALL.as_bytes()[from..to])));
    let broken = Err(io::Error::from(io::ErrorKind::ConnectionReset));
    let capture = Capture::start();
    for (frames, whole) in [
        (vec![piece(0, 9), piece(9, CALL.len()), trailers()], true),
        (vec![piece(0, 9), broken], false),
    ] {
        let body = StreamBody::new(stream::iter(frames));
        let answer = move |request: Request<json::RequestBody<_>>| async move {
            let collected = request.into_body().collect().await;
            let Ok(collected) = collected else {
                assert!(!whole, "an error of the body reaches the service");
                return Ok::<_, Infallible>(Response::new(Body::empty()));
            };
            assert_eq!(collected.trailers().unwrap()["x-checksum"], "17");
            assert_eq!(collected.to_bytes(), CALL);
            Ok(Response::builder().status(StatusCode::NO_CONTENT).body(Body::empty()).unwrap())
        };
        let call = json::Layer::new().layer(service_fn(answer)).oneshot(json_request(body));
        capture.run_async(call).await.unwrap();
    }
    let spans = calls(&capture, SpanKind::Server, 1).await;
    assert_eq!(spans.len(), 1, "of a body that broke nothing is known");
}
