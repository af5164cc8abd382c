//! The table of `telemetry_http::client`, row by row, over real connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use http_body_util::{BodyExt, Empty};
use reqwest_middleware::ClientWithMiddleware;
use telemetry_core::testing::Capture;
use telemetry_core::{ContextExt, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;
use tower::ServiceExt;

use super::support::{ACTIVE, DURATION, Hyper, hyper_client, reqwest_client, sent, series};
use crate::support::{PATIENCE, Server, attributes, eventually, seconds};

/// What the caller does and what is recorded of it.
struct Row {
    method: &'static str,
    to: To,
    caller: Caller,
    status: Option<u16>,
    error_type: Option<&'static str>,
    outcome: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum To {
    /// This path of a server that works.
    Path(&'static str),
    /// A port where nobody listens.
    NoPort,
    /// A name that there is not.
    NoName,
    /// A server that takes the request and closes.
    Closes,
    /// A server that closes in the middle of the body that it has declared.
    ClosesInTheBody,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Caller {
    /// Reads the response to its end, whatever the end.
    Reads,
    /// Has no more patience than a moment for the answer.
    TimesOut,
    /// Leaves while it waits for the answer.
    LeavesBeforeTheResponse,
    /// Leaves once it has read a part of the body.
    LeavesInTheBody,
    /// Panics while it waits.
    Panics,
}

use Caller::{LeavesBeforeTheResponse, LeavesInTheBody, Panics, Reads, TimesOut};
use To::{Closes, ClosesInTheBody, NoName, NoPort, Path};

const ROWS: &[Row] = &[
    row("GET", Path("/ok"), Reads, Some(200), None, None),
    row("HEAD", Path("/ok"), Reads, Some(200), None, None),
    row("GET", Path("/empty"), Reads, Some(204), None, None),
    row("GET", Path("/not-modified"), Reads, Some(304), None, None),
    row("GET", Path("/stream"), Reads, Some(200), None, None),
    row("GET", Path("/missing"), Reads, Some(404), Some("404"), None),
    row("GET", Path("/broken"), Reads, Some(503), Some("503"), None),
    row("GET", NoPort, Reads, None, Some("connect"), None),
    row("GET", NoName, Reads, None, Some("dns"), None),
    row("GET", Closes, Reads, None, Some("network_error"), None),
    row("GET", ClosesInTheBody, Reads, Some(200), Some("network_error"), None),
    row("GET", Path("/hang"), LeavesBeforeTheResponse, None, None, Some("cancelled")),
    row("GET", Path("/endless"), LeavesInTheBody, Some(200), None, Some("cancelled")),
    row("GET", Path("/broken-endless"), LeavesInTheBody, Some(500), Some("500"), Some("cancelled")),
    row("GET", Path("/hang"), Panics, None, Some("panic"), Some("panicked")),
    row("GET", Path("/hang"), TimesOut, None, Some("timeout"), None),
];

const fn row(
    method: &'static str,
    to: To,
    caller: Caller,
    status: Option<u16>,
    error_type: Option<&'static str>,
    outcome: Option<&'static str>,
) -> Row {
    Row { method, to, caller, status, error_type, outcome }
}

fn service() -> Router {
    let endless = || {
        let pieces = stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(b"piece")));
        Body::from_stream(pieces.then(|piece| async {
            tokio::task::yield_now().await;
            piece
        }))
    };
    Router::new()
        .route("/ok", get(|| async { "an order" }))
        .route("/empty", get(|| async { StatusCode::NO_CONTENT }))
        .route("/not-modified", get(|| async { StatusCode::NOT_MODIFIED }))
        .route("/missing", get(|| async { (StatusCode::NOT_FOUND, "none") }))
        .route("/broken", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route("/hang", get(std::future::pending::<()>))
        .route("/endless", get(move || async move { endless() }))
        .route(
            "/broken-endless",
            get(move || async move { (StatusCode::INTERNAL_SERVER_ERROR, endless()) }),
        )
        .route(
            "/stream",
            get(|| async {
                Body::from_stream(stream::iter(["one", "two"].map(Ok::<_, std::io::Error>)))
            }),
        )
}

/// A server that answers each connection with these bytes, and closes.
async fn closing(answer: &'static [u8]) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = [0; 1024];
            let _ = connection.read(&mut head).await;
            let _ = connection.write_all(answer).await;
        }
    });
    (address, task)
}

/// What a request is sent to, while this is kept.
enum Other {
    None,
    Server(tokio::task::JoinHandle<()>),
    Port(#[allow(dead_code, reason = "kept, not read")] TcpSocket),
}

impl Drop for Other {
    fn drop(&mut self) {
        if let Self::Server(task) = self {
            task.abort();
        }
    }
}

async fn url(row: &Row, server: &Server) -> (String, Other) {
    match row.to {
        Path(path) => (server.url(path), Other::None),
        // Bound and not listening: nobody else can come to listen there.
        NoPort => {
            let unused = TcpSocket::new_v4().unwrap();
            unused.bind(([127, 0, 0, 1], 0).into()).unwrap();
            (format!("http://{}/", unused.local_addr().unwrap()), Other::Port(unused))
        }
        // Too long for a name, so that nobody has to be asked.
        NoName => (format!("http://{}.invalid/", "x".repeat(70)), Other::None),
        Closes => {
            let (address, task) = closing(b"").await;
            (format!("http://{address}/"), Other::Server(task))
        }
        ClosesInTheBody => {
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nno more";
            let (address, task) = closing(head).await;
            (format!("http://{address}/"), Other::Server(task))
        }
    }
}

/// A future that panics at its second poll, after it has polled the other once.
async fn panics_beside<F: Future>(work: F) {
    tokio::pin!(work);
    let mut polled = false;
    std::future::poll_fn(|task| {
        let _ = work.as_mut().poll(task);
        assert!(!polled, "the caller's own panic");
        polled = true;
        task.waker().wake_by_ref();
        std::task::Poll::<()>::Pending
    })
    .await;
}

async fn with_reqwest(client: ClientWithMiddleware, row: &'static Row, url: String) {
    let method = http::Method::from_bytes(row.method.as_bytes()).unwrap();
    let mut request = client.request(method, url);
    if row.caller == TimesOut {
        request = request.timeout(Duration::from_millis(1));
    }
    let send = request.send();
    match row.caller {
        Reads | TimesOut => {
            if let Ok(response) = send.await {
                let _ = response.bytes().await;
            }
        }
        LeavesInTheBody => {
            let mut response = send.await.unwrap();
            response.chunk().await.unwrap();
        }
        LeavesBeforeTheResponse => polled_once(send).await,
        Panics => panics_beside(send).await,
    }
}

/// Polls a future once, after which its work is under way, and drops it.
async fn polled_once<F: Future>(work: F) {
    let mut work = std::pin::pin!(work);
    std::future::poll_fn(|task| {
        assert!(work.as_mut().poll(task).is_pending(), "nobody answers that");
        std::task::Poll::Ready(())
    })
    .await;
}

async fn with_hyper(client: Hyper<Empty<Bytes>>, row: &'static Row, url: String) {
    let request = http::Request::builder().method(row.method).uri(url);
    let request = request.body(Empty::<Bytes>::new()).unwrap();
    let send = client.oneshot(request);
    match row.caller {
        Reads => {
            if let Ok(response) = send.await {
                let _ = response.into_body().collect().await;
            }
        }
        // hyper's client has no patience to lose.
        TimesOut => unreachable!("left out"),
        LeavesInTheBody => {
            let mut body = send.await.unwrap().into_body();
            body.frame().await.unwrap().unwrap();
        }
        LeavesBeforeTheResponse => polled_once(send).await,
        Panics => panics_beside(send).await,
    }
}

async fn check(capture: &Capture, row: &Row, client: &str) {
    let what = format!("{client}: {} {:?} {:?}", row.method, row.to, row.caller);
    let span = sent(capture, 1).await.remove(0);
    let found = attributes(&span);
    let get = |key: &str| found.get(key).map(String::as_str);
    let status = row.status.map(|status| status.to_string());
    assert_eq!(get("http.response.status_code"), status.as_deref(), "{what}");
    assert_eq!(get("error.type"), row.error_type, "{what}");
    assert_eq!(get("telemetry.outcome"), row.outcome, "{what}");
    let expected = if row.error_type.is_some() { Status::ERROR } else { Status::Unset };
    assert_eq!(span.status, expected, "{what}");

    let durations = series(capture, DURATION);
    assert_eq!(durations.len(), 1, "{what}: {durations:#?}");
    let (labels, point) = &durations[0];
    assert_eq!(point.count(), 1, "{what}");
    assert_eq!(point.sum, seconds(&span), "{what}");
    let label = |key: &str| labels.get(key).map(String::as_str);
    assert_eq!(label("http.response.status_code"), status.as_deref(), "{what}");
    assert_eq!(label("error.type"), row.error_type, "{what}");
    assert_eq!(label("telemetry.outcome"), row.outcome.filter(|it| *it != "panicked"), "{what}");
    let at_rest = || capture.metrics().sum(ACTIVE, &[]) == 0.0;
    eventually("the end of all that was under way", at_rest).await;
    let sizes = series(capture, "http.client.response.body.size");
    assert_eq!(sizes.len(), usize::from(row.status.is_some()), "{what}: {sizes:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_reqwest() {
    let server = Server::start(service()).await;
    for row in ROWS {
        let (url, other) = url(row, &server).await;
        let capture = Capture::start();
        let context = capture.pipeline().context();
        let call = tokio::spawn(with_reqwest(reqwest_client(), row, url).in_context(context));
        let ended = tokio::time::timeout(PATIENCE, call).await.unwrap();
        assert_eq!(ended.is_err(), row.caller == Panics, "{ended:?}");
        check(&capture, row, "reqwest").await;
        drop(other);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_hyper_through_the_tower_layer() {
    let server = Server::start(service()).await;
    for row in ROWS.iter().filter(|row| row.caller != TimesOut) {
        let (url, other) = url(row, &server).await;
        let capture = Capture::start();
        let context = capture.pipeline().context();
        let call = tokio::spawn(with_hyper(hyper_client(), row, url).in_context(context));
        let ended = tokio::time::timeout(PATIENCE, call).await.unwrap();
        assert_eq!(ended.is_err(), row.caller == Panics, "{ended:?}");
        check(&capture, row, "hyper").await;
        drop(other);
    }
}

#[tokio::test]
async fn of_an_answer_in_pieces_with_the_last_byte() {
    let (capture, more) = (Capture::start(), Arc::new(Notify::new()));
    let waits = Arc::clone(&more);
    let pieces = move || {
        let waits = Arc::clone(&waits);
        let last = stream::once(async move {
            waits.notified().await;
            Ok::<_, std::io::Error>("two")
        });
        async { Body::from_stream(stream::iter([Ok("one")]).chain(last)) }
    };
    let server = Server::start(Router::new().route("/", get(pieces))).await;
    let request = reqwest_client().get(server.url("/"));
    let mut response = capture.run_async(async { request.send().await.unwrap() }).await;
    assert_eq!(response.chunk().await.unwrap().unwrap(), "one");
    assert!(capture.spans().is_empty(), "its body is under way");
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 1.0);
    more.notify_one();
    assert_eq!(response.text().await.unwrap(), "two");
    let span = sent(&capture, 1).await.remove(0);
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 0.0);
    let bytes = series(&capture, "http.client.response.body.size");
    assert_eq!((bytes[0].1.count(), bytes[0].1.sum), (1, 6.0));
    assert_eq!(series(&capture, DURATION)[0].1.sum, seconds(&span));
}
