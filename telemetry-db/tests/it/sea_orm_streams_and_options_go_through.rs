//! Streams of sea-orm that begin late, break off or never begin, and transactions with options.

use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;

use futures_util::stream::{self, BoxStream, StreamExt};
use sea_orm::{
    AccessMode, ConnectionTrait, DbBackend, DbErr, IsolationLevel, QueryResult, RuntimeErr,
    SqliteTransactionMode, SqlxSqliteConnector, Statement, StreamTrait, TransactionError,
    TransactionOptions, TransactionSession, TransactionTrait,
};
use telemetry_core::testing::Capture;
use telemetry_db::sea_orm::Connection;

use crate::support::{self, names, only};

type Rows = BoxStream<'static, Result<QueryResult, DbErr>>;

/// A connection that gives this stream, once.
struct Streaming(Mutex<Option<Result<Rows, DbErr>>>);

impl Streaming {
    fn of(rows: Result<Rows, DbErr>) -> Connection<Self> {
        Connection::new(Streaming(Mutex::new(Some(rows))))
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Streaming {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, _: Statement) -> Result<sea_orm::ExecResult, DbErr> {
        Err(broken())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<sea_orm::ExecResult, DbErr> {
        Err(broken())
    }

    async fn query_one_raw(&self, _: Statement) -> Result<Option<QueryResult>, DbErr> {
        Err(broken())
    }

    async fn query_all_raw(&self, _: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Err(broken())
    }
}

impl StreamTrait for Streaming {
    type Stream<'a> = Rows;

    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn stream_raw<'a>(
        &'a self,
        _: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        let rows = self.0.lock().unwrap().take().unwrap();
        Box::pin(std::future::ready(rows))
    }
}

fn broken() -> DbErr {
    DbErr::Query(RuntimeErr::Internal("hunter2".to_owned()))
}

fn query() -> Statement {
    Statement::from_string(DbBackend::Postgres, "SELECT id FROM tickets")
}

#[tokio::test]
async fn a_stream_that_never_begins_is_a_failure_that_ends_at_once() {
    let capture = Capture::start();
    let db = Streaming::of(Err(broken()));
    assert_eq!(StreamTrait::get_database_backend(&db), DbBackend::Postgres);
    let failed = capture.run_async(db.stream_raw(query())).await.map(drop).unwrap_err();
    assert_eq!(failed, broken());
    let span = only(&capture);
    span.expect_error("query_error").expect_no_attribute("telemetry.outcome");
    assert!(!format!("{span:?}").contains("hunter2"));
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn a_stream_that_breaks_off_late_fails_once_and_has_no_more_to_say() {
    let capture = Capture::start();
    // Nothing is there yet when it is first asked, and it breaks off then.
    let late = stream::once(async {
        tokio::task::yield_now().await;
        Err(broken())
    });
    let db = Streaming::of(Ok(late.boxed()));
    let work = async {
        let mut rows = db.stream_raw(query()).await.unwrap();
        assert_eq!(rows.next().await.unwrap().unwrap_err(), broken());
        assert_eq!(capture.spans().len(), 1, "it has ended, though it is held");
        assert!(rows.next().await.is_none());
    };
    capture.run_async(work).await;
    let span = only(&capture);
    span.expect_error("query_error").expect_no_attribute("telemetry.outcome");
    capture.assert_ledger_balances();
}

#[tokio::test]
async fn a_stream_that_is_dropped_while_nothing_comes_is_cancelled() {
    let capture = Capture::start();
    let db = Streaming::of(Ok(stream::pending().boxed()));
    let work = async {
        let mut rows = db.stream_raw(query()).await.unwrap();
        assert!(futures_util::poll!(rows.next()).is_pending());
    };
    capture.run_async(work).await;
    only(&capture).expect_no_error().expect_attribute("telemetry.outcome", "cancelled");
    capture.assert_ledger_balances();
}

/// One more, by a closure as sea-orm wants it.
macro_rules! add {
    ($tx:expr, $title:literal, $result:expr) => {
        Box::pin(async move {
            $tx.execute_unprepared(concat!("INSERT INTO tickets (title) VALUES ('", $title, "')"))
                .await?;
            $result
        })
    };
}

#[tokio::test]
async fn transactions_with_options_are_operations_as_others_are() {
    let capture = Capture::start();
    let raw = support::raw_pool("sea_orm_options", 1).await;
    let orm = SqlxSqliteConnector::from_sqlx_sqlite_pool(raw.clone());
    let db = Connection::configured(orm, |target| target.namespace("tickets"));
    let (level, mode) = (Some(IsolationLevel::Serializable), Some(AccessMode::ReadWrite));
    let count = async || -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM tickets").fetch_one(&raw).await.unwrap()
    };
    let work = async {
        let transaction = db.begin_with_config(level, mode).await.unwrap();
        transaction.execute_unprepared("DELETE FROM tickets WHERE id = 1").await.unwrap();
        transaction.commit().await.unwrap();
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = db.begin_with_options(options).await.unwrap();
        transaction.execute_unprepared("DELETE FROM tickets WHERE id = 2").await.unwrap();
        transaction.rollback().await.unwrap();
        assert_eq!(count().await, 2);
        let added =
            db.transaction_with_config::<_, _, DbErr>(|tx| add!(tx, "four", Ok(7)), level, mode);
        assert_eq!(added.await.unwrap(), 7);
        assert_eq!(count().await, 3);
        let failed = db.transaction_with_config::<_, (), _>(
            |tx| add!(tx, "five", Err(DbErr::Custom("no".to_owned()))),
            level,
            mode,
        );
        assert!(matches!(failed.await, Err(TransactionError::Transaction(DbErr::Custom(_)))));
        // It was there already.
        let failed =
            db.transaction_with_config::<_, _, DbErr>(|tx| add!(tx, "four", Ok(())), level, mode);
        assert!(matches!(failed.await, Err(TransactionError::Transaction(DbErr::Exec(_)))));
        assert_eq!(count().await, 3);
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    let [delete, insert] = ["DELETE tickets", "INSERT tickets"];
    assert_eq!(
        names(&spans),
        [
            ["BEGIN", delete, "COMMIT"],
            ["BEGIN", delete, "ROLLBACK"],
            ["BEGIN", insert, "COMMIT"],
            ["BEGIN", insert, "ROLLBACK"],
            ["BEGIN", insert, "ROLLBACK"],
        ]
        .concat()
    );
    for span in &spans {
        let unique = span.name == insert && span.status.is_error();
        let told = span.attribute("db.response.status_code").map(ToString::to_string);
        assert_eq!(told.as_deref(), unique.then_some("2067"), "{span:?}");
    }
    assert_eq!(spans.iter().filter(|span| span.status.is_error()).count(), 1);
    capture.assert_ledger_balances();
}
