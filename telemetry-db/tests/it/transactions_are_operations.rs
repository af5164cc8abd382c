use futures_util::poll;
use sqlx::Sqlite;
use telemetry_core::testing::Capture;
use telemetry_core::{Status, span};
use telemetry_db::sqlx::{SqlitePool, Transaction};

use crate::support::{self, names, number};

async fn add(tx: &mut Transaction<'_, Sqlite>, title: &str) {
    sqlx::query("INSERT INTO tickets (title) VALUES (?)")
        .bind(title)
        .execute(&mut **tx)
        .await
        .unwrap();
}

async fn tickets(pool: &SqlitePool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM tickets").fetch_one(pool.raw()).await.unwrap()
}

#[tokio::test]
async fn begin_and_commit_stand_around_the_queries() {
    let capture = Capture::start();
    let pool = support::pool("transactions_commit").await;
    let work = async {
        let mut tx = pool.begin().await.unwrap();
        add(&mut tx, "four").await;
        tx.commit().await.unwrap();
    };
    capture.run_async(span!("request").run(work)).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["BEGIN", "INSERT tickets", "COMMIT", "request"]);
    for span in &spans[..3] {
        assert_eq!(span.parent_span_id, Some(spans[3].span_id));
        assert_eq!(span.attribute("db.query.summary").unwrap(), &span.name.as_str());
        assert_eq!(span.attribute("telemetry.outcome"), None);
    }
    assert!(number(&spans[0], "telemetry.db.wait_time") > 0.0);
    assert_eq!(spans[1].attribute("telemetry.db.wait_time"), None);
    assert_eq!(tickets(&pool).await, 4);
    for name in ["BEGIN", "COMMIT"] {
        let metrics = capture.metrics();
        let labels = [("db.query.summary", name)];
        let duration = metrics.histogram("db.client.operation.duration", &labels);
        assert_eq!(duration.unwrap().count(), 1);
        assert!(metrics.histogram("db.client.response.returned_rows", &labels).is_none());
    }
}

#[tokio::test]
async fn a_rollback_is_one_too() {
    let capture = Capture::start();
    let pool = support::pool("transactions_rollback").await;
    let work = async {
        let mut tx = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
        add(&mut tx, "four").await;
        tx.rollback().await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["BEGIN", "INSERT tickets", "ROLLBACK"]);
    assert_eq!(spans[0].attribute("db.query.text").unwrap(), &"BEGIN IMMEDIATE");
    assert_eq!(spans[2].attribute("telemetry.outcome"), None);
    assert_eq!(tickets(&pool).await, 3);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_is_rolled_back_and_says_so() {
    let capture = Capture::start();
    let pool = support::pool("transactions_dropped").await;
    let work = async {
        let mut tx = pool.begin().await.unwrap();
        add(&mut tx, "four").await;
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["BEGIN", "INSERT tickets", "ROLLBACK"]);
    assert_eq!(spans[2].attribute("telemetry.outcome").unwrap(), &"dropped");
    assert_eq!(spans[2].status, Status::Unset);
    support::all_idle(&pool).await;
    assert_eq!(tickets(&pool).await, 3);
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn savepoints_have_names_of_few_values() {
    let capture = Capture::start();
    let pool = support::pool("transactions_savepoints").await;
    let work = async {
        let mut tx = pool.begin().await.unwrap();
        let mut kept = tx.begin().await.unwrap();
        add(&mut kept, "four").await;
        kept.commit().await.unwrap();
        let mut gone = tx.begin().await.unwrap();
        add(&mut gone, "five").await;
        gone.rollback().await.unwrap();
        drop(tx.begin().await.unwrap());
        tx.commit().await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(
        names(&spans),
        [
            "BEGIN",
            "SAVEPOINT",
            "INSERT tickets",
            "RELEASE SAVEPOINT",
            "SAVEPOINT",
            "INSERT tickets",
            "ROLLBACK TO SAVEPOINT",
            "SAVEPOINT",
            "ROLLBACK TO SAVEPOINT",
            "COMMIT",
        ]
    );
    assert_eq!(spans[8].attribute("telemetry.outcome").unwrap(), &"dropped");
    assert_eq!(tickets(&pool).await, 4);
}

#[tokio::test]
async fn a_begin_that_fails_or_is_cancelled_leaves_no_transaction_behind() {
    let capture = Capture::start();
    let pool = SqlitePool::new(support::raw_pool("transactions_cancelled", 1).await);
    let work = async {
        let mut tx = pool.begin().await.unwrap();
        let nested = tx.begin_with("BEGIN").await;
        assert!(matches!(nested, Err(sqlx::Error::InvalidSavePointStatement)));
        drop(nested);
        tx.commit().await.unwrap();
        {
            let mut begin = Box::pin(pool.begin());
            while poll!(begin.as_mut()).is_pending() && pool.num_idle() == 1 {
                tokio::task::yield_now().await;
            }
        }
        // The only connection is fit for another transaction.
        let mut tx = pool.begin().await.unwrap();
        add(&mut tx, "four").await;
        tx.commit().await.unwrap();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let failed = spans.iter().find(|span| span.status.is_error()).unwrap();
    assert_eq!(failed.name, "BEGIN");
    assert_eq!(failed.attribute("error.type").unwrap(), &"invalid_savepoint_statement");
    assert_eq!(tickets(&pool).await, 4);
}

#[tokio::test]
async fn a_commit_that_fails_is_an_error_and_then_a_rollback() {
    let capture = Capture::start();
    let pool = support::pool("transactions_failed").await;
    sqlx::raw_sql("CREATE TABLE replies (ticket INTEGER REFERENCES tickets(id) DEFERRABLE INITIALLY DEFERRED)")
        .execute(pool.raw())
        .await
        .unwrap();
    let work = async {
        let mut tx = pool.begin().await.unwrap();
        sqlx::query("INSERT INTO replies VALUES (?)").bind(99).execute(&mut *tx).await.unwrap();
        assert!(tx.commit().await.is_err());
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["BEGIN", "INSERT replies", "COMMIT", "ROLLBACK"]);
    // SQLITE_CONSTRAINT_FOREIGNKEY
    assert_eq!(spans[2].attribute("error.type").unwrap(), &"787");
    assert_eq!(spans[3].attribute("telemetry.outcome").unwrap(), &"dropped");
}
