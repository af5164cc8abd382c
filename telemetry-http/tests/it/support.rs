//! A real server, clients that hang up, and what was captured.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{ContextExt, HistogramPoint, MetricData, SpanKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) const DURATION: &str = "http.server.request.duration";
pub(crate) const ACTIVE: &str = "http.server.active_requests";

pub(crate) const REQUEST_SIZE: &str = "http.server.request.body.size";
pub(crate) const RESPONSE_SIZE: &str = "http.server.response.body.size";

/// How long anything may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A server on a free port; it ends with the test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `app` with the client's address known.
    pub(crate) async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { address, task }
    }

    /// Serves `app` with all its requests in `capture`'s pipeline.
    pub(crate) async fn captured(capture: &Capture, app: Router) -> Self {
        let context = capture.pipeline().context();
        let within = move |request: Request, next: Next| {
            let context = context.clone();
            async move { next.run(request).in_context(context).await }
        };
        Self::start(app.layer(from_fn(within))).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sends `head`, to which the end of the headers is added, and reads until the server closes.
    pub(crate) async fn raw(&self, head: &str) -> String {
        let mut connection = self.open(head).await;
        let mut response = Vec::new();
        // A server that panics resets the connection; what came before counts.
        let _ = connection.read_to_end(&mut response).await;
        String::from_utf8_lossy(&response).into_owned()
    }

    /// Sends `head` as [`Server::raw`] does and leaves the response to the caller.
    pub(crate) async fn open(&self, head: &str) -> TcpStream {
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        let head = format!("{head}\r\n\r\n");
        connection.write_all(head.as_bytes()).await.unwrap();
        connection
    }

    /// `GET` of `path` over HTTP/1.1, read whole.
    pub(crate) async fn get(&self, path: &str) -> String {
        self.raw(&head("GET", path)).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The head of a request after which the connection is closed.
pub(crate) fn head(method: &str, path: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close")
}

/// Reads from `connection` until `text` has come.
pub(crate) async fn read_until(connection: &mut TcpStream, text: &str) {
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains(text) {
        let read = connection.read_buf(&mut seen).await.unwrap();
        assert_ne!(read, 0, "the response ended before {text:?}");
    }
}

/// Waits until `reached`.
pub(crate) async fn eventually(what: &str, reached: impl Fn() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < PATIENCE, "{what} did not happen");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits until `count` requests are under way.
pub(crate) async fn active(capture: &Capture, count: u32) {
    let reached = || capture.metrics().sum(ACTIVE, &[]) == f64::from(count);
    eventually("the number of requests under way", reached).await;
}

/// Waits until `count` requests have ended and returns their spans.
pub(crate) async fn ended(capture: &Capture, count: usize) -> Vec<CapturedSpan> {
    let of_requests = || {
        let spans = capture.spans().into_iter();
        let of_requests = spans.filter(|span| span.kind == SpanKind::Server);
        of_requests.collect::<Vec<_>>()
    };
    eventually("the end of the requests", || of_requests().len() >= count).await;
    let spans = of_requests();
    assert_eq!(spans.len(), count, "a request ended twice: {spans:#?}");
    spans
}

/// Waits until one request has ended and returns its span.
pub(crate) async fn one(capture: &Capture) -> CapturedSpan {
    ended(capture, 1).await.remove(0)
}

/// The attributes of a span as text.
pub(crate) fn attributes(span: &CapturedSpan) -> BTreeMap<&str, String> {
    let attributes = span.attributes.iter();
    attributes.map(|(key, value)| (key.as_str(), value.to_string())).collect()
}

/// All series of the request duration, with their labels as text.
pub(crate) fn durations(capture: &Capture) -> Vec<(BTreeMap<String, String>, HistogramPoint)> {
    histogram(capture, DURATION)
}

/// All series of a histogram, with their labels as text.
pub(crate) fn histogram(
    capture: &Capture,
    name: &str,
) -> Vec<(BTreeMap<String, String>, HistogramPoint)> {
    let metrics = capture.metrics();
    match metrics.metric(name).map(|metric| &metric.data) {
        Some(MetricData::Histogram { points, .. }) => {
            points.iter().map(|point| (labels(&point.attributes), point.clone())).collect()
        }
        _ => Vec::new(),
    }
}

/// Labels as text.
pub(crate) fn labels(set: &telemetry_core::AttributeSet) -> BTreeMap<String, String> {
    set.iter().map(|(key, value)| (key.to_owned(), value.to_string())).collect()
}

/// How many values a histogram has, and their sum.
pub(crate) fn total(capture: &Capture, name: &str) -> (u64, f64) {
    let points = histogram(capture, name);
    let counts = points.iter().map(|(_, point)| point.count());
    (counts.sum(), points.iter().map(|(_, point)| point.sum).sum())
}

/// A map of text, to compare with.
pub(crate) fn map<const N: usize>(entries: [(&str, &str); N]) -> BTreeMap<String, String> {
    entries.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

/// A span's duration in seconds, as a histogram would have it.
pub(crate) fn seconds(span: &CapturedSpan) -> f64 {
    Duration::from_nanos(span.end_unix_nanos - span.start_unix_nanos).as_secs_f64()
}
