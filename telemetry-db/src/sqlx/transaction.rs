use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::pin::pin;
use std::sync::{Arc, LazyLock};

use sqlx_core::error::Error;
use sqlx_core::pool;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::transaction::TransactionManager;
use telemetry_core::{Context, ContextExt};

use super::connection::Connection;
use super::database::TelemetryDatabase;
use super::error;
use super::observed::Observed;
use super::run::Source;
use crate::pool::Running;
use crate::{Operation, Statement};

/// A transaction or savepoint under observation. BEGIN, COMMIT and ROLLBACK
/// are operations of their own, and every query on `&mut *transaction` (here
/// also on `&mut transaction`) is one.
///
/// Dropped without [`commit`](Self::commit) or [`rollback`](Self::rollback) it
/// is rolled back, as in sqlx; the operation then has `telemetry.outcome` =
/// `dropped`, and its duration is that of the drop, not of the rollback, which
/// runs later on the connection.
pub struct Transaction<'c, DB: TelemetryDatabase> {
    connection: Connection<'c, DB>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// BEGIN was sent; nobody knows yet whether it arrived.
    Beginning,
    Open,
    Closed,
}

/// Transaction control by its outermost and its nested name.
struct Command {
    outer: LazyLock<Statement>,
    nested: LazyLock<Statement>,
}

static BEGIN: Command = Command {
    outer: LazyLock::new(|| Statement::named("BEGIN")),
    nested: LazyLock::new(|| Statement::named("SAVEPOINT")),
};

static COMMIT: Command = Command {
    outer: LazyLock::new(|| Statement::named("COMMIT")),
    nested: LazyLock::new(|| Statement::named("RELEASE SAVEPOINT")),
};

static ROLLBACK: Command = Command {
    outer: LazyLock::new(|| Statement::named("ROLLBACK")),
    nested: LazyLock::new(|| Statement::named("ROLLBACK TO SAVEPOINT")),
};

impl Command {
    /// The command's name within `depth` transactions.
    fn at(&self, depth: usize) -> &Statement {
        if depth == 0 { &self.outer } else { &self.nested }
    }
}

type Manager<DB> = <DB as sqlx_core::database::Database>::TransactionManager;

impl<'c, DB: TelemetryDatabase> Transaction<'c, DB> {
    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    ///
    /// Those of the database. The transaction is then rolled back.
    pub async fn commit(mut self) -> Result<(), Error> {
        let mut operation = self.closing(&COMMIT);
        let context = operation.context();
        let running = self.runs(&operation);
        let raw = self.connection.raw();
        let result = Manager::<DB>::commit(raw).in_context(context).await;
        drop(running);
        self.close(&mut operation, &result);
        result
    }

    /// Rolls the transaction back, to the savepoint if it is one.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let mut operation = self.closing(&ROLLBACK);
        let context = operation.context();
        let running = self.runs(&operation);
        let raw = self.connection.raw();
        let result = Manager::<DB>::rollback(raw).in_context(context).await;
        drop(running);
        self.close(&mut operation, &result);
        result
    }

    /// Sets a savepoint.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        self.connection.begin().await
    }

    /// The driver's own connection. What runs on it is not observed.
    pub fn raw(&mut self) -> &mut DB::Connection {
        self.connection.raw()
    }

    /// Begins on a connection of the pool.
    pub(super) async fn on_pool(
        observed: Arc<Observed<DB>>,
        pool: pool::Pool<DB>,
        sql: Option<SqlStr>,
        made_in: Context,
        site: &'static Location<'static>,
    ) -> Result<Transaction<'static, DB>, Error> {
        let mut operation = observed.operation(Some(&made_in), || beginning::<DB>(sql.as_ref(), 0));
        operation.called_at(site);
        let wait = observed.wait_for(&mut operation, &pool, Some(site));
        let leased = {
            let acquire = pin!(pool.acquire());
            wait.until(operation.watch(acquire)).await
        };
        let result = match leased {
            Ok(leased) => {
                operation.waited(leased.waited());
                let connection = Connection::leased(leased, Arc::clone(&observed));
                let running = runs(&connection, &operation);
                operation.watch(Transaction::on(connection, sql, running)).await
            }
            Err(error) => Err(error),
        };
        error::note(&mut operation, &result);
        operation.end();
        result
    }

    /// Begins on a connection that is there already.
    pub(super) async fn nested(
        connection: Connection<'c, DB>,
        sql: Option<SqlStr>,
    ) -> Result<Self, Error> {
        let depth = connection.depth;
        let mut operation =
            connection.observed.operation(None, || beginning::<DB>(sql.as_ref(), depth));
        let running = runs(&connection, &operation);
        let result = operation.watch(Transaction::on(connection, sql, running)).await;
        error::note(&mut operation, &result);
        operation.end();
        result
    }

    /// Begins, while `running` says so.
    async fn on(
        mut connection: Connection<'c, DB>,
        sql: Option<SqlStr>,
        running: Option<Running>,
    ) -> Result<Self, Error> {
        connection.depth += 1;
        let mut transaction = Transaction { connection, stage: Stage::Beginning };
        // Dropped before the connection is.
        let _running = running;
        Manager::<DB>::begin(transaction.connection.raw(), sql).await?;
        transaction.stage = Stage::Open;
        Ok(transaction)
    }

    fn closing(&self, command: &'static Command) -> Operation {
        let depth = self.connection.depth.saturating_sub(1);
        let observed = &self.connection.observed;
        observed.operation(None, || command.at(depth).clone())
    }

    fn close(&mut self, operation: &mut Operation, result: &Result<(), Error>) {
        if result.is_ok() {
            self.stage = Stage::Closed;
        }
        error::note(operation, result);
        operation.finish();
    }

    fn runs(&self, operation: &Operation) -> Option<Running> {
        runs(&self.connection, operation)
    }

    #[track_caller]
    pub(super) fn source(&mut self) -> Source<'_, DB> {
        self.connection.source()
    }
}

/// Says that the operation runs on the connection, until what this gives is
/// dropped.
fn runs<DB: TelemetryDatabase>(
    connection: &Connection<'_, DB>,
    operation: &Operation,
) -> Option<Running> {
    connection.place.clone().map(|place| place.run(operation.label()))
}

/// The operation that begins a transaction within `depth` others.
fn beginning<DB: TelemetryDatabase>(sql: Option<&SqlStr>, depth: usize) -> Statement {
    match sql {
        Some(sql) => Statement::of(sql.as_str(), DB::DIALECT),
        None => BEGIN.at(depth).clone(),
    }
}

impl<DB: TelemetryDatabase> Drop for Transaction<'_, DB> {
    fn drop(&mut self) {
        match self.stage {
            Stage::Closed => {}
            Stage::Beginning => Manager::<DB>::start_rollback(self.connection.raw()),
            Stage::Open => {
                let mut operation = self.closing(&ROLLBACK);
                Manager::<DB>::start_rollback(self.connection.raw());
                operation.set_outcome("dropped");
                operation.finish();
            }
        }
    }
}

impl<'c, DB: TelemetryDatabase> Deref for Transaction<'c, DB> {
    type Target = Connection<'c, DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: TelemetryDatabase> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}
