//! Real databases to test on.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_db::sqlx::SqlitePool;
use telemetry_servers::scratch;

/// A fresh database file of this name, in a folder of its own.
#[track_caller]
pub(crate) fn file(name: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(scratch(name).join(format!("{name}.db")))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
}

/// sqlx's own pool on a fresh file with a table of tickets, made unobserved.
pub(crate) async fn raw_pool(name: &str, connections: u32) -> sqlx::SqlitePool {
    let pool = SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(20))
        .connect_with(file(name))
        .await
        .unwrap();
    sqlx::raw_sql(
        "CREATE TABLE tickets (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE);
         INSERT INTO tickets (title) VALUES ('one'), ('two'), ('three');",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool
}

/// The stand-in on such a pool.
pub(crate) async fn pool(name: &str) -> SqlitePool {
    SqlitePool::new(raw_pool(name, 4).await)
}

/// A query that keeps SQLite busy for a while, far longer than a poll takes.
pub(crate) const LONG: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT count(*) FROM n";

/// The only span that was captured.
#[track_caller]
pub(crate) fn only(capture: &Capture) -> CapturedSpan {
    let mut spans = capture.spans();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    spans.remove(0)
}

pub(crate) fn names(spans: &[CapturedSpan]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

#[track_caller]
pub(crate) fn number(span: &CapturedSpan, key: &str) -> f64 {
    use telemetry_core::testing::OwnedValue;
    match span.attribute(key) {
        Some(OwnedValue::F64(value)) => *value,
        other => panic!("{key} is {other:?} of {span:#?}"),
    }
}

/// Waits until `condition` holds, at most a minute.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..12_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("never: {what}");
}

/// Connections come back to the pool in a task of their own.
pub(crate) async fn all_idle(pool: &SqlitePool) {
    eventually("all connections are back", || pool.num_idle() as u32 == pool.size()).await;
}
