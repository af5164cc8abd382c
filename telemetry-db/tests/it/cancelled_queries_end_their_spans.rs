use std::time::Duration;

use futures_util::{StreamExt, poll};
use telemetry_core::testing::Capture;
use telemetry_core::{Status, span};
use telemetry_db::sqlx::SqlitePool;

use crate::support::{self, LONG, only};

#[tokio::test]
async fn a_query_dropped_while_the_database_works() {
    let capture = Capture::start();
    let pool = support::pool("cancelled_query").await;
    let work = async {
        let mut connection = pool.acquire().await.unwrap();
        let mut query = Box::pin(sqlx::query(LONG).fetch_all(&mut *connection));
        assert!(poll!(query.as_mut()).is_pending());
    };
    capture.run_async(span!("request").run(work)).await;
    let spans = capture.spans();
    let query = &spans[0];
    assert_eq!(query.name, "SELECT SELECT SELECT");
    assert_eq!(query.parent_span_id, Some(spans[1].span_id));
    assert_eq!(query.attribute("telemetry.outcome").unwrap(), &"cancelled");
    assert_eq!(query.status, Status::Unset);
    let labels = [("db.query.summary", "SELECT SELECT SELECT")];
    let metrics = capture.metrics();
    let duration = metrics.histogram("db.client.operation.duration", &labels);
    assert_eq!(duration.unwrap().count(), 1);
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn a_query_dropped_while_it_waits_for_a_connection() {
    let capture = Capture::start();
    let pool = SqlitePool::new(support::raw_pool("cancelled_wait", 1).await);
    let work = async {
        let held = pool.acquire().await.unwrap();
        {
            let mut query = Box::pin(sqlx::query("SELECT 1").fetch_one(&pool));
            assert!(poll!(query.as_mut()).is_pending());
            let pending = capture.metrics().sum("db.client.connection.pending_requests", &[]);
            assert_eq!(pending, 1.0);
        }
        let pending = capture.metrics().sum("db.client.connection.pending_requests", &[]);
        assert_eq!(pending, 0.0);
        drop(held);
    };
    capture.run_async(work).await;
    let span = only(&capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"cancelled");
    // It never had a connection.
    let metrics = capture.metrics();
    let waits = metrics.histogram("db.client.connection.wait_time", &[]).unwrap();
    assert_eq!(waits.count(), 1);
}

#[tokio::test]
async fn who_gave_up_waiting_for_a_connection_ran_no_slow_query() {
    let capture = Capture::start();
    let patience = Duration::from_millis(30);
    let raw = support::raw_pool("cancelled_slow", 1).await;
    let pool = SqlitePool::configured(raw, |target| target.slow_after(patience));
    let held = pool.acquire().await.unwrap();
    let work = async {
        let mut query = Box::pin(sqlx::query("SELECT 1").fetch_one(&pool));
        let mut stream = sqlx::query("SELECT 1").fetch(&pool);
        let mut begin = Box::pin(pool.begin());
        assert!(poll!(query.as_mut()).is_pending());
        assert!(poll!(stream.next()).is_pending());
        assert!(poll!(begin.as_mut()).is_pending());
        std::thread::sleep(2 * patience);
    };
    capture.run_async(work).await;
    drop(held);
    let spans = capture.spans();
    assert_eq!(spans.len(), 3);
    for span in &spans {
        assert!(support::number(span, "telemetry.db.wait_time") >= 2.0 * patience.as_secs_f64());
        assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"cancelled");
    }
    assert!(capture.events().is_empty());
}

#[tokio::test]
async fn a_query_that_was_never_polled_was_never_there() {
    let capture = Capture::start();
    let pool = support::pool("cancelled_unpolled").await;
    capture.run(|| drop(sqlx::query("SELECT 1").fetch_one(&pool)));
    assert!(capture.spans().is_empty());
}

#[tokio::test]
async fn a_panic_in_the_midst_of_a_stream_is_told_from_a_cancellation() {
    use futures_util::FutureExt;

    let capture = Capture::start();
    let pool = support::pool("cancelled_panic").await;
    let work = async {
        let mut stream = sqlx::query("SELECT id FROM tickets").fetch(&pool);
        stream.next().await;
        panic!("on purpose");
    };
    let caught = capture.run_async(std::panic::AssertUnwindSafe(work).catch_unwind()).await;
    assert!(caught.is_err());
    let span = only(&capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"panicked");
    assert_eq!(span.attribute("db.response.returned_rows").unwrap(), &1);
}
