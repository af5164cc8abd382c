use std::time::Duration;

use futures_util::StreamExt;
use sqlx::{AssertSqlSafe, Executor};
use telemetry_core::testing::Capture;
use telemetry_db::sqlx::SqlitePool;

use crate::support;

const SECRET: &str = "hunter2";

/// Everything that was recorded, as text.
fn recorded(capture: &Capture) -> String {
    format!("{:?}\n{:?}\n{:?}", capture.spans(), capture.events(), capture.metrics())
}

#[tokio::test]
async fn in_spans_events_or_metrics() {
    let capture = Capture::start();
    let raw = support::raw_pool("secrets", 2).await;
    let pool = SqlitePool::configured(raw, |target| target.slow_after(Duration::ZERO));
    let texts = [
        format!("SELECT id FROM tickets WHERE title = '{SECRET}'"),
        format!("SELECT id FROM tickets WHERE title = \"{SECRET}\""),
        format!("SELECT id FROM tickets WHERE title IS DISTINCT FROM '{SECRET}'"),
        format!("SELECT id /* {SECRET} */ FROM tickets -- {SECRET}"),
        format!("SELECT id FROM tickets WHERE title IN ('a', '{SECRET}')"),
        format!("INSERT INTO tickets (title) VALUES ('{SECRET}')"),
        // fails: the title is taken, and SQLite's message could name it
        format!("INSERT INTO tickets (title) VALUES ('{SECRET}')"),
        format!("UPDATE tickets SET title = '{SECRET}' || title"),
        format!("PRAGMA foreign_keys = {SECRET}"),
        format!("ATTACH ':memory:' AS other; DETACH other; SELECT '{SECRET}'"),
        // not even SQL
        format!("{SECRET} is not a statement"),
        format!("SELECT id FROM tickets WHERE title = '{SECRET}"),
        format!("SELECT no_such_column, '{SECRET}' FROM tickets"),
        format!("SELECT json('{SECRET}')"),
    ];
    let work = async {
        for text in &texts {
            let safe = || AssertSqlSafe(text.clone());
            sqlx::query(safe()).execute(&pool).await.ok();
            sqlx::raw_sql(safe()).fetch_all(&pool).await.ok();
            sqlx::query(safe()).fetch_optional(&pool).await.ok();
            pool.fetch_many(safe()).count().await;
            let mut tx = pool.begin().await.unwrap();
            sqlx::query(safe()).fetch(&mut *tx).count().await;
            tx.rollback().await.unwrap();
        }
        // values that travel beside the text
        sqlx::query("SELECT id FROM tickets WHERE title = ?")
            .bind(SECRET)
            .fetch_all(&pool)
            .await
            .unwrap();
        sqlx::query("SELECT json(?)").bind(SECRET).fetch_all(&pool).await.unwrap_err();
    };
    capture.run_async(work).await;
    assert!(capture.spans().len() > texts.len() * 5);
    assert!(capture.events().len() > texts.len() * 5);
    let recorded = recorded(&capture);
    let at = recorded.find(SECRET).map(|at| &recorded[at.saturating_sub(300)..at + 20]);
    assert_eq!(at, None);
}

/// The convention wants the text of a parameterised query as it is; who does
/// not, says so.
#[tokio::test]
async fn in_parameterised_texts_either_where_that_is_wanted() {
    let capture = Capture::start();
    let raw = support::raw_pool("secrets_always", 2).await;
    let pool =
        SqlitePool::configured(raw, |target| target.always_sanitized().slow_after(Duration::ZERO));
    let text = format!("SELECT id FROM tickets WHERE id = ? AND title = '{SECRET}'");
    let query = sqlx::query(AssertSqlSafe(text)).bind(1);
    capture.run_async(query.fetch_all(&pool)).await.unwrap();
    assert!(!recorded(&capture).contains(SECRET));
}

#[test]
fn in_what_a_statement_prints_of_itself() {
    let statement =
        telemetry_db::Statement::of(&format!("SELECT '{SECRET}'"), telemetry_db::Dialect::Sqlite);
    assert!(!format!("{statement:?}").contains(SECRET));
}
