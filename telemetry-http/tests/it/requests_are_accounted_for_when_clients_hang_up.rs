use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::routing::get;
use futures_util::stream::{self, StreamExt};
use telemetry_core::testing::Capture;
use telemetry_http::Layer;
use tokio::io::AsyncReadExt;

use crate::support::{ACTIVE, Server, durations, eventually, head};

/// A body of 20 pieces over 20 ms.
fn slow() -> Body {
    let pieces = stream::iter(0..20).then(|_| async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok::<_, std::convert::Infallible>("piece")
    });
    Body::from_stream(pieces)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_once_and_what_was_read_whole_as_such() {
    let capture = Capture::start();
    let received = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&received);
    let count = move |request: Request, next: Next| {
        counter.fetch_add(1, Ordering::Relaxed);
        next.run(request)
    };
    let late = || tokio::time::sleep(Duration::from_millis(20));
    let app = Router::new()
        .route("/late", get(late))
        .route("/slow", get(|| async { slow() }))
        .layer(Layer::new())
        .layer(from_fn(count));
    let server = Arc::new(Server::captured(&capture, app).await);

    let clients = (0..16_u64).map(|client| {
        let server = Arc::clone(&server);
        tokio::spawn(async move {
            let mut read_whole = 0;
            for request in 0..25_u64 {
                let path = if request % 2 == 0 { "/late" } else { "/slow" };
                let mut connection = server.open(&head("GET", path)).await;
                let mut response = Vec::new();
                let read = connection.read_to_end(&mut response);
                // A third hang up, each at another moment.
                if (client + request) % 3 == 0 {
                    let patience = Duration::from_millis((client * 7 + request * 5) % 19);
                    let _ = tokio::time::timeout(patience, read).await;
                } else {
                    read.await.unwrap();
                    read_whole += 1;
                }
            }
            read_whole
        })
    });
    let mut read_whole = 0;
    for client in clients.collect::<Vec<_>>() {
        read_whole += client.await.unwrap();
    }

    // A client that hung up at once may have been gone before its request was read.
    let counted = || durations(&capture).iter().map(|(_, point)| point.count()).sum::<u64>();
    let settled = || {
        let under_way = capture.metrics().sum(ACTIVE, &[]);
        under_way == 0.0 && counted() == received.load(Ordering::Relaxed)
    };
    eventually("the end of all requests", settled).await;
    let spans = capture.spans();
    assert_eq!(spans.len() as u64, received.load(Ordering::Relaxed), "one span each");

    let mut by_outcome = BTreeMap::<Option<String>, u64>::new();
    for (labels, point) in durations(&capture) {
        *by_outcome.entry(labels.get("telemetry.outcome").cloned()).or_default() += point.count();
    }
    assert!(by_outcome[&None] >= read_whole, "{by_outcome:?}, {read_whole} read whole");
    assert!(by_outcome[&Some("client_disconnected".to_owned())] > 50, "{by_outcome:?}");
    capture.assert_ledger_balances();
}
