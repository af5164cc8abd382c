//! `Layer::without_spans`.

use axum::Router;
use axum::routing::get;
use telemetry_core::testing::Capture;
use telemetry_core::{Context, span};
use telemetry_http::{Layer, RequestGuard, RequestId};

use crate::support::{DURATION, RESPONSE_SIZE, Server, active, durations, eventually, head, total};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn app() -> Router {
    let handler = || async {
        span!("work").in_scope(|| {});
        RequestId::current().map_or_else(|| "none".to_owned(), |id| id.to_string())
    };
    Router::new()
        .route("/orders/{id}", get(handler))
        .route("/panics", get(panics))
        .route("/hangs", get(std::future::pending::<()>))
        .layer(Layer::new().without_spans())
}

async fn panics() {
    panic!("on purpose")
}

/// The answer's id by its header and by its body.
fn ids(response: &str) -> (String, String) {
    let header = response.lines().find_map(|line| line.strip_prefix("x-request-id: "));
    let body = response.rsplit("\r\n").next().unwrap_or_default();
    (header.unwrap_or_default().to_owned(), body.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_same_series_and_no_span_but_the_handlers_own() {
    let capture = Capture::start();
    let server = Server::captured(&capture, app()).await;
    let response = server.get("/orders/17").await;
    active(&capture, 0).await;
    assert_eq!(total(&capture, DURATION).0, 1);
    assert!(total(&capture, RESPONSE_SIZE).1 > 0.0);
    let (labels, _) = durations(&capture).remove(0);
    assert_eq!(labels["http.route"], "/orders/{id}");
    assert_eq!(labels["http.response.status_code"], "200");
    let names: Vec<_> = capture.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["work"]);
    // A made id is one in the header, to the handler and in the baggage.
    let (header, body) = ids(&response);
    assert!(header.len() == 32 && header == body, "{response}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_a_trace_that_comes_in_goes_on() {
    let capture = Capture::start();
    let server = Server::captured(&capture, app()).await;
    let traced = format!("{}\r\ntraceparent: 00-{TRACE}-{PARENT}-01", head("GET", "/orders/17"));
    let (header, body) = ids(&server.raw(&traced).await);
    assert_eq!((&*header, &*body), (TRACE, TRACE));
    let brought = format!("{}\r\nx-request-id: r-1", head("GET", "/orders/17"));
    assert_eq!(ids(&server.raw(&brought).await), ("r-1".to_owned(), "r-1".to_owned()));
    let work = &capture.spans()[0];
    assert_eq!(work.trace_id.to_string(), TRACE);
    assert_eq!(work.parent_span_id.map(|id| id.to_string()).as_deref(), Some(PARENT));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn and_every_end_is_told_apart_still() {
    let capture = Capture::start();
    let server = Server::captured(&capture, app()).await;
    server.get("/panics").await;
    let hanging = server.open(&head("GET", "/hangs")).await;
    active(&capture, 1).await;
    drop(hanging);
    active(&capture, 0).await;
    eventually("both ends", || total(&capture, DURATION).0 == 2).await;
    let mut ends: Vec<_> = durations(&capture)
        .into_iter()
        .map(|(labels, _)| {
            (labels.get("error.type").cloned(), labels.get("telemetry.outcome").cloned())
        })
        .collect();
    ends.sort();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(ends, [(None, some("client_disconnected")), (some("panic"), None)]);
    assert!(capture.spans().is_empty());
}

#[test]
fn a_guard_by_hand_makes_the_current_context_neither_more_nor_less() {
    let capture = Capture::start();
    capture.run(|| {
        span!("outer").in_scope(|| {
            let outer = Context::current().trace_id();
            let layer = Layer::new().without_spans();
            let mut guard: RequestGuard = layer.observe(&http::Request::new(()));
            assert_eq!(guard.in_scope(|| Context::current().trace_id()), outer);
            guard.respond(&mut http::Response::new(()));
            guard.end();
        });
    });
    assert_eq!(total(&capture, DURATION).0, 1);
}
