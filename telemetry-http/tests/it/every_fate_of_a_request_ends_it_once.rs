//! The table of `telemetry_http::server`, row by row, over real connections.

use std::convert::Infallible;
use std::future::{Ready, pending};
use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, get_service};
use axum::{BoxError, Router};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body::Frame;
use http_body_util::StreamBody;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use telemetry_core::testing::Capture;
use telemetry_core::{ContextExt, Status, span};
use telemetry_http::Layer;
use telemetry_http::server::RequestSpan;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tower::{ServiceBuilder, ServiceExt, service_fn};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::support::{
    ACTIVE, DURATION, REQUEST_SIZE, RESPONSE_SIZE, Server, active, attributes, durations, head,
    histogram, one, read_until, seconds, total,
};

/// What a client does and what is recorded of it.
struct Row {
    method: &'static str,
    path: &'static str,
    client: Client,
    status: Option<u16>,
    error_type: Option<&'static str>,
    outcome: Option<&'static str>,
    /// Of the response's body; none without a response.
    bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Client {
    /// Reads the response to its end, whatever the end.
    Reads,
    /// Leaves once the handler is at work.
    LeavesBeforeTheResponse,
    /// Leaves once it has read a part of the body.
    LeavesInTheBody,
}

use Client::{LeavesBeforeTheResponse, LeavesInTheBody, Reads};

const ROWS: &[Row] = &[
    row("GET", "/ok", Reads, Some(200), None, None, Some(5)),
    row("GET", "/missing", Reads, Some(404), None, None, Some(0)),
    row("GET", "/broken", Reads, Some(503), Some("503"), None, Some(5)),
    row("GET", "/stream", Reads, Some(200), None, None, Some(11)),
    row("GET", "/empty", Reads, Some(204), None, None, Some(0)),
    row("GET", "/not-modified", Reads, Some(304), None, None, Some(0)),
    row("HEAD", "/ok", Reads, Some(200), None, None, Some(0)),
    row("GET", "/trailers", Reads, Some(200), None, None, Some(3)),
    row("GET", "/panic", Reads, None, Some("panic"), Some("panicked"), None),
    row("GET", "/panic-at-once", Reads, None, Some("panic"), Some("panicked"), None),
    row("GET", "/caught", Reads, None, Some("panic"), Some("panicked"), None),
    row("GET", "/caught-within", Reads, Some(500), Some("500"), None, Some(16)),
    row("GET", "/panic-in-the-body", Reads, Some(200), Some("panic"), Some("panicked"), Some(3)),
    row("GET", "/body-error", Reads, Some(200), Some("timeout"), None, Some(3)),
    row("GET", "/odd-body-error", Reads, Some(200), Some("_OTHER"), None, Some(3)),
    row("GET", "/timeout-inside", Reads, Some(504), Some("504"), None, Some(0)),
    row("GET", "/timeout-outside", Reads, None, None, Some("client_disconnected"), None),
    row("GET", "/hang", LeavesBeforeTheResponse, None, None, Some("client_disconnected"), None),
    row("GET", "/endless", LeavesInTheBody, Some(200), None, Some("client_disconnected"), Some(3)),
    row("GET", "/declared", LeavesInTheBody, Some(200), None, Some("client_disconnected"), Some(3)),
    row(
        "GET",
        "/broken-endless",
        LeavesInTheBody,
        Some(500),
        Some("500"),
        Some("client_disconnected"),
        Some(3),
    ),
];

const fn row(
    method: &'static str,
    path: &'static str,
    client: Client,
    status: Option<u16>,
    error_type: Option<&'static str>,
    outcome: Option<&'static str>,
    bytes: Option<u64>,
) -> Row {
    Row { method, path, client, status, error_type, outcome, bytes }
}

fn service() -> Router {
    let observed = Router::new()
        .route("/ok", get(|| async { "hello" }))
        .route("/broken", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "later") }))
        .route("/stream", get(|| async { pieces(vec![Ok("one"), Ok("two"), Ok("three")]) }))
        .route("/empty", get(|| async { StatusCode::NO_CONTENT }))
        .route(
            "/not-modified",
            get(|| async { (StatusCode::NOT_MODIFIED, [("content-length", "5")]) }),
        )
        .route("/trailers", get(|| async { with_trailers() }))
        .route("/panic", get(panics))
        .route("/panic-at-once", get_service(service_fn(panics_at_once)))
        .route("/panic-in-the-body", get(|| async { then(|| panic!("in the body")) }))
        .route(
            "/body-error",
            get(|| async { then(|| Err(io::Error::from(io::ErrorKind::TimedOut).into())) }),
        )
        .route("/odd-body-error", get(|| async { then(|| Err("odd".into())) }))
        .route("/hang", get(pending::<()>))
        .route("/endless", get(|| async { endless(StatusCode::OK, None) }))
        .route("/declared", get(|| async { endless(StatusCode::OK, Some("1000")) }))
        .route(
            "/broken-endless",
            get(|| async { endless(StatusCode::INTERNAL_SERVER_ERROR, None) }),
        )
        .merge(Router::new().route("/timeout-inside", get(pending::<()>)).layer(timeout()))
        .merge(Router::new().route("/caught-within", get(panics)).layer(CatchPanicLayer::new()))
        .layer(Layer::new());
    let timeout_outside = Router::new()
        .route("/timeout-outside", get(pending::<()>))
        .layer(Layer::new())
        .layer(timeout());
    let caught = Router::new()
        .route("/caught", get(panics))
        .layer(Layer::new())
        .layer(CatchPanicLayer::new());
    observed.merge(timeout_outside).merge(caught)
}

fn timeout() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(50))
}

async fn panics() {
    tokio::task::yield_now().await;
    panic!("in the handler");
}

fn panics_at_once(_: Request) -> Ready<Result<Response, Infallible>> {
    panic!("before there is a future");
}

type Piece = Result<&'static str, BoxError>;

/// A body of unknown length.
fn pieces(pieces: Vec<Piece>) -> Body {
    Body::from_stream(stream::iter(pieces))
}

/// A body of which the second piece is made when the first has been sent.
fn then(second: fn() -> Piece) -> Body {
    let second = stream::once(async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        second()
    });
    Body::from_stream(stream::iter([Ok("one")]).chain(second))
}

/// A body that begins and never ends.
fn endless(status: StatusCode, length: Option<&'static str>) -> Response {
    let pieces = stream::iter([Ok::<_, Infallible>("one")]).chain(stream::pending());
    let mut response = Response::new(Body::from_stream(pieces));
    *response.status_mut() = status;
    if let Some(length) = length {
        let length = HeaderValue::from_static(length);
        response.headers_mut().insert("content-length", length);
    }
    response
}

fn with_trailers() -> Body {
    let trailers = Frame::trailers(HeaderMap::new());
    let frames = [Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"one"))), Ok(trailers)];
    Body::new(StreamBody::new(stream::iter(frames)))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_1() {
    for row in ROWS {
        let capture = Capture::start();
        let server = Server::captured(&capture, service()).await;
        let mut connection = server.open(&head(row.method, row.path)).await;
        match row.client {
            Reads => {
                // A connection that is reset has ended, too.
                let _ = connection.read_to_end(&mut Vec::new()).await;
            }
            LeavesBeforeTheResponse => active(&capture, 1).await,
            LeavesInTheBody => read_until(&mut connection, "one").await,
        }
        drop(connection);
        check(row, &capture, "1.1").await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_2() {
    for row in ROWS {
        let capture = Capture::start();
        let server = Server::captured(&capture, service()).await;
        let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
        let method = row.method.parse().unwrap();
        let sent = client.request(method, server.url(row.path)).send();
        match row.client {
            Reads => {
                // Where the handler panics there is no response.
                if let Ok(response) = sent.await {
                    let _ = response.bytes().await;
                }
            }
            LeavesBeforeTheResponse => {
                tokio::select! {
                    _ = sent => panic!("{} does not answer", row.path),
                    () = active(&capture, 1) => {}
                }
            }
            LeavesInTheBody => {
                let mut response = sent.await.unwrap();
                assert_eq!(response.chunk().await.unwrap().unwrap(), "one");
                // The connection stays: it is the stream that is reset.
            }
        }
        check(row, &capture, "2").await;
    }
}

/// What a row says, and that it is said once: one span, one duration, the same in both, and nothing
/// under way.
async fn check(row: &Row, capture: &Capture, version: &str) {
    let span = one(capture).await;
    let case = format!("{} {} over HTTP/{version}", row.method, row.path);
    let attributes = attributes(&span);
    let attribute = |key| attributes.get(key).map(String::as_str);
    let status = row.status.map(|status| status.to_string());
    assert_eq!(attribute("http.response.status_code"), status.as_deref(), "{case}");
    assert_eq!(attribute("error.type"), row.error_type, "{case}");
    assert_eq!(attribute("telemetry.outcome"), row.outcome, "{case}");
    let failed = row.error_type.is_some();
    let expected = if failed { Status::ERROR } else { Status::Unset };
    assert_eq!(span.status, expected, "{case}");

    active(capture, 0).await;
    let metrics = capture.metrics();
    assert!(metrics.metric(ACTIVE).is_some(), "{case} was never under way");
    let durations = durations(capture);
    let [(labels, point)] = &durations[..] else {
        panic!("{case} has one series: {durations:#?}");
    };
    assert_eq!((point.count(), point.sum), (1, seconds(&span)), "{case}");
    let label = |key| labels.get(key).map(String::as_str);
    assert_eq!(label("http.response.status_code"), status.as_deref(), "{case}");
    assert_eq!(label("error.type"), row.error_type, "{case}");
    let left = row.outcome.filter(|outcome| *outcome == "client_disconnected");
    assert_eq!(label("telemetry.outcome"), left, "{case}");
    assert_eq!(label("network.protocol.version"), Some(version), "{case}");
    assert_eq!(total(capture, REQUEST_SIZE), (1, 0.0), "{case}");
    let expected = row.bytes.map_or((0, 0.0), |bytes| (1, bytes as f64));
    assert_eq!(total(capture, RESPONSE_SIZE), expected, "{case}");
    let sized = histogram(capture, RESPONSE_SIZE);
    let same = |(sized, _): &(_, _)| sized == labels;
    assert!(sized.iter().all(same), "{case} is labelled as its duration: {sized:?}");
    capture.assert_ledger_balances();
}

/// A service that fails, served by hyper alone, since axum's services never do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_fails_ends_its_request_over_http_1_and_2() {
    for version in ["1.1", "2"] {
        let capture = Capture::start();
        let context = capture.pipeline().context();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (connection, _) = listener.accept().await.unwrap();
            let fails = |_: http::Request<hyper::body::Incoming>| async {
                Err::<http::Response<Body>, _>(io::Error::from(io::ErrorKind::TimedOut))
            };
            let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(fails));
            // HTTP/2 has a task for each stream, so each request is brought into the pipeline.
            let within =
                move |request| service.clone().oneshot(request).in_context(context.clone());
            let service = TowerToHyperService::new(service_fn(within));
            let connection = TokioIo::new(connection);
            // The connection, or the stream, is broken off with the error.
            if version == "2" {
                let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                let _ = builder.serve_connection(connection, service).await;
            } else {
                let builder = hyper::server::conn::http1::Builder::new();
                let _ = builder.serve_connection(connection, service).await;
            }
        });
        let mut client = reqwest::Client::builder();
        if version == "2" {
            client = client.http2_prior_knowledge();
        }
        let sent = client.build().unwrap().get(format!("http://{address}/fails")).send().await;
        assert!(sent.is_err(), "there is no response");

        let span = one(&capture).await;
        let attributes = attributes(&span);
        assert_eq!(attributes["error.type"], "timeout");
        assert_eq!(attributes["network.protocol.version"], version);
        assert_eq!(attributes.get("http.response.status_code"), None);
        assert_eq!((&span.status, attributes.get("telemetry.outcome")), (&Status::ERROR, None));
        active(&capture, 0).await;
        let (labels, point) = durations(&capture).remove(0);
        assert_eq!((&*labels["error.type"], point.count()), ("timeout", 1));
        assert_eq!(total(&capture, RESPONSE_SIZE), (0, 0.0));
        server.abort();
    }
}

/// Events that a test sends, as a stream of them.
fn events(receiver: mpsc::UnboundedReceiver<&'static str>) -> Response {
    let events = stream::unfold(receiver, |mut receiver| async {
        let event = receiver.recv().await?;
        Some((Ok::<_, Infallible>(event), receiver))
    });
    let mut response = Response::new(Body::from_stream(events));
    let kind = HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert("content-type", kind);
    response
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_events_is_under_way_until_it_ends_or_its_client_leaves() {
    for (http_2, client_leaves) in [(false, false), (false, true), (true, false), (true, true)] {
        let case = format!("HTTP/2: {http_2}, leaves: {client_leaves}");
        let capture = Capture::start();
        let (sender, receiver) = mpsc::unbounded_channel();
        let receiver = std::sync::Arc::new(std::sync::Mutex::new(Some(receiver)));
        let handler = move || {
            let receiver = receiver.lock().unwrap().take();
            async move { events(receiver.unwrap()) }
        };
        let app = Router::new().route("/events", get(handler)).layer(Layer::new());
        let server = Server::captured(&capture, app).await;
        let mut client = reqwest::Client::builder();
        if http_2 {
            client = client.http2_prior_knowledge();
        }
        let client = client.build().unwrap();
        let mut response = client.get(server.url("/events")).send().await.unwrap();
        for _ in 0..50 {
            sender.send("data: 1\n\n").unwrap();
            assert_eq!(response.chunk().await.unwrap().unwrap().len(), 9, "{case}");
        }
        assert_eq!(capture.metrics().sum(ACTIVE, &[]), 1.0, "{case}");
        assert_eq!((capture.spans().len(), total(&capture, DURATION).0), (0, 0), "{case}");
        let outcome = if client_leaves {
            drop((response, client));
            Some("client_disconnected")
        } else {
            drop(sender);
            // HTTP/2 ends with a frame without data.
            while let Some(rest) = response.chunk().await.unwrap() {
                assert!(rest.is_empty(), "{case}");
            }
            None
        };
        let span = one(&capture).await;
        let attributes = attributes(&span);
        assert_eq!(attributes.get("telemetry.outcome").map(String::as_str), outcome, "{case}");
        assert_eq!(span.status, Status::Unset, "{case}");
        let to_headers = span.attribute("telemetry.http.server.time_to_headers").unwrap();
        let to_headers: f64 = to_headers.to_string().parse().unwrap();
        assert!(to_headers > 0.0 && to_headers <= seconds(&span), "{case}: {to_headers}");
        active(&capture, 0).await;
        assert_eq!(total(&capture, RESPONSE_SIZE), (1, 450.0), "{case}");
        capture.assert_ledger_balances();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_ends_the_request_at_its_answer() {
    async fn upgrade(request: Request) -> Response {
        let of_request = RequestSpan::of(request.extensions()).unwrap().clone();
        span!("socket").detached().link(of_request.span_context(), &[]).in_scope(|| ());
        let upgraded = hyper::upgrade::on(request);
        tokio::spawn(async move {
            let mut socket = TokioIo::new(upgraded.await.unwrap());
            socket.write_all(b"welcome").await.unwrap();
            pending::<()>().await;
        });
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        let headers = response.header("connection", "upgrade").header("upgrade", "test");
        headers.body(Body::empty()).unwrap()
    }

    let capture = Capture::start();
    let app = Router::new().route("/socket", get(upgrade)).layer(Layer::new());
    let server = Server::captured(&capture, app).await;
    let request = "GET /socket HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: test";
    let mut connection = server.open(request).await;
    read_until(&mut connection, "welcome").await;

    // The connection is open still.
    let span = one(&capture).await;
    let link = &capture.spans_named("socket")[0].links[0];
    assert_eq!((link.trace_id, link.span_id), (span.trace_id, span.span_id));
    assert_eq!(total(&capture, RESPONSE_SIZE), (1, 0.0));
    let attributes = attributes(&span);
    assert_eq!(attributes["http.response.status_code"], "101");
    assert_eq!((&span.status, attributes.get("telemetry.outcome")), (&Status::Unset, None));
    active(&capture, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_lasts_until_its_last_byte() {
    let capture = Capture::start();
    let (sender, receiver) = mpsc::unbounded_channel();
    let receiver = std::sync::Arc::new(std::sync::Mutex::new(Some(receiver)));
    let handler = move || {
        let receiver = receiver.lock().unwrap().take();
        async move { events(receiver.unwrap()) }
    };
    let app = Router::new().route("/", get(handler)).layer(Layer::new());
    let server = Server::captured(&capture, app).await;
    let mut connection = server.open(&head("GET", "/")).await;
    sender.send("one").unwrap();
    read_until(&mut connection, "one").await;
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 1.0, "the body is under way");
    assert_eq!((capture.spans().len(), durations(&capture).len()), (0, 0));
    sender.send("two").unwrap();
    drop(sender);
    read_until(&mut connection, "two").await;
    let span = one(&capture).await;
    let to_headers = span.attribute("telemetry.http.server.time_to_headers").unwrap();
    let to_headers: f64 = to_headers.to_string().parse().unwrap();
    assert!(seconds(&span) > to_headers, "{} and {to_headers}", seconds(&span));
}
