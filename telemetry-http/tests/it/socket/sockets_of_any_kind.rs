use std::io;

use http::{HeaderMap, HeaderValue};
use telemetry_core::testing::Capture;
use telemetry_core::{SpanKind, Status, span};
use telemetry_http::HeaderMapReader;
use telemetry_http::socket::{self, Connection};

use super::support::{OPEN, connection, found, messages};
use crate::client::support::series;
use crate::support::{map, seconds};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn handshake() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", HeaderValue::from_static(PARENT));
    headers
}

#[tokio::test]
async fn have_a_span_and_one_for_each_message() {
    let capture = Capture::start();
    let open = |builder: socket::ConnectionBuilder| capture.run(|| builder.open());
    let (opened, request) = capture.run(|| {
        let request = span!("request").start();
        let builder = request.in_scope(|| socket::connection("graphql-ws").handshake(&handshake()));
        let context = request.context().span_context().unwrap().clone();
        (open(builder), context)
    });
    assert_eq!(capture.metrics().sum(OPEN, &[("messaging.system", "graphql-ws")]), 1.0);
    opened.set_user_id("u-17");
    opened.set_session_id("s-4");
    let handled = opened.message("subscribe").size(120);
    handled.run(async { span!("db").in_scope(|| ()) }).await;
    opened.sent(30);
    opened.close("done");
    opened.close("again");

    let message = messages(&capture, 1).await.remove(0);
    let connection = connection(&capture).await;
    assert_eq!((&*connection.name, connection.kind), ("graphql-ws connection", SpanKind::Server));
    assert_eq!(connection.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(connection.parent_span_id.unwrap().to_string(), "00f067aa0ba902b7");
    assert_eq!(connection.links[0].span_id, request.span_id());
    let id = connection.span_id.to_string();
    assert_eq!(
        found(&connection),
        map([
            ("messaging.system", "graphql-ws"),
            ("session.id", "s-4"),
            ("socket.id", &id),
            ("telemetry.socket.bytes.received", "120"),
            ("telemetry.socket.bytes.sent", "30"),
            ("telemetry.socket.close_reason", "done"),
            ("telemetry.socket.messages.received", "1"),
            ("telemetry.socket.messages.sent", "1"),
            ("user.id", "u-17"),
        ])
    );
    assert_eq!((&*message.name, message.kind), ("graphql-ws subscribe", SpanKind::Consumer));
    assert_eq!(message.parent_span_id, Some(connection.span_id));
    assert_eq!(
        found(&message),
        map([
            ("messaging.message.body.size", "120"),
            ("messaging.operation.name", "process"),
            ("messaging.operation.type", "process"),
            ("messaging.system", "graphql-ws"),
            ("session.id", "s-4"),
            ("socket.id", &id),
            ("telemetry.socket.event", "subscribe"),
            ("user.id", "u-17"),
        ])
    );
    assert_eq!(capture.spans_named("db")[0].parent_span_id, Some(message.span_id));

    let system = ("messaging.system", "graphql-ws");
    let durations = series(&capture, "telemetry.socket.connection.duration");
    assert_eq!((&durations[0].0, durations[0].1.sum), (&map([system]), seconds(&connection)));
    let handled = series(&capture, "telemetry.socket.message.duration");
    let expected = map([system, ("telemetry.socket.event", "subscribe")]);
    assert_eq!((&handled[0].0, handled[0].1.sum), (&expected, seconds(&message)));
    for (direction, bytes) in [("received", 120.0), ("sent", 30.0)] {
        let labels = [system, ("telemetry.socket.direction", direction)];
        let metrics = capture.metrics();
        assert_eq!(metrics.sum("telemetry.socket.messages", &labels), 1.0);
        assert_eq!(metrics.histogram("telemetry.socket.message.size", &labels).unwrap().sum, bytes);
    }
}

#[tokio::test]
async fn record_what_goes_wrong() {
    let capture = Capture::start();
    let opened = capture.run(|| socket::connection("graphql-ws").open());
    let failing = async { Err::<(), _>(io::Error::new(io::ErrorKind::TimedOut, "no answer")) };
    opened.message("subscribe").try_run(failing).await.unwrap_err();
    let panics = opened.message("panics").run(async { panic!("on purpose") });
    tokio::spawn(panics).await.unwrap_err();
    opened.record_exception(&io::Error::from(io::ErrorKind::BrokenPipe));
    opened.fail("protocol_error");

    let messages = messages(&capture, 2).await;
    assert_eq!(
        (&*found(&messages[0])["error.type"], &messages[0].status),
        ("timeout", &Status::ERROR)
    );
    assert_eq!(found(&messages[1])["error.type"], "panic");
    assert_eq!(found(&messages[1])["telemetry.outcome"], "panicked");
    let ended = connection(&capture).await;
    assert_eq!((&*found(&ended)["error.type"], &ended.status), ("protocol_error", &Status::ERROR));
    let exceptions = capture.events();
    let of = |span| exceptions.iter().filter(move |event| event.span_id == Some(span)).count();
    assert_eq!((of(messages[0].span_id), of(ended.span_id)), (1, 1), "{exceptions:#?}");
}

#[tokio::test]
async fn end_with_their_last_handle() {
    let capture = Capture::start();
    let opened = capture.run(|| socket::connection("graphql-ws").open());
    let another = opened.clone();
    drop(opened);
    assert!(capture.spans().is_empty());
    drop(another);
    let ended = connection(&capture).await;
    assert_eq!(
        (&*found(&ended)["telemetry.outcome"], &ended.status),
        ("cancelled", &Status::Unset)
    );
}

#[tokio::test]
async fn take_the_context_that_a_message_brings() {
    let capture = Capture::start();
    let opened = capture.run(|| socket::connection("graphql-ws").open());
    let headers = handshake();
    let message = opened.message("subscribe").headers(&HeaderMapReader::new(&headers));
    message.run(async {}).await;
    opened.close("done");
    let message = messages(&capture, 1).await.remove(0);
    let ended = connection(&capture).await;
    assert_eq!(message.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_ne!(message.trace_id, ended.trace_id);
    assert_eq!(message.links[0].span_id, ended.span_id);
}

#[tokio::test]
async fn of_days_stay_bounded() {
    let capture = Capture::start();
    let opened = capture.run(|| socket::connection("graphql-ws").own_traces().open());
    for number in 0..2_000 {
        // Kinds that a client makes up.
        opened.message(format!("guess {number}")).size(10).run(async {}).await;
    }
    capture.flush();
    let messages = messages(&capture, 2_000).await;
    assert!(messages.iter().all(|message| message.parent_span_id.is_none()), "each begins a trace");
    let id = opened.context().unwrap().span_context().unwrap().span_id();
    assert!(messages.iter().all(|message| message.links[0].span_id == id));
    let names: std::collections::HashSet<_> =
        messages.iter().map(|message| &message.name).collect();
    assert!(names.len() <= 513, "{}", names.len());
    assert!(series(&capture, "telemetry.socket.message.duration").len() <= 513);
    opened.close("done");
    let ended = connection(&capture).await;
    assert_eq!(found(&ended)["telemetry.socket.messages.received"], "2000");
    assert!(ended.events.is_empty() && ended.links.is_empty(), "nothing grows with its age");
}

#[tokio::test]
async fn do_nothing_without_a_pipeline() {
    let opened = socket::connection("graphql-ws").handshake(&handshake()).open();
    assert!(!opened.is_observed() && opened.context().is_none());
    assert_eq!(opened.message("subscribe").size(1).run(async { 7 }).await, 7);
    opened.close("done");
    assert_eq!(Connection::default().id(), "");
}
