//! What a client layer is told of its requests, and those that are observed by hand, without a network.

use std::convert::Infallible;

use axum::body::Body;
use http::{HeaderMap, Request, Response, StatusCode};
use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, ContextExt, Status};
use telemetry_http::client::{Layer, RequestGuard};
use tower::{Layer as _, ServiceExt, service_fn};

use super::support::{DURATION, sent, series};
use crate::support::attributes;

/// What the server would have seen of a request through `layer`, in a context with baggage.
async fn headers(capture: &Capture, layer: Layer, target: &str) -> HeaderMap {
    let answer = |request: Request<Body>| async move {
        let mut response = Response::new(Body::empty());
        *response.headers_mut() = request.headers().clone();
        Ok::<_, Infallible>(response)
    };
    let request = Request::get(target).header("host", "shop.example").body(Body::empty()).unwrap();
    let call = async {
        let context = Context::current().with_baggage(Baggage::default().with("tenant.id", "acme"));
        let client = layer.layer(service_fn(answer));
        client.oneshot(request).in_context(context).await.unwrap().headers().clone()
    };
    capture.run_async(call).await
}

#[tokio::test]
async fn all_the_trace_alone_or_nothing() {
    let capture = Capture::start();
    let whole = headers(&capture, Layer::new(), "/orders").await;
    assert!(whole.contains_key("traceparent"));
    assert_eq!(whole["baggage"], "tenant.id=acme");
    let trace_alone = headers(&capture, Layer::new().without_baggage(), "/orders").await;
    assert!(trace_alone.contains_key("traceparent") && !trace_alone.contains_key("baggage"));
    let nothing = headers(&capture, Layer::new().without_propagation(), "/orders").await;
    assert!(!nothing.contains_key("traceparent") && !nothing.contains_key("baggage"));
    sent(&capture, 3).await;
}

#[tokio::test]
async fn the_scheme_where_the_target_is_a_path_alone() {
    for (layer, scheme, port) in
        [(Layer::new(), "http", "80"), (Layer::new().https(), "https", "443")]
    {
        let capture = Capture::start();
        headers(&capture, layer, "/orders?key=hunter2").await;
        let span = sent(&capture, 1).await.remove(0);
        let found = attributes(&span);
        assert_eq!(found["server.address"], "shop.example");
        assert_eq!(found["server.port"], port);
        assert_eq!(found["url.full"], format!("{scheme}://shop.example/orders?key=REDACTED"));
    }
}

#[tokio::test]
async fn and_a_request_observed_by_hand_is_like_any_other() {
    let capture = Capture::start();
    let mut request =
        Request::put("http://shop.example:8080/orders").body(Body::from("four")).unwrap();
    let mut guard = capture.run(|| RequestGuard::start(&mut request));
    assert!(guard.is_observed());
    let context = guard.context().cloned().unwrap();
    let span_id = context.span_context().unwrap().span_id();
    assert!(request.headers()["traceparent"].to_str().unwrap().contains(&span_id.to_string()));
    assert_eq!(guard.in_scope(Context::current).span_context(), context.span_context());
    guard.respond(&Response::builder().status(StatusCode::CREATED).body(()).unwrap());
    guard.received(3);
    guard.received(4);
    guard.end();

    let span = sent(&capture, 1).await.remove(0);
    assert_eq!((&*span.name, &span.status), ("PUT", &Status::Unset));
    assert_eq!(attributes(&span)["http.response.status_code"], "201");
    assert_eq!(series(&capture, "http.client.request.body.size")[0].1.sum, 4.0);
    assert_eq!(series(&capture, "http.client.response.body.size")[0].1.sum, 7.0);
}

#[tokio::test]
async fn which_can_fail_by_hand_and_belongs_to_a_layer() {
    let capture = Capture::start();
    let mut request = Request::get("http://shop.example/").body(Body::empty()).unwrap();
    let guard = capture.run(|| Layer::new().without_propagation().observe(&mut request));
    assert!(request.headers().is_empty());
    guard.fail("dns");
    let span = sent(&capture, 1).await.remove(0);
    assert_eq!((&*attributes(&span)["error.type"], &span.status), ("dns", &Status::ERROR));
    assert_eq!(series(&capture, DURATION)[0].0["error.type"], "dns");

    let mut request = Request::get("http://shop.example/").body(Body::empty()).unwrap();
    let mut unobserved = RequestGuard::start(&mut request);
    assert!(!unobserved.is_observed() && unobserved.context().is_none());
    assert_eq!(unobserved.in_scope(|| 17), 17, "without a pipeline the work is done all the same");
}
