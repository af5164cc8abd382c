use futures_util::TryStreamExt;
use telemetry_core::Pipeline;
use telemetry_db::{Dialect, Operation, Statement, Target};

use crate::support;

#[tokio::test]
async fn for_queries_streams_and_transactions() {
    assert!(Pipeline::current().is_none());
    let pool = support::pool("untouched").await;
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("INSERT INTO tickets (title) VALUES (?)")
        .bind("four")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    drop(pool.begin().await.unwrap());
    let titles: Vec<String> = sqlx::query_scalar("SELECT title FROM tickets ORDER BY id")
        .fetch(&pool)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(titles, ["one", "two", "three", "four"]);
    let error = sqlx::query("SELECT nothing").fetch_one(&pool).await.unwrap_err();
    assert!(error.as_database_error().is_some());
    let missing = sqlx::query("SELECT id FROM tickets WHERE id = 99").fetch_one(&pool).await;
    assert!(matches!(missing, Err(sqlx::Error::RowNotFound)));
}

#[test]
fn for_the_guard() {
    let target = Target::new("sqlite");
    let mut operation = Operation::start(&target, &Statement::of("SELECT 1", Dialect::Sqlite));
    operation.rows(1);
    operation.fail("1", None);
    assert!(operation.context().span_context().is_none());
    operation.end();
}
