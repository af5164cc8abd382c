//! What of a connection is sqlx's own, and where the observation of it ends.

use sqlx::{Acquire, Connection as _, Executor, Row};
use telemetry_core::testing::Capture;
use telemetry_db::sqlx::{SqliteConnection, SqlitePool};

use crate::support::{self, names};

fn used(capture: &Capture, pool: &SqlitePool) -> f64 {
    let labels =
        [("db.client.connection.pool.name", pool.name()), ("db.client.connection.state", "used")];
    capture.metrics().sum("db.client.connection.count", &labels)
}

async fn tickets(pool: &SqlitePool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM tickets").fetch_one(pool.raw()).await.unwrap()
}

#[tokio::test]
async fn the_raw_connection_of_a_pool_is_given_back_and_observed_no_more() {
    let capture = Capture::start();
    let work = async {
        let pool = support::pool("apart_raw").await;
        let mut lent = pool.acquire().await.unwrap();
        (&mut lent).execute("SELECT id FROM tickets").await.unwrap();
        assert_eq!(used(&capture, &pool), 1.0);
        let size = pool.size();
        let mut raw = lent.into_raw().unwrap();
        raw.execute("DELETE FROM tickets WHERE id = 1").await.unwrap();
        // The lease has ended, though sqlx's own is held still.
        capture.expect_count(
            "db.client.connection.use_time",
            &[("db.client.connection.pool.name", pool.name())],
            1,
        );
        // Detached, it lives on without its pool.
        let mut detached = raw.detach();
        detached.ping().await.unwrap();
        detached.close().await.unwrap();
        assert_eq!(pool.size(), size - 1);
        assert_eq!(tickets(&pool).await, 2);
    };
    capture.run_async(work).await;
    assert_eq!(names(&capture.spans()), ["SELECT tickets"]);
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn a_connection_begins_by_a_statement_of_ones_own() {
    let capture = Capture::start();
    let work = async {
        let pool = support::pool("apart_begin").await;
        let mut lent = pool.acquire().await.unwrap();
        let mut transaction = lent.begin_with("BEGIN EXCLUSIVE").await.unwrap();
        (&mut *transaction).execute("DELETE FROM tickets WHERE id = 1").await.unwrap();
        transaction.commit().await.unwrap();
        let kept = lent.begin_with("BEGIN IMMEDIATE").await.unwrap();
        drop(kept);
        lent.ping().await.unwrap();
        drop(lent);
        assert_eq!(tickets(&pool).await, 2);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(names(&spans), ["BEGIN", "DELETE tickets", "COMMIT", "BEGIN", "ROLLBACK"]);
    spans[0].expect_attribute("db.query.text", "BEGIN EXCLUSIVE");
    spans[3].expect_attribute("db.query.text", "BEGIN IMMEDIATE");
    spans[4].expect_attribute("telemetry.outcome", "dropped");
    capture.assert_ledger_balances();
}

/// What asks for sqlx's own connection, whatever it is given.
async fn oldest<'c>(source: impl Acquire<'c, Database = sqlx::Sqlite>) -> i64 {
    let mut connection = source.acquire().await.unwrap();
    let row = connection.fetch_one("SELECT min(id) FROM tickets").await.unwrap();
    row.get(0)
}

/// What begins sqlx's own transaction.
async fn forget<'c>(source: impl Acquire<'c, Database = sqlx::Sqlite>) {
    let mut transaction = source.begin().await.unwrap();
    transaction
        .execute("DELETE FROM tickets WHERE id = (SELECT min(id) FROM tickets)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn what_acquires_or_begins_by_sqlxs_own_trait_gets_sqlxs_own() {
    let capture = Capture::start();
    let work = async {
        let pool = support::pool("apart_acquire").await;
        let mut lent = pool.acquire().await.unwrap();
        assert_eq!(oldest(&mut lent).await, 1);
        forget(&mut lent).await;
        assert_eq!(oldest(&mut *lent).await, 2);
        drop(lent);
        let mut transaction = pool.begin().await.unwrap();
        // A savepoint, as it is within one.
        forget(&mut transaction).await;
        assert_eq!(oldest(&mut transaction).await, 3);
        transaction.rollback().await.unwrap();
        assert_eq!(oldest(&pool).await, 2);
        forget(&pool).await;
        assert_eq!(oldest(&pool).await, 3);

        let mut raw = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let mut borrowed = SqliteConnection::new(&mut raw, "scratch");
        borrowed.raw().execute("CREATE TABLE tickets (id)").await.unwrap();
        (&mut borrowed).execute("INSERT INTO tickets VALUES (7)").await.unwrap();
        assert_eq!(oldest(&mut borrowed).await, 7);
        let mut transaction = borrowed.begin_with("BEGIN IMMEDIATE").await.unwrap();
        (&mut *transaction).execute("INSERT INTO tickets VALUES (1)").await.unwrap();
        transaction.commit().await.unwrap();
        assert_eq!(oldest(&mut borrowed).await, 1);
    };
    capture.run_async(work).await;
    // What runs on sqlx's own isn't observed, what runs on the stand-ins is.
    assert_eq!(
        names(&capture.spans()),
        ["BEGIN", "ROLLBACK", "INSERT tickets", "BEGIN", "INSERT tickets", "COMMIT"]
    );
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn options_may_be_changed_for_connections_to_come() {
    let capture = Capture::start();
    let work = async {
        let pool = support::pool("apart_options").await;
        let before = pool.connect_options().as_ref().clone();
        pool.set_connect_options(before.pragma("user_version", "7"));
        pool.set_connect_options(pool.connect_options().as_ref().clone().foreign_keys(false));
        // Those that are open go, and the next one is opened so.
        support::all_idle(&pool).await;
        while let Some(open) = pool.try_acquire() {
            open.into_raw().unwrap().close().await.unwrap();
        }
        assert_eq!(pool.size(), 0);
        let version = sqlx::query_scalar::<_, i64>("PRAGMA user_version");
        assert_eq!(version.fetch_one(&pool).await.unwrap(), 7);
        let keys = sqlx::query_scalar::<_, i64>("PRAGMA foreign_keys");
        assert_eq!(keys.fetch_one(&pool).await.unwrap(), 0);
        assert_eq!(pool.options().get_max_connections(), 4);
        assert!(!pool.is_closed());
        let closing = pool.close_event();
        pool.close().await;
        closing.await;
        assert!(pool.is_closed());
        let refused = sqlx::query("SELECT id FROM tickets").execute(&pool).await.unwrap_err();
        assert!(matches!(refused, sqlx::Error::PoolClosed));
    };
    capture.run_async(work).await;
    capture.spans().last().unwrap().expect_error("pool_closed");
}

#[tokio::test]
async fn a_value_that_cannot_be_bound_fails_its_query_and_is_not_shown() {
    struct Unbindable;

    impl sqlx::Type<sqlx::Sqlite> for Unbindable {
        fn type_info() -> sqlx::sqlite::SqliteTypeInfo {
            <str as sqlx::Type<sqlx::Sqlite>>::type_info()
        }
    }

    impl<'q> sqlx::Encode<'q, sqlx::Sqlite> for Unbindable {
        fn encode_by_ref(
            &self,
            _: &mut <sqlx::Sqlite as sqlx::Database>::ArgumentBuffer,
        ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
            Err("hunter2 is no ticket".into())
        }
    }

    let capture = Capture::start();
    let pool = support::pool("apart_unbindable").await;
    let query = sqlx::query("SELECT id FROM tickets WHERE title = ?").bind(Unbindable);
    let failed = capture.run_async(query.fetch_all(&pool)).await.unwrap_err();
    assert!(matches!(failed, sqlx::Error::Encode(_)));
    let span = support::only(&capture);
    span.expect_error("encode_error")
        .expect_attribute("db.query.text", "SELECT id FROM tickets WHERE title = ?")
        .expect_no_attribute("db.response.status_code");
    assert!(!format!("{span:?}{:?}{:?}", capture.events(), capture.metrics()).contains("hunter2"));
}

#[tokio::test]
async fn a_statement_is_prepared_and_described_on_a_connection_as_on_a_pool() {
    use sqlx::{Column, SqlStr, Statement};

    let capture = Capture::start();
    let work = async {
        let pool = support::pool("apart_prepared").await;
        let mut lent = pool.acquire().await.unwrap();
        let sql = || SqlStr::from_static("SELECT id, title FROM tickets WHERE id > ?");
        let prepared = (&mut lent).prepare(sql()).await.unwrap();
        let columns = |columns: &[sqlx::sqlite::SqliteColumn]| {
            columns.iter().map(|column| column.name().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(columns(prepared.columns()), ["id", "title"]);
        let rows = prepared.query().bind(1).fetch_all(&mut lent).await.unwrap();
        assert_eq!(rows.len(), 2);
        let described = (&mut lent).describe(sql()).await.unwrap();
        assert_eq!(columns(described.columns()), ["id", "title"]);
        drop(lent);
        let described = pool.describe(sql()).await.unwrap();
        assert_eq!(columns(described.columns()), ["id", "title"]);
        (&pool).prepare(SqlStr::from_static("SELEC")).await.map(drop).unwrap_err();
    };
    capture.run_async(work).await;
    // What isn't run is no operation.
    assert_eq!(names(&capture.spans()), ["SELECT tickets"]);
    capture.assert_ledger_balances();
}
