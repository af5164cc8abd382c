use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use telemetry_core::testing::Capture;
use telemetry_core::{ErrorClass, SpanKind, Status, span};
use telemetry_http::rpc::{self, Failure};

use super::support::{CLIENT, SERVER};
use crate::client::support::series;
use crate::support::{Server, attributes, ended, map, seconds};

#[derive(Debug)]
struct SoldOut;

#[tokio::test]
async fn with_the_names_of_the_conventions() {
    let capture = Capture::start();
    let order = rpc::call("trpc", "orders.place").run(async { span!("db").in_scope(|| 17) });
    assert_eq!(capture.run_async(order).await, 17);
    let span = capture.spans_named("orders.place").remove(0);
    assert_eq!((span.kind, &span.status), (SpanKind::Server, &Status::Unset));
    let expected = [("rpc.method", "orders.place"), ("rpc.system.name", "trpc")];
    assert_eq!(attributes(&span), expected.map(|(key, value)| (key, value.to_owned())).into());
    assert_eq!(capture.spans_named("db")[0].parent_span_id, Some(span.span_id));
    let durations = series(&capture, SERVER);
    let expected = map([("rpc.method", "orders.place"), ("rpc.system.name", "trpc")]);
    assert_eq!((durations.len(), &durations[0].0), (1, &expected));
    assert_eq!(durations[0].1.sum, seconds(&span));
}

#[tokio::test]
async fn that_fail_with_a_status_or_a_class() {
    let capture = Capture::start();
    let failing = async || Err::<(), _>(SoldOut);
    let call = rpc::call("trpc", "orders.place").client().server("orders.internal", 443);
    let failed = call.try_run_with(failing(), |_: &SoldOut| Failure::status("CONFLICT"));
    capture.run_async(failed).await.unwrap_err();
    let classed = rpc::call("trpc", "orders.pay");
    let classed = classed.try_run_with(failing(), |_: &SoldOut| ErrorClass::RATE_LIMIT.into());
    capture.run_async(classed).await.unwrap_err();
    let io = rpc::call("trpc", "orders.send")
        .try_run(async { Err::<(), _>(std::io::Error::from(std::io::ErrorKind::TimedOut)) });
    capture.run_async(io).await.unwrap_err();

    let found = |name| {
        attributes(&capture.spans_named(name).remove(0))
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<std::collections::BTreeMap<_, _>>()
    };
    assert_eq!(
        found("orders.place"),
        map([
            ("error.type", "CONFLICT"),
            ("rpc.method", "orders.place"),
            ("rpc.status_code", "CONFLICT"),
            ("rpc.system.name", "trpc"),
            ("server.address", "orders.internal"),
            ("server.port", "443"),
        ])
    );
    assert_eq!(series(&capture, CLIENT)[0].0, found("orders.place"));
    assert_eq!(found("orders.pay")["error.type"], "rate_limit");
    assert_eq!(found("orders.send")["error.type"], "timeout");
    assert!(!found("orders.send").contains_key("rpc.status_code"));
    assert!(capture.spans().iter().all(|span| span.status == Status::ERROR));
}

#[tokio::test]
async fn that_are_dropped_or_panic_end_once() {
    let capture = Capture::start();
    let call = rpc::call("trpc", "dropped").run(std::future::pending::<()>());
    capture.run(|| {
        let mut call = Box::pin(call);
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut task).is_pending());
    });
    let context = capture.pipeline().context();
    let panics = rpc::call("trpc", "panics").parent(&context).run(async { panic!("on purpose") });
    tokio::spawn(panics).await.unwrap_err();
    let dropped = capture.spans_named("dropped").remove(0);
    assert_eq!(attributes(&dropped)["telemetry.outcome"], "client_disconnected");
    assert_eq!(dropped.status, Status::Unset);
    let panicked = capture.spans_named("panics").remove(0);
    assert_eq!(attributes(&panicked)["error.type"], "panic");
    assert_eq!(attributes(&panicked)["telemetry.outcome"], "panicked");
    let durations = series(&capture, SERVER);
    assert_eq!(durations.iter().map(|(_, point)| point.count()).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn under_the_span_of_their_request() {
    async fn place() -> Result<&'static str, StatusCode> {
        let order = async { Err::<&str, _>(SoldOut) };
        let call = rpc::call("trpc", "orders.place");
        let placed = call.try_run_with(order, |_| Failure::status("CONFLICT"));
        placed.await.map_err(|_| StatusCode::CONFLICT)
    }
    let capture = Capture::start();
    let app = Router::new().route("/trpc/{path}", post(place)).layer(telemetry_http::Layer::new());
    let server = Server::captured(&capture, app).await;
    server.raw("POST /trpc/orders.place HTTP/1.1\r\nhost: a\r\nconnection: close").await;
    let spans = ended(&capture, 2).await;
    let request = spans.iter().find(|span| span.name == "POST /trpc/{path}").unwrap();
    let call = spans.iter().find(|span| span.name == "orders.place").unwrap();
    assert_eq!(call.parent_span_id, Some(request.span_id));
    assert_eq!((&call.status, &request.status), (&Status::ERROR, &Status::Unset));
}

#[test]
fn without_a_pipeline_do_nothing() {
    let mut call = rpc::call("trpc", "orders.place").start();
    assert!(!call.is_observed() && call.context().is_none());
    assert_eq!(call.in_scope(|| 7), 7);
    call.fail(Failure::status("CONFLICT"));
}
