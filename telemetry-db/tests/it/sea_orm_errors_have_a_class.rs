//! Whatever sea-orm, or sqlx beneath it, may answer with: an error's class, and never its message.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr,
    Statement,
};
use sqlx::error::{DatabaseError, Error, ErrorKind};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_db::sea_orm::Connection;

use crate::support::only;

/// A connection on which everything fails so.
struct Failing(DbBackend, DbErr);

#[async_trait::async_trait]
impl ConnectionTrait for Failing {
    fn get_database_backend(&self) -> DbBackend {
        self.0
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(self.1.clone())
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(self.1.clone())
    }

    async fn query_one_raw(&self, _: Statement) -> Result<Option<QueryResult>, DbErr> {
        Err(self.1.clone())
    }

    async fn query_all_raw(&self, _: Statement) -> Result<Vec<QueryResult>, DbErr> {
        Err(self.1.clone())
    }

    fn is_mock_connection(&self) -> bool {
        true
    }
}

/// An error of a database, with its own code or without.
#[derive(Debug)]
struct Answered(Option<&'static str>);

impl fmt::Display for Answered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("hunter2 is there already")
    }
}

impl StdError for Answered {}

impl DatabaseError for Answered {
    fn message(&self) -> &str {
        "hunter2 is there already"
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.0.map(Cow::Borrowed)
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        ErrorKind::UniqueViolation
    }
}

/// The span of a query that fails so.
async fn failed(backend: DbBackend, error: DbErr) -> CapturedSpan {
    let capture = Capture::start();
    let db = Connection::new(Failing(backend, error));
    assert!(db.is_mock_connection());
    let query = Statement::from_string(backend, "SELECT id FROM tickets");
    let result = capture.run_async(db.query_all_raw(query)).await;
    assert!(result.is_err());
    let span = only(&capture);
    assert!(span.status.is_error());
    let metrics = capture.metrics();
    let class = span.attribute("error.type").unwrap().to_string();
    let labels = [("error.type", class.as_str())];
    let duration = metrics.histogram("db.client.operation.duration", &labels).unwrap();
    assert_eq!(duration.count(), 1);
    let told = format!("{span:?}{metrics:?}{:?}", capture.events());
    assert!(!told.contains("hunter2"), "{told}");
    capture.assert_ledger_balances();
    span
}

fn secret() -> Box<dyn StdError + Send + Sync> {
    "hunter2".into()
}

#[tokio::test]
async fn each_error_of_sqlx_has_a_name_for_its_kind() {
    let text = || "hunter2".to_owned();
    for (error, class) in [
        (Error::Configuration(secret()), "configuration_error"),
        (Error::InvalidArgument(text()), "invalid_argument"),
        (Error::Io(io::Error::other("hunter2")), "network_error"),
        (Error::Tls(secret()), "tls_error"),
        (Error::Protocol(text()), "protocol_error"),
        (Error::TypeNotFound { type_name: text() }, "type_not_found"),
        (Error::ColumnIndexOutOfBounds { index: 7, len: 2 }, "column_index_out_of_bounds"),
        (Error::ColumnNotFound(text()), "column_not_found"),
        (Error::ColumnDecode { index: text(), source: secret() }, "decode_error"),
        (Error::Decode(secret()), "decode_error"),
        (Error::Encode(secret()), "encode_error"),
        (Error::PoolTimedOut, "pool_timed_out"),
        (Error::PoolClosed, "pool_closed"),
        (Error::WorkerCrashed, "worker_crashed"),
        (Error::InvalidSavePointStatement, "invalid_savepoint_statement"),
        (Error::BeginFailed, "begin_failed"),
        (Error::AnyDriverError(secret()), "_OTHER"),
        (Error::Database(Box::new(Answered(None))), "database_error"),
    ] {
        let error = DbErr::Query(RuntimeErr::SqlxError(Arc::new(error)));
        let span = failed(DbBackend::Sqlite, error).await;
        span.expect_error(class).expect_no_attribute("db.response.status_code");
    }
}

#[tokio::test]
async fn an_error_of_the_database_has_its_own_code_wherever_sea_orm_puts_it() {
    for wrap in [DbErr::Conn as fn(RuntimeErr) -> DbErr, DbErr::Exec, DbErr::Query] {
        let error = Error::Database(Box::new(Answered(Some("23505"))));
        let span = failed(DbBackend::Postgres, wrap(RuntimeErr::SqlxError(Arc::new(error)))).await;
        span.expect_error("23505").expect_attribute("db.response.status_code", "23505");
    }
}

#[tokio::test]
async fn each_error_of_sea_orm_itself_has_a_name_for_its_kind() {
    let text = || "hunter2".to_owned();
    let internal = || RuntimeErr::Internal(text());
    for (error, class) in [
        (DbErr::ConnectionAcquire(ConnAcquireErr::Timeout), "pool_timed_out"),
        (DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed), "pool_closed"),
        (DbErr::Conn(internal()), "connection_error"),
        (DbErr::Exec(internal()), "execution_error"),
        (DbErr::Query(internal()), "query_error"),
        (DbErr::Type(text()), "decode_error"),
        (DbErr::Json(text()), "decode_error"),
        (DbErr::Custom(text()), "_OTHER"),
        (DbErr::RecordNotFound(text()), "_OTHER"),
    ] {
        let span = failed(DbBackend::MySql, error).await;
        span.expect_error(class).expect_no_attribute("db.response.status_code");
    }
}

#[tokio::test]
async fn every_way_to_run_a_statement_tells_its_failure() {
    for (backend, system) in [
        (DbBackend::Sqlite, "sqlite"),
        (DbBackend::Postgres, "postgresql"),
        (DbBackend::MySql, "mysql"),
    ] {
        let capture = Capture::start();
        let db =
            Connection::new(Failing(backend, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)));
        let of = |sql: &str| Statement::from_string(backend, sql);
        let work = async {
            db.execute_raw(of("DELETE FROM tickets")).await.unwrap_err();
            db.execute_unprepared("UPDATE tickets SET id = 1").await.unwrap_err();
            db.query_one_raw(of("SELECT id FROM tickets")).await.unwrap_err();
            db.query_all_raw(of("SELECT id FROM tickets")).await.unwrap_err();
        };
        capture.run_async(work).await;
        let spans = capture.spans();
        let told = ["DELETE tickets", "UPDATE tickets", "SELECT tickets", "SELECT tickets"];
        assert_eq!(crate::support::names(&spans), told);
        for span in spans {
            span.expect_error("pool_timed_out").expect_attribute("db.system.name", system);
        }
    }
}
