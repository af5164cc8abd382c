use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::get;
use telemetry_core::testing::Capture;
use telemetry_core::{Context, span};
use telemetry_http::{Layer, RequestId};

use crate::support::{Server, attributes, ended, one};

/// What a handler saw: the current id and the one in the baggage.
type Seen = Arc<Mutex<Vec<(Option<String>, Option<String>)>>>;

fn service(seen: &Seen, layer: Layer) -> Router {
    let seen = Arc::clone(seen);
    let handler = move || async move {
        let current = RequestId::current().map(|id| id.to_string());
        let context = Context::current();
        let carried = context.baggage().get("request.id").map(str::to_owned);
        seen.lock().unwrap().push((current, carried));
        span!("work").in_scope(|| {});
    };
    let own = || async { [("x-request-id", "the handler's own")] };
    Router::new().route("/", get(handler)).route("/own", get(own)).layer(layer)
}

fn returned(response: &str) -> Option<&str> {
    let mut lines = response.lines();
    lines.find_map(|line| line.strip_prefix("x-request-id: "))
}

async fn send(headers: &str, layer: Layer) -> (Capture, Seen, String) {
    let capture = Capture::start();
    let seen = Seen::default();
    let server = Server::captured(&capture, service(&seen, layer)).await;
    let response =
        server.raw(&format!("GET / HTTP/1.1\r\nhost: a\r\nconnection: close{headers}")).await;
    (capture, seen, response)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_comes_in_is_kept_returned_and_carried_on() {
    let longest = "x".repeat(128);
    for (headers, id) in [
        ("\r\nx-request-id: r-1".to_owned(), "r-1"),
        ("\r\nX-Correlation-Id: c-1".to_owned(), "c-1"),
        ("\r\nx-correlation-id: c-1\r\nx-request-id: r-1".to_owned(), "r-1"),
        ("\r\nx-request-id: not valid\r\nx-correlation-id: c-1".to_owned(), "c-1"),
        ("\r\nx-request-id: first\r\nx-request-id: second".to_owned(), "first"),
        (format!("\r\nx-request-id: {longest}"), &longest),
        ("\r\nbaggage: request.id=from-above".to_owned(), "from-above"),
        ("\r\nbaggage: request.id=from-above\r\nx-request-id: r-1".to_owned(), "r-1"),
    ] {
        let (capture, seen, response) = send(&headers, Layer::new()).await;
        assert_eq!(returned(&response), Some(id), "{headers}");
        assert_eq!(attributes(&ended(&capture, 1).await[0])["request.id"], id, "{headers}");
        let id = Some(id.to_owned());
        assert_eq!(*seen.lock().unwrap(), [(id.clone(), id)], "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_is_missing_or_invalid_is_replaced_by_the_traces() {
    let overlong = format!("\r\nx-request-id: {}", "x".repeat(129));
    for headers in [
        "",
        "\r\nx-request-id: ",
        "\r\nx-request-id: two words",
        "\r\nx-request-id: caf\u{e9}",
        &overlong,
    ] {
        let (capture, seen, response) = send(headers, Layer::new()).await;
        let span = ended(&capture, 1).await.remove(0);
        let trace = span.trace_id.to_string();
        assert_eq!(returned(&response), Some(&*trace), "{headers}");
        assert_eq!(attributes(&span)["request.id"], trace, "{headers}");
        assert_eq!(*seen.lock().unwrap(), [(Some(trace), None)], "{headers}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_request_ids_none_is_taken_in_or_sent_out() {
    let layer = Layer::new().without_request_id();
    let (capture, seen, response) = send("\r\nx-request-id: r-1", layer).await;
    assert_eq!(returned(&response), None);
    assert_eq!(attributes(&ended(&capture, 1).await[0]).get("request.id"), None);
    assert_eq!(seen.lock().unwrap()[0].1, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_that_the_handler_sends_stays() {
    let capture = Capture::start();
    let server = Server::captured(&capture, service(&Seen::default(), Layer::new())).await;
    let response = server.get("/own").await;
    assert_eq!(returned(&response), Some("the handler's own"));
    one(&capture).await;
}

#[test]
fn outside_any_request_there_is_no_id() {
    assert_eq!(RequestId::current(), None);
}
