//! A client that nobody here wrote, of several moods, at a service with the server layer.

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use futures_util::{StreamExt, stream};
use telemetry_core::SpanKind;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_http::Layer;
use telemetry_tests::eventually;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const REQUEST_SIZE: &str = "http.server.request.body.size";
const RESPONSE_SIZE: &str = "http.server.response.body.size";

/// A service on a thread of its own, whose telemetry is captured.
struct Service {
    capture: Arc<Capture>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    fn start() -> Self {
        let capture = Arc::new(Capture::start());
        let (stop, stopped) = oneshot::channel();
        let (tell, address) = std::sync::mpsc::channel();
        let own = Arc::clone(&capture);
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let serve = async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                tokio::select! {
                    served = axum::serve(listener, routes()) => served.unwrap(),
                    _ = stopped => {}
                }
            };
            own.run(|| runtime.block_on(serve));
            // What is still running is dropped while its pipeline lives.
            own.run(|| drop(runtime));
        });
        let address = address.recv().unwrap();
        Self { capture, address, stop: Some(stop), thread: Some(thread) }
    }

    /// Starts curl, which prints the response with its head.
    fn start_curl(&self, arguments: &[&str], path: &str) -> Child {
        let mut curl = telemetry_tests::curl();
        // Whoever hangs has failed long before.
        curl.args(["--silent", "--include", "--no-buffer", "--noproxy", "*", "--max-time", "60"]);
        curl.args(arguments).arg(format!("http://{}{path}", self.address));
        let curl = curl.stdin(Stdio::piped()).stdout(Stdio::piped());
        curl.spawn().expect("curl is there; `cargo xtask test` installs it")
    }

    /// Runs curl and gives its exit code and what it printed.
    fn curl(&self, arguments: &[&str], path: &str, input: &str) -> (Option<i32>, String) {
        let mut curl = self.start_curl(arguments, path);
        // One that doesn't read its input doesn't mind.
        let _ = curl.stdin.take().unwrap().write_all(input.as_bytes());
        let output = curl.wait_with_output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Waits until the one request has ended and gives its span.
    fn span(&self) -> CapturedSpan {
        let mut spans = Vec::new();
        eventually("the request has ended", || {
            let active = self.capture.metrics().sum("http.server.active_requests", &[]);
            spans = self.capture.spans();
            spans.retain(|span| span.kind == SpanKind::Server);
            let ended = active == 0.0 && spans.len() == 1;
            if ended { Ok(()) } else { Err(format!("{active} under way, {spans:#?}")) }
        });
        self.capture.assert_ledger_balances();
        spans.remove(0)
    }

    /// The sum of a histogram of one value.
    fn size(&self, name: &str) -> f64 {
        let metrics = self.capture.metrics();
        let point = metrics.histogram(name, &[]).unwrap();
        assert_eq!(point.count(), 1, "{name}");
        point.sum
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let joined = thread.join();
            assert!(joined.is_ok() || thread::panicking(), "the service panicked");
        }
    }
}

fn routes() -> Router {
    let endless = || async {
        let begun = stream::iter([Ok::<_, Infallible>("begun")]);
        Body::from_stream(begun.chain(stream::pending()))
    };
    Router::new()
        .route("/orders/{id}", get(|| async { "an order" }))
        .route("/echo", post(|body: Bytes| async { body }))
        .route("/endless", get(endless))
        .layer(Layer::new())
}

fn attribute(span: &CapturedSpan, key: &str) -> Option<String> {
    span.attribute(key).map(ToString::to_string)
}

#[test]
fn its_trace_and_its_id_are_carried_on_over_both_protocols() {
    for (arguments, version) in [
        (&["--http1.1"][..], "1.1"),
        (&["--http2-prior-knowledge"][..], "2"),
        (&["--http1.0"][..], "1.0"),
    ] {
        let service = Service::start();
        let parent = format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01");
        let headers = ["-H", &parent, "-H", "x-correlation-id: curl-1", "--user-agent", "mood/1"];
        let arguments: Vec<_> = arguments.iter().copied().chain(headers).collect();
        let (code, response) = service.curl(&arguments, "/orders/17?token=hunter2&page=2", "");
        assert_eq!(code, Some(0), "{response}");
        assert!(response.ends_with("an order"), "{response}");
        assert!(response.contains("x-request-id: curl-1"), "{response}");
        assert!(response.contains("x-correlation-id: curl-1"), "{response}");
        let span = service.span();
        assert_eq!((&*span.name, &*span.trace_id.to_string()), ("GET /orders/{id}", TRACE));
        for (key, value) in [
            ("network.protocol.version", version),
            ("http.response.status_code", "200"),
            ("user_agent.original", "mood/1"),
            ("url.query", "token=REDACTED&page=2"),
            ("request.id", "curl-1"),
            ("server.address", "127.0.0.1"),
        ] {
            assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key} over {version}");
        }
        assert_eq!((service.size(REQUEST_SIZE), service.size(RESPONSE_SIZE)), (0.0, 8.0));
    }
}

#[test]
fn its_uploads_are_measured_however_they_come() {
    let declared = ["--data-binary", "@-"];
    let chunked = ["-H", "transfer-encoding: chunked", "--data-binary", "@-"];
    let http_2 = ["--http2-prior-knowledge", "--data-binary", "@-"];
    let waiting = ["-H", "expect: 100-continue", "--data-binary", "@-"];
    let body = "x".repeat(100_000);
    for arguments in [&declared[..], &chunked, &http_2, &waiting] {
        let service = Service::start();
        let (code, response) = service.curl(arguments, "/echo", &body);
        assert_eq!(code, Some(0), "{arguments:?}");
        assert!(response.ends_with(&body), "{arguments:?}");
        let span = service.span();
        assert_eq!(attribute(&span, "http.request.method").as_deref(), Some("POST"));
        let sizes = (service.size(REQUEST_SIZE), service.size(RESPONSE_SIZE));
        assert_eq!(sizes, (100_000.0, 100_000.0), "{arguments:?}");
    }
}

#[test]
fn it_leaves_and_is_seen_to() {
    for arguments in [&["--http1.1"][..], &["--http2-prior-knowledge"]] {
        let service = Service::start();
        let mut curl = service.start_curl(arguments, "/endless");
        let (mut printed, mut out) = (Vec::new(), curl.stdout.take().unwrap());
        while !printed.ends_with(b"begun") {
            let mut byte = [0];
            assert_eq!(out.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&printed));
            printed.push(byte[0]);
        }
        curl.kill().unwrap();
        curl.wait().unwrap();
        let span = service.span();
        assert_eq!(attribute(&span, "telemetry.outcome").as_deref(), Some("client_disconnected"));
        assert_eq!(attribute(&span, "http.response.status_code").as_deref(), Some("200"));
        assert_eq!(service.size(RESPONSE_SIZE), 5.0);
    }
}

#[test]
fn its_odd_methods_and_lost_ways_name_no_path() {
    for (arguments, path, name, status) in [
        (&["-X", "BREW"][..], "/orders/17", "HTTP /orders/{id}", "405"),
        (&["--head"], "/orders/17", "HEAD /orders/{id}", "200"),
        (&[], "/no/such/place", "GET", "404"),
    ] {
        let service = Service::start();
        let (code, response) = service.curl(arguments, path, "");
        assert_eq!(code, Some(0), "{response}");
        let span = service.span();
        assert_eq!(span.name, name);
        assert_eq!(attribute(&span, "http.response.status_code").as_deref(), Some(status));
        assert_eq!(attribute(&span, "error.type"), None);
    }
}
