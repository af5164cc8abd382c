//! Requests that come to no good end, over TCP, at a small service with all layers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use futures_util::StreamExt;
use futures_util::stream;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use telemetry_ai::{EndpointRule, Middleware, Provider};
use telemetry_core::SpanKind;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_db::sqlx::SqlitePool;
use telemetry_tests::wire::Request;
use telemetry_tests::{Behaviour, Upstream, eventually};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// How long handlers wait that don't wait to the end.
const IMPATIENCE: Duration = Duration::from_millis(50);

/// A query that keeps SQLite busy for far longer than that, and not much longer than the test.
const LONG: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000000) SELECT count(*) FROM n";

/// A service whose telemetry is captured.
struct Fixture {
    capture: Arc<Capture>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    upstream: Upstream,
}

#[derive(Clone)]
struct Shared {
    db: SqlitePool,
    model: ClientWithMiddleware,
    url: String,
}

impl Fixture {
    /// One thread serves all, so that its pipeline is everybody's.
    fn start() -> Self {
        let capture = Arc::new(Capture::start());
        let upstream = Upstream::start(Behaviour::IsSilent);
        let rule = EndpointRule::host("127.0.0.1").port(upstream.port()).provider(Provider::OPENAI);
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let model = ClientBuilder::new(client).with(Middleware::builder().endpoint(rule).build());
        let (model, url) = (model.build(), format!("{}/v1/chat/completions", upstream.endpoint()));
        let (stop, stopped) = oneshot::channel();
        let (tell, address) = std::sync::mpsc::channel();
        let own = Arc::clone(&capture);
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let serve = async {
                let db = SqlitePool::connect_lazy("sqlite::memory:").unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let app = routes().with_state(Shared { db, model, url });
                let app = app.layer(telemetry_http::Layer::new());
                tokio::select! {
                    served = axum::serve(listener, app) => served.unwrap(),
                    _ = stopped => {}
                }
            };
            own.run(|| runtime.block_on(serve));
            // What is still running is dropped while its pipeline lives.
            own.run(|| drop(runtime));
        });
        let address = address.recv().unwrap();
        Self { capture, address, stop: Some(stop), thread: Some(thread), upstream }
    }

    /// Waits until no request is under way and gives the spans, of which there must be so many.
    #[track_caller]
    fn spans_at_rest(&self, count: usize) -> Vec<CapturedSpan> {
        eventually("no request is under way and all spans have ended", || {
            let active = self.capture.metrics().sum("http.server.active_requests", &[]);
            let spans = self.capture.spans();
            if active == 0.0 && spans.len() >= count {
                Ok(())
            } else {
                Err(format!("{active} under way, {spans:#?}"))
            }
        });
        let metrics = self.capture.metrics();
        let durations = metrics.histogram("http.server.request.duration", &[]).unwrap();
        assert_eq!(durations.count(), 1, "the request was measured otherwise than once");
        self.capture.assert_ledger_balances();
        let mut spans = self.capture.spans();
        assert_eq!(spans.len(), count, "{spans:#?}");
        spans.sort_by_key(|span| span.start_unix_nanos);
        spans
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let joined = thread.join();
            assert!(joined.is_ok() || thread::panicking(), "the service panicked");
        }
    }
}

fn routes() -> Router<Shared> {
    Router::new()
        .route("/endless", get(endless))
        .route("/panics", get(panics))
        .route("/panics-later", get(panics_later))
        .route("/model", get(model))
        .route("/impatient", get(impatient))
        .route("/query", get(query))
}

async fn endless() -> Body {
    let begun = stream::iter([Ok::<_, Infallible>("begun")]);
    Body::from_stream(begun.chain(stream::pending()))
}

async fn panics() {
    panic!("a handler that panics, as it is meant to");
}

async fn panics_later() -> Body {
    let begun = stream::once(async { Ok::<_, Infallible>("begun") });
    let later = stream::once(async {
        // What has begun is written while there is nothing more.
        tokio::task::yield_now().await;
        panic!("a body that panics, as it is meant to");
    });
    Body::from_stream(begun.chain(later))
}

/// A model that never answers.
async fn model(State(shared): State<Shared>) -> StatusCode {
    ask(&shared).await;
    StatusCode::OK
}

/// The same model, and a handler that doesn't wait for it: it drops the future.
async fn impatient(State(shared): State<Shared>) -> StatusCode {
    match tokio::time::timeout(IMPATIENCE, ask(&shared)).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::GATEWAY_TIMEOUT,
    }
}

async fn ask(shared: &Shared) {
    let question = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Are you there?"}]}"#;
    let _ = shared.model.post(&shared.url).body(question).send().await;
}

/// A long query, and a handler that drops its future.
async fn query(State(shared): State<Shared>) -> StatusCode {
    let counted = sqlx::query_scalar::<_, i64>(LONG).fetch_one(&shared.db);
    match tokio::time::timeout(IMPATIENCE, counted).await {
        Ok(_) => StatusCode::OK,
        Err(_) => StatusCode::GATEWAY_TIMEOUT,
    }
}

#[track_caller]
fn assert_request(span: &CapturedSpan, name: &str, outcome: Option<&str>, error: Option<&str>) {
    assert_eq!((&*span.name, span.kind), (name, SpanKind::Server));
    let text = |key: &str| span.attribute(key).map(ToString::to_string);
    assert_eq!(text("telemetry.outcome").as_deref(), outcome, "{span:#?}");
    assert_eq!(text("error.type").as_deref(), error, "{span:#?}");
}

#[test]
fn a_client_that_leaves_in_the_middle_of_an_answer_is_one_span_and_none_under_way() {
    let fixture = Fixture::start();
    let mut exchange = Request::get("/endless").open(fixture.address).unwrap();
    exchange.read_until("begun").unwrap();
    let active = fixture.capture.metrics().sum("http.server.active_requests", &[]);
    assert_eq!(active, 1.0);
    exchange.hang_up();
    let spans = fixture.spans_at_rest(1);
    assert_request(&spans[0], "GET /endless", Some("client_disconnected"), None);
    assert_eq!(spans[0].attribute("http.response.status_code").unwrap(), &200);
}

#[test]
fn a_handler_that_panics_is_one_span_and_none_under_way() {
    let fixture = Fixture::start();
    // The connection breaks without an answer, as it would without us.
    assert!(Request::get("/panics").send(fixture.address).is_err());
    let spans = fixture.spans_at_rest(1);
    assert_request(&spans[0], "GET /panics", Some("panicked"), Some("panic"));
    assert!(spans[0].attribute("http.response.status_code").is_none());
}

#[test]
fn a_body_that_panics_is_one_span_and_none_under_way() {
    let fixture = Fixture::start();
    let answer = Request::get("/panics-later").send(fixture.address).unwrap();
    assert_eq!((answer.status, answer.complete, &*answer.text()), (200, false, "begun"));
    let spans = fixture.spans_at_rest(1);
    assert_request(&spans[0], "GET /panics-later", Some("panicked"), Some("panic"));
    assert_eq!(spans[0].attribute("http.response.status_code").unwrap(), &200);
}

#[test]
fn a_client_that_leaves_while_the_model_is_asked_ends_the_call_and_the_request_once() {
    let fixture = Fixture::start();
    let exchange = Request::get("/model").open(fixture.address).unwrap();
    eventually("the model is asked", || {
        if fixture.upstream.asked().len() == 1 { Ok(()) } else { Err(String::new()) }
    });
    exchange.hang_up();
    let spans = fixture.spans_at_rest(2);
    assert_request(&spans[0], "GET /model", Some("client_disconnected"), None);
    assert_call(&spans[1], &spans[0]);
}

#[test]
fn a_call_whose_future_is_dropped_is_one_span_within_a_request_that_is_answered() {
    let fixture = Fixture::start();
    let answer = Request::get("/impatient").send(fixture.address).unwrap();
    assert_eq!((answer.status, answer.complete), (504, true));
    let spans = fixture.spans_at_rest(2);
    assert_request(&spans[0], "GET /impatient", None, Some("504"));
    assert_call(&spans[1], &spans[0]);
    let metrics = fixture.capture.metrics();
    let calls = metrics.sum("telemetry.gen_ai.requests", &[("telemetry.outcome", "cancelled")]);
    assert_eq!(calls, 1.0);
}

#[test]
fn a_query_whose_future_is_dropped_is_one_span_within_a_request_that_is_answered() {
    let fixture = Fixture::start();
    let answer = Request::get("/query").send(fixture.address).unwrap();
    assert_eq!((answer.status, answer.complete), (504, true));
    let spans = fixture.spans_at_rest(2);
    assert_request(&spans[0], "GET /query", None, Some("504"));
    let query = &spans[1];
    assert_eq!((query.name.starts_with("SELECT"), query.kind), (true, SpanKind::Client));
    assert_eq!(query.attribute("telemetry.outcome").unwrap(), &"cancelled");
    assert_within(query, &spans[0]);
    let metrics = fixture.capture.metrics();
    let queries = metrics.histogram("db.client.operation.duration", &[]).unwrap();
    assert_eq!(queries.count(), 1);
}

#[track_caller]
fn assert_call(call: &CapturedSpan, request: &CapturedSpan) {
    assert_eq!((&*call.name, call.kind), ("chat gpt-4o", SpanKind::Client));
    assert_eq!(call.attribute("telemetry.outcome").unwrap(), &"cancelled");
    assert_within(call, request);
}

#[track_caller]
fn assert_within(child: &CapturedSpan, parent: &CapturedSpan) {
    assert_eq!(child.trace_id, parent.trace_id);
    assert_eq!(child.parent_span_id, Some(parent.span_id));
    assert!(parent.start_unix_nanos <= child.start_unix_nanos, "{child:#?} in {parent:#?}");
    assert!(child.end_unix_nanos <= parent.end_unix_nanos, "{child:#?} in {parent:#?}");
}
