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
use hyper_util::rt::TokioIo;
use telemetry_core::Status;
use telemetry_core::testing::Capture;
use telemetry_http::Layer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::service_fn;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::support::{
    ACTIVE, Server, active, attributes, durations, head, one, read_until, seconds,
};

/// What a client does and what is recorded of it.
struct Row {
    method: &'static str,
    path: &'static str,
    client: Client,
    status: Option<u16>,
    error_type: Option<&'static str>,
    outcome: Option<&'static str>,
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
    row("GET", "/ok", Reads, Some(200), None, None),
    row("GET", "/missing", Reads, Some(404), None, None),
    row("GET", "/broken", Reads, Some(503), Some("503"), None),
    row("GET", "/stream", Reads, Some(200), None, None),
    row("GET", "/empty", Reads, Some(204), None, None),
    row("GET", "/not-modified", Reads, Some(304), None, None),
    row("HEAD", "/ok", Reads, Some(200), None, None),
    row("GET", "/trailers", Reads, Some(200), None, None),
    row("GET", "/panic", Reads, None, Some("panic"), Some("panicked")),
    row("GET", "/panic-at-once", Reads, None, Some("panic"), Some("panicked")),
    row("GET", "/caught", Reads, None, Some("panic"), Some("panicked")),
    row("GET", "/panic-in-the-body", Reads, Some(200), Some("panic"), Some("panicked")),
    row("GET", "/body-error", Reads, Some(200), Some("timeout"), None),
    row("GET", "/odd-body-error", Reads, Some(200), Some("_OTHER"), None),
    row("GET", "/timeout-inside", Reads, Some(504), Some("504"), None),
    row("GET", "/timeout-outside", Reads, None, None, Some("client_disconnected")),
    row("GET", "/hang", LeavesBeforeTheResponse, None, None, Some("client_disconnected")),
    row("GET", "/endless", LeavesInTheBody, Some(200), None, Some("client_disconnected")),
    row("GET", "/declared", LeavesInTheBody, Some(200), None, Some("client_disconnected")),
    row(
        "GET",
        "/broken-endless",
        LeavesInTheBody,
        Some(500),
        Some("500"),
        Some("client_disconnected"),
    ),
];

const fn row(
    method: &'static str,
    path: &'static str,
    client: Client,
    status: Option<u16>,
    error_type: Option<&'static str>,
    outcome: Option<&'static str>,
) -> Row {
    Row { method, path, client, status, error_type, outcome }
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
    capture.assert_ledger_balances();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_ends_the_request_at_its_answer() {
    async fn upgrade(request: Request) -> Response {
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
    let attributes = attributes(&span);
    assert_eq!(attributes["http.response.status_code"], "101");
    assert_eq!((&span.status, attributes.get("telemetry.outcome")), (&Status::Unset, None));
    active(&capture, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_lasts_until_its_last_byte() {
    let capture = Capture::start();
    let app = Router::new().route("/", get(|| async { then(|| Ok("two")) })).layer(Layer::new());
    let server = Server::captured(&capture, app).await;
    let mut connection = server.open(&head("GET", "/")).await;
    read_until(&mut connection, "one").await;
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 1.0, "the body is under way");
    read_until(&mut connection, "two").await;
    let span = one(&capture).await;
    assert!(seconds(&span) >= 0.02, "{}", seconds(&span));
}
