use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use futures_core::Stream;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StreamTrait};
use telemetry_core::ContextExt;

use super::observed::Observed;
use super::rollback::Rollback;
use super::rows::Rows;
use super::{backend, error};
use crate::Target;

/// A connection, pool or transaction of sea-orm under observation: every query
/// on it is an operation.
///
/// See the [module](super) for what it replaces.
pub struct Connection<C = sea_orm::DatabaseConnection> {
    pub(super) inner: C,
    pub(super) observed: Arc<Observed>,
    /// Of a transaction that is open.
    pub(super) rollback: Option<Rollback>,
}

impl<C: ConnectionTrait> Connection<C> {
    /// Observes `connection`. `db.system.name` is that of its backend; use
    /// [`configured`](Self::configured) to say more.
    pub fn new(connection: C) -> Self {
        Self::configured(connection, |target| target)
    }

    /// Observes `connection` with a target of your own making: its namespace,
    /// its server, from when on a query is slow. For MariaDB, which sea-orm
    /// does not tell from MySQL, return another [`Target`].
    ///
    /// ```
    /// use std::time::Duration;
    /// use sea_orm::{Database, DbErr};
    /// use telemetry_db::sea_orm::Connection;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), DbErr> {
    /// let db = Connection::configured(Database::connect("sqlite::memory:").await?, |target| {
    ///     target.namespace(":memory:").slow_after(Duration::from_millis(20))
    /// });
    /// # drop(db);
    /// # Ok(())
    /// # }
    /// ```
    pub fn configured(connection: C, configure: impl FnOnce(Target) -> Target) -> Self {
        let target = configure(backend::target(connection.get_database_backend()));
        Connection {
            inner: connection,
            observed: Arc::new(Observed { target, shows_parameters: false }),
            rollback: None,
        }
    }

    /// Shows the values of queries as `db.query.parameter.<index>`, up to 32
    /// of each query and 256 bytes of each value. They are what people
    /// entrusted to the database: nothing of them is shown unless this is
    /// called.
    #[must_use]
    pub fn with_parameters(mut self) -> Self {
        let target = self.observed.target.clone();
        self.observed = Arc::new(Observed { target, shows_parameters: true });
        self
    }
}

impl<C> Connection<C> {
    /// What is observed, for what must not be.
    pub fn raw(&self) -> &C {
        &self.inner
    }
}

impl<C: Clone> Clone for Connection<C> {
    /// Another handle of the pool. A transaction has none.
    fn clone(&self) -> Self {
        Connection {
            inner: self.inner.clone(),
            observed: Arc::clone(&self.observed),
            rollback: None,
        }
    }
}

impl<C> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("target", &self.observed.target).finish_non_exhaustive()
    }
}

#[async_trait]
impl<C: ConnectionTrait + Send> ConnectionTrait for Connection<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, mut statement: Statement) -> Result<ExecResult, DbErr> {
        let operation = self.observed.start(&mut statement, true);
        let work = self.inner.execute_raw(statement);
        Observed::run(operation, work, |operation, done| {
            if operation.is_active() && operation.changes_rows() {
                operation.affected(done.rows_affected());
            }
        })
        .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut statement = Statement::from_string(self.inner.get_database_backend(), sql);
        let operation = self.observed.start(&mut statement, false);
        let work = self.inner.execute_unprepared(&statement.sql);
        Observed::run(operation, work, |operation, done| {
            if operation.is_active() && operation.changes_rows() {
                operation.affected(done.rows_affected());
            }
        })
        .await
    }

    async fn query_one_raw(&self, mut statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let operation = self.observed.start(&mut statement, true);
        let work = self.inner.query_one_raw(statement);
        Observed::run(operation, work, |operation, row| {
            operation.rows(u64::from(row.is_some()));
        })
        .await
    }

    async fn query_all_raw(&self, mut statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let operation = self.observed.start(&mut statement, true);
        let work = self.inner.query_all_raw(statement);
        Observed::run(operation, work, |operation, rows| operation.rows(rows.len() as u64)).await
    }

    fn support_returning(&self) -> bool {
        self.inner.support_returning()
    }

    fn is_mock_connection(&self) -> bool {
        self.inner.is_mock_connection()
    }
}

impl<C: StreamTrait> StreamTrait for Connection<C>
where
    for<'a> C::Stream<'a>: Unpin,
{
    type Stream<'a>
        = Rows<C::Stream<'a>>
    where
        C: 'a;

    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    fn stream_raw<'a>(
        &'a self,
        mut statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        Box::pin(async move {
            let mut operation = self.observed.start(&mut statement, true);
            let context = operation.context();
            let result = self.inner.stream_raw(statement).in_context(context).await;
            error::note(&mut operation, &result);
            match result {
                Ok(rows) => Ok(Rows::new(rows, operation)),
                Err(error) => {
                    operation.end();
                    Err(error)
                }
            }
        })
    }
}

// Streams that are wrapped must be streams still.
const _: fn() = || {
    fn is_stream<S: Stream<Item = Result<QueryResult, DbErr>> + Send>() {}
    let _ = is_stream::<Rows<sea_orm::QueryStream>>;
};
