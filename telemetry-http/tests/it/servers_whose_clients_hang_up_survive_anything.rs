//! A soak: clients of which a third hang up at random points, twice as long as
//! `TELEMETRY_FUZZ_SECONDS` says (by default two seconds).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::{get, post};
use futures_util::stream::{self, StreamExt};
use telemetry_core::{ContextExt, MetricData, MetricSnapshot, Pipeline};
use telemetry_http::Layer;
use tokio::io::AsyncReadExt;

use crate::counting::Counting;
use crate::random::{Random, deadline, fresh_seed};
use crate::support::{
    ACTIVE, DURATION, REQUEST_SIZE, RESPONSE_SIZE, Server, eventually, head, read_until,
};

const CLIENTS: u64 = 16;
const LEFT: &str = "client_disconnected";

/// Where clients ask that read what they get to its end, and where those that may not.
const WHOLE: &str = "/whole";
const TORN: &str = "/torn";

/// A body of 20 pieces over 20 ms.
fn slow() -> Body {
    let pieces = stream::iter(0..20).then(|_| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok::<_, std::convert::Infallible>("piece")
    });
    Body::from_stream(pieces)
}

/// A body that begins and never ends.
fn endless() -> Body {
    let pieces = stream::iter([Ok::<_, std::convert::Infallible>("begun")]);
    Body::from_stream(pieces.chain(stream::pending()))
}

/// What a client knows for certain.
#[derive(Clone, Copy, Default)]
struct Count {
    read_whole: u64,
    /// Bytes of bodies among them.
    bytes: u64,
    hung_up: u64,
}

/// Requests one after the other until the time is up, and each path at least once.
async fn client(server: Arc<Server>, mut random: Random, until: Instant) -> Count {
    let mut count = Count::default();
    for request in 0.. {
        if request >= 12 && Instant::now() > until {
            break;
        }
        let hangs_up = random.below(3) == 0;
        let path = |end: &str| format!("{}{end}", if hangs_up { TORN } else { WHOLE });
        let (request, length) = match random.below(4) {
            0 => (head("GET", &path("/late")), 0),
            1 => (head("GET", &path("/slow")), 100),
            2 => (head("GET", &path("/at-once")), 5),
            _ => (format!("{}\r\ncontent-length: 4\r\n\r\nbody", head("POST", &path("/echo"))), 4),
        };
        let mut connection = server.open(&request).await;
        let mut response = Vec::new();
        let read = connection.read_to_end(&mut response);
        if hangs_up {
            let patience = Duration::from_micros(random.below(25_000) as u64);
            count.hung_up += u64::from(tokio::time::timeout(patience, read).await.is_err());
        } else {
            read.await.unwrap();
            assert!(response.starts_with(b"HTTP/1.1 200"), "{response:?}");
            count.read_whole += 1;
            count.bytes += length;
        }
    }
    // One that is certain: in the middle of a body without an end.
    let mut connection = server.open(&head("GET", "/torn/endless")).await;
    read_until(&mut connection, "begun").await;
    count.hung_up += 1;
    count
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_request_once_and_what_was_read_whole_as_such() {
    let (pipeline, counting) = Counting::pipeline();
    let received = Arc::new(AtomicU64::new(0));
    let app = service(&pipeline, Arc::clone(&received));
    let server = Arc::new(Server::start(app).await);

    let (seed, until) = (fresh_seed(), deadline(2));
    let clients = (0..CLIENTS).map(|client_number| {
        let random = Random::seeded(seed.wrapping_add(client_number));
        tokio::spawn(client(Arc::clone(&server), random, until))
    });
    let mut total = Count::default();
    for client in clients.collect::<Vec<_>>() {
        let count = client.await.unwrap();
        total.read_whole += count.read_whole;
        total.bytes += count.bytes;
        total.hung_up += count.hung_up;
    }

    // A client that hung up at once may have been gone before its request was read.
    let settled = || {
        let metrics = pipeline.metrics();
        metrics.sum(ACTIVE, &[]) == 0.0
            && counted(&metrics, DURATION).0 == received.load(Ordering::Relaxed)
    };
    eventually("the end of all requests", settled).await;
    let received = received.load(Ordering::Relaxed);
    println!(
        "soak: {received} requests, {} read whole, {} hung up, seed {seed}",
        total.read_whole, total.hung_up
    );

    let metrics = pipeline.metrics();
    let outcomes = by_outcome(&metrics, "/");
    let answered = outcomes.get(&None).copied().unwrap_or_default();
    let left = outcomes.get(&Some(LEFT.to_owned())).copied().unwrap_or_default();
    assert_eq!(answered + left, received, "seed {seed}: {outcomes:?}");
    // Who hung up may have been answered before anybody noticed, never the other way.
    assert!(answered >= total.read_whole, "seed {seed}: {outcomes:?}");
    assert!(left <= total.hung_up, "seed {seed}: {outcomes:?}, {} hung up", total.hung_up);
    assert!(left >= CLIENTS, "seed {seed}: {left} were seen to leave");

    // Of those who read to the end, both sides count the same: requests and bytes.
    let whole = by_outcome(&metrics, WHOLE);
    assert_eq!(whole, BTreeMap::from([(None, total.read_whole)]), "seed {seed}");
    let sent = counted_of(&metrics, RESPONSE_SIZE, WHOLE);
    assert_eq!(sent, (total.read_whole, total.bytes as f64), "seed {seed}");

    assert_eq!(counted(&metrics, REQUEST_SIZE).0, received, "seed {seed}");
    let (responses, bytes) = counted(&metrics, RESPONSE_SIZE);
    assert!((total.read_whole..=received).contains(&responses), "seed {seed}: {responses}");
    assert!(bytes >= total.bytes as f64, "seed {seed}: {bytes} of {}", total.bytes);

    telemetry_core::testing::assert_ledger_balances(&pipeline);
    let ends = counting.ends();
    let dropped = pipeline.ledger().spans.dropped.iter().map(|(_, count)| *count).sum::<u64>();
    assert_eq!(ends.values().sum::<u64>() + dropped, received, "seed {seed}: one span each");
    if dropped == 0 {
        let left_by_spans: u64 =
            ends.iter().filter(|(end, _)| end[2].as_deref() == Some(LEFT)).map(|(_, n)| n).sum();
        assert_eq!(left_by_spans, left, "seed {seed}: spans and metrics agree");
    }
}

fn service(pipeline: &Pipeline, received: Arc<AtomicU64>) -> Router {
    let context = pipeline.context();
    let count = move |request: Request, next: Next| {
        received.fetch_add(1, Ordering::Relaxed);
        let context = context.clone();
        async move { next.run(request).in_context(context).await }
    };
    let routes = Router::new()
        .route("/late", get(|| tokio::time::sleep(Duration::from_millis(20))))
        .route("/slow", get(|| async { slow() }))
        .route("/endless", get(|| async { endless() }))
        .route("/at-once", get(|| async { "hello" }))
        .route("/echo", post(|body: axum::body::Bytes| async { body }));
    Router::new()
        .nest(WHOLE, routes.clone())
        .nest(TORN, routes)
        .layer(Layer::new())
        .layer(from_fn(count))
}

/// How many values a histogram has, and their sum.
fn counted(metrics: &MetricSnapshot, name: &str) -> (u64, f64) {
    counted_of(metrics, name, "/")
}

/// The same of the routes that begin like this.
fn counted_of(metrics: &MetricSnapshot, name: &str, routes: &str) -> (u64, f64) {
    let points = points(metrics, name, routes);
    (points.iter().map(|(_, count, _)| count).sum(), points.iter().map(|(.., sum)| sum).sum())
}

fn by_outcome(metrics: &MetricSnapshot, routes: &str) -> BTreeMap<Option<String>, u64> {
    let mut outcomes = BTreeMap::new();
    for (outcome, count, _) in points(metrics, DURATION, routes) {
        *outcomes.entry(outcome).or_default() += count;
    }
    outcomes
}

/// Outcome, count and sum of each series of a histogram whose route begins like this.
fn points(metrics: &MetricSnapshot, name: &str, routes: &str) -> Vec<(Option<String>, u64, f64)> {
    let Some(MetricData::Histogram { points, .. }) = metrics.metric(name).map(|it| &it.data) else {
        return Vec::new();
    };
    let of_routes = points.iter().filter_map(|point| {
        let mut labels = crate::support::labels(&point.attributes);
        let is_of_them = labels.get("http.route")?.starts_with(routes);
        is_of_them.then(|| (labels.remove("telemetry.outcome"), point.count(), point.sum))
    });
    of_routes.collect()
}
