use futures_util::{StreamExt, TryStreamExt, poll};
use sqlx::{Executor, Row};
use telemetry_core::testing::{Capture, OwnedValue};
use telemetry_core::{Status, span};

use crate::support::{self, number, only};

#[tokio::test]
async fn a_stream_that_ends_has_all_its_rows() {
    let capture = Capture::start();
    let pool = support::pool("streams_end").await;
    let work = async {
        let mut stream = sqlx::query("SELECT id FROM tickets").fetch(&pool);
        let mut sum = 0;
        while let Some(row) = stream.try_next().await.unwrap() {
            sum += row.get::<i64, _>(0);
        }
        assert_eq!(sum, 6);
        // Ended already: the drop changes nothing.
        assert!(stream.next().await.is_none());
    };
    capture.run_async(work).await;
    let span = only(&capture);
    assert_eq!(span.attribute("db.response.returned_rows").unwrap(), &3);
    assert_eq!(span.attribute("telemetry.outcome"), None);
    assert!(number(&span, "telemetry.db.wait_time") > 0.0);
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn a_stream_dropped_early_is_cancelled_with_the_rows_so_far() {
    let capture = Capture::start();
    let pool = support::pool("streams_dropped").await;
    let work = async {
        let mut stream = sqlx::query("SELECT id FROM tickets").fetch(&pool);
        for _ in 0..2 {
            stream.try_next().await.unwrap().unwrap();
        }
    };
    capture.run_async(work).await;
    let span = only(&capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"cancelled");
    assert_eq!(span.attribute("db.response.returned_rows").unwrap(), &2);
    assert_eq!(span.status, Status::Unset);
    let rows = capture.metrics();
    let rows = rows.histogram("db.client.response.returned_rows", &[]).unwrap();
    assert_eq!((rows.count(), rows.sum), (1, 2.0));
    support::all_idle(&pool).await;
}

#[tokio::test]
async fn a_stream_that_fails_says_so() {
    let capture = Capture::start();
    let pool = support::pool("streams_failed").await;
    let work = async {
        // The third row is no JSON.
        let text = "SELECT json(value) FROM (SELECT '1' AS value UNION ALL SELECT '2' UNION ALL SELECT '{')";
        let mut stream = pool.fetch(text);
        assert!(stream.next().await.unwrap().is_ok());
        assert!(stream.next().await.unwrap().is_ok());
        assert!(stream.next().await.unwrap().is_err());
        assert!(stream.next().await.is_none());
    };
    capture.run_async(work).await;
    let span = only(&capture);
    assert_eq!(span.status, Status::ERROR);
    assert_eq!(span.attribute("error.type").unwrap(), &"1");
    assert_eq!(span.attribute("db.response.returned_rows").unwrap(), &2);
    assert_eq!(span.attribute("telemetry.outcome"), None);
}

#[tokio::test]
async fn a_stream_nobody_polls_is_no_operation() {
    let capture = Capture::start();
    let pool = support::pool("streams_unpolled").await;
    capture.run(|| drop(sqlx::query("SELECT id FROM tickets").fetch(&pool)));
    assert!(capture.spans().is_empty());
    assert_eq!(
        capture.metrics().metric("db.client.operation.duration").map(|metric| metric.data.points()),
        None
    );
}

/// A stream that leaves the handler, as the body of a response, is still a
/// child of the request.
#[tokio::test]
async fn a_stream_polled_elsewhere_belongs_to_where_it_was_made() {
    let capture = Capture::start();
    let pool = support::pool("streams_elsewhere").await;
    let request = span!("request");
    let mut stream = capture
        .run_async(request.run(async { sqlx::query("SELECT id FROM tickets").fetch(&pool) }))
        .await;
    while let Some(row) = stream.next().await {
        row.unwrap();
    }
    drop(stream);
    let spans = capture.spans();
    assert_eq!(support::names(&spans), ["request", "SELECT tickets"]);
    assert_eq!(spans[1].parent_span_id, Some(spans[0].span_id));
}

#[tokio::test]
async fn the_time_of_a_slow_reader_is_not_the_databases() {
    let capture = Capture::start();
    let pool = support::pool("streams_reader").await;
    let pause = std::time::Duration::from_millis(60);
    let work = async {
        let mut connection = pool.acquire().await.unwrap();
        let mut stream = sqlx::query("SELECT id FROM tickets").fetch(&mut *connection);
        while let Some(row) = stream.next().await {
            row.unwrap();
            std::thread::sleep(pause);
        }
    };
    capture.run_async(work).await;
    let span = only(&capture);
    let paused = number(&span, "telemetry.db.caller_time");
    assert!(paused >= 3.0 * pause.as_secs_f64(), "{paused}");
    let total = (span.end_unix_nanos - span.start_unix_nanos) as f64 / 1e9;
    assert!(total >= paused, "{total} {paused}");
    // 180 ms in all, but not of the database's.
    // The machine may have been busy with something else.
    assert!(capture.events().is_empty() || total - paused >= 0.1);
}

#[tokio::test]
async fn what_a_reader_does_before_it_drops_the_stream_is_its_own_time() {
    let capture = Capture::start();
    let pool = support::pool("streams_reader_drops").await;
    let pause = std::time::Duration::from_millis(20);
    let work = async {
        let mut stream = sqlx::query("SELECT id FROM tickets").fetch(&pool);
        stream.next().await.unwrap().unwrap();
        std::thread::sleep(pause);
    };
    capture.run_async(work).await;
    let paused = number(&only(&capture), "telemetry.db.caller_time");
    assert!(paused >= pause.as_secs_f64(), "{paused}");
}

#[tokio::test]
async fn several_results_of_one_text_are_one_operation() {
    let capture = Capture::start();
    let pool = support::pool("streams_several").await;
    let work = async {
        let steps = sqlx::raw_sql(
            "SELECT 1; INSERT INTO tickets (title) VALUES ('x'); SELECT 2 UNION SELECT 3",
        )
        .fetch_many(&pool);
        assert_eq!(steps.count().await, 6);
    };
    capture.run_async(work).await;
    let span = only(&capture);
    assert_eq!(span.name, "SELECT INSERT tickets SELECT SELECT");
    assert_eq!(span.attribute("db.response.returned_rows").unwrap(), &3);
}

#[tokio::test]
async fn a_stream_pending_in_the_middle_and_dropped_leaves_nothing_behind() {
    let capture = Capture::start();
    let pool = support::pool("streams_pending").await;
    let work = async {
        let mut stream = sqlx::query(support::LONG).fetch(&pool);
        // It takes a while until the connection is there, then SQLite counts.
        for _ in 0..50 {
            assert!(poll!(stream.next()).is_pending());
            tokio::task::yield_now().await;
        }
    };
    capture.run_async(work).await;
    let span = only(&capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &OwnedValue::Str("cancelled".into()));
    capture.assert_ledger_balances();
}
