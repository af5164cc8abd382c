//! The layer over the events of sqlx' own: pools, connections and queries here are those of sqlx.

use std::sync::Once;

use sqlx::{AssertSqlSafe, SqliteConnection};
use telemetry_core::bridge;
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_db::{Dialect, Target};
use tracing::Instrument;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{LONG, eventually, raw_pool};

/// Installs the layer for the process, since SQLite's queries run on threads of the driver. Other
/// tests don't notice: what they query there has no span of `tracing` that would lead to a pipeline.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let is_ours = filter_fn(|metadata| metadata.target() == module_path!());
        let target = Target::new("sqlite").namespace("heard");
        let subscriber = tracing_subscriber::registry()
            .with(bridge::tracing::layer().with_filter(is_ours))
            .with(telemetry_db::tracing::layer(target, Dialect::Sqlite));
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// Runs `work` within the span `request` and gives the spans beneath it, once there are `expected`:
/// the driver tells of a query after its caller has the last row.
async fn heard(
    capture: &Capture,
    expected: usize,
    work: impl Future<Output = ()>,
) -> Vec<CapturedSpan> {
    listen();
    let request = async { work.instrument(tracing::info_span!("request")).await };
    capture.run_async(request).await;
    let all_are_there = || capture.spans().len() > expected;
    eventually("all queries were told of", all_are_there).await;
    capture.assert_ledger_balances();
    let (requests, queries): (Vec<_>, Vec<_>) =
        capture.spans().into_iter().partition(|span| span.name == "request");
    assert_eq!((requests.len(), queries.len()), (1, expected), "{queries:#?}");
    for query in &queries {
        query.expect_child_of(&requests[0]);
    }
    queries
}

#[tokio::test]
async fn a_query_is_an_operation_beneath_the_span_that_made_it() {
    let capture = Capture::start();
    let pool = raw_pool("heard_query", 1).await;
    let work = async {
        let query = sqlx::query("SELECT id, title FROM tickets WHERE id > ? AND title <> 'none'");
        assert_eq!(query.bind(1).fetch_all(&pool).await.unwrap().len(), 2);
    };
    let queries = heard(&capture, 1, work).await;
    let span = &queries[0];
    assert_eq!(span.name, "SELECT tickets");
    span.expect_attribute("db.system.name", "sqlite")
        .expect_attribute("db.namespace", "heard")
        .expect_attribute("db.query.summary", "SELECT tickets")
        .expect_attribute(
            "db.query.text",
            "SELECT id, title FROM tickets WHERE id > ? AND title <> ?",
        )
        .expect_attribute("db.response.returned_rows", 2)
        .expect_no_error();
    let labels = [("db.query.summary", "SELECT tickets"), ("db.system.name", "sqlite")];
    capture.expect_count("db.client.operation.duration", &labels, 1);
    capture.expect_count("db.client.response.returned_rows", &labels, 1);
}

#[tokio::test]
async fn texts_of_few_words_and_of_many_lines_are_whole() {
    let capture = Capture::start();
    let pool = raw_pool("heard_texts", 1).await;
    let work = async {
        sqlx::query("SELECT 7").fetch_one(&pool).await.unwrap();
        sqlx::query("SELECT\n\n  title\nFROM\n  tickets\n").fetch_all(&pool).await.unwrap();
    };
    let queries = heard(&capture, 2, work).await;
    queries[0].expect_attribute("db.query.text", "SELECT ?");
    assert_eq!(queries[1].name, "SELECT tickets");
    queries[1].expect_attribute("db.response.returned_rows", 3);
}

#[tokio::test]
async fn functions_that_take_a_connection_are_heard() {
    async fn rename(connection: &mut SqliteConnection) {
        let update = sqlx::query("UPDATE tickets SET title = title || ? WHERE id < 3").bind("!");
        assert_eq!(update.execute(connection).await.unwrap().rows_affected(), 2);
    }

    let capture = Capture::start();
    let pool = raw_pool("heard_connection", 1).await;
    let work = async { rename(&mut pool.acquire().await.unwrap()).await };
    let queries = heard(&capture, 1, work).await;
    assert_eq!(queries[0].name, "UPDATE tickets");
    queries[0]
        .expect_attribute("telemetry.db.affected_rows", 2)
        .expect_no_attribute("db.response.returned_rows");
}

#[tokio::test]
async fn no_value_of_a_text_leaves() {
    let capture = Capture::start();
    let pool = raw_pool("heard_secret", 1).await;
    let work = async {
        let texts = [
            "SELECT id FROM tickets WHERE title = 'hunter2'",
            "SELECT 'hunter2'",
            "SELECT id /* hunter2 */ FROM tickets",
            "SELECT X'68756e74657232' AS hunt, 'hunter2' || title FROM tickets",
        ];
        for text in texts {
            sqlx::raw_sql(text).fetch_all(&pool).await.unwrap();
        }
    };
    heard(&capture, 4, work).await;
    let all = format!("{:?} {:?} {:?}", capture.spans(), capture.events(), capture.metrics());
    assert!(!all.contains("hunter2"), "{all}");
    assert!(!all.contains("68756e74657232"), "{all}");
}

#[tokio::test]
async fn an_operation_took_as_long_as_the_driver_says() {
    let capture = Capture::start();
    let pool = raw_pool("heard_long", 1).await;
    let work = async {
        sqlx::query(LONG).fetch_one(&pool).await.unwrap();
    };
    let queries = heard(&capture, 1, work).await;
    let metrics = capture.metrics();
    let duration = metrics.histogram("db.client.operation.duration", &[]).unwrap();
    // No machine counts to 400,000 that fast.
    assert!(duration.sum > 0.0005, "{duration:?}");
    assert!(queries[0].attribute("telemetry.outcome").is_none());
}

#[tokio::test]
async fn many_queries_at_once_are_each_heard_once() {
    let capture = Capture::start();
    let pool = raw_pool("heard_many", 1).await;
    let work = async {
        let queries = (0..100).map(|id| {
            let pool = &pool;
            async move {
                let query = sqlx::query("SELECT title FROM tickets WHERE id = ?").bind(id);
                query.fetch_optional(pool).await.unwrap();
            }
        });
        futures_util::future::join_all(queries).await;
    };
    heard(&capture, 100, work).await;
    capture.expect_count("db.client.operation.duration", &[], 100);
}

#[tokio::test]
async fn a_text_of_a_mebibyte_is_heard_and_cut() {
    let capture = Capture::start();
    let pool = raw_pool("heard_large", 1).await;
    let work = async {
        let text = format!("SELECT id FROM tickets WHERE title = '{}'", "x".repeat(1 << 20));
        sqlx::raw_sql(AssertSqlSafe(text)).fetch_all(&pool).await.unwrap();
    };
    let queries = heard(&capture, 1, work).await;
    let text = format!("{:?}", queries[0].attribute("db.query.text"));
    assert!(text.len() < 9_000, "{} bytes", text.len());
}

#[tokio::test]
async fn without_a_pipeline_queries_run_as_ever() {
    listen();
    let pool = raw_pool("heard_by_nobody", 1).await;
    let work = async { sqlx::query("SELECT 1").fetch_one(&pool).await };
    work.instrument(tracing::info_span!("request")).await.unwrap();
}
