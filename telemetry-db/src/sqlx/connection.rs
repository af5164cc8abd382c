use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use futures_core::future::BoxFuture;
use sqlx_core::acquire::Acquire;
use sqlx_core::connection::Connection as _;
use sqlx_core::error::Error;
use sqlx_core::pool;
use sqlx_core::sql_str::SqlSafeStr;
use sqlx_core::transaction::{self, TransactionManager};

use super::Transaction;
use super::database::TelemetryDatabase;
use super::observed::{Leased, Observed};
use super::run::{Origin, Source};
use crate::pool::Place;
use crate::{Lease, Target};

/// A connection on which every query is observed: what `&mut *connection` and
/// `&mut *transaction` give.
///
/// It has a connection of a pool or borrows one:
///
/// ```
/// use sqlx::Connection as _;
/// use telemetry_db::sqlx::SqliteConnection;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sqlx::Error> {
/// let mut raw = sqlx::SqliteConnection::connect("sqlite::memory:").await?;
///
/// let mut observed = SqliteConnection::new(&mut raw, "scratch");
/// let two: i64 = sqlx::query_scalar("SELECT 1 + ?")
///     .bind(1)
///     .fetch_one(&mut observed)
///     .await?;
/// assert_eq!(two, 2);
/// # Ok(())
/// # }
/// ```
pub struct Connection<'c, DB: TelemetryDatabase> {
    held: Held<'c, DB>,
    pub(super) observed: Arc<Observed<DB>>,
    /// The transactions and savepoints around it. The driver knows as well,
    /// but late: a dropped savepoint counts until its rollback has run.
    pub(super) depth: usize,
    /// Where it is said what runs on it, if it is of a pool.
    pub(super) place: Option<Place>,
    _lease: Option<Lease>,
}

enum Held<'c, DB: TelemetryDatabase> {
    Pool(pool::PoolConnection<DB>),
    Borrowed(&'c mut DB::Connection),
}

impl<'c, DB: TelemetryDatabase> Connection<'c, DB> {
    /// Observes a connection of no pool. `namespace` is what its operations
    /// show as `db.namespace`.
    pub fn new(raw: &'c mut DB::Connection, namespace: &str) -> Self {
        Connection::with_target(raw, Target::new(DB::SYSTEM).namespace(namespace))
    }

    /// Observes a connection of no pool, as one to `target`.
    pub fn with_target(raw: &'c mut DB::Connection, target: Target) -> Self {
        let depth = <DB::TransactionManager as TransactionManager>::get_transaction_depth(raw);
        Connection::borrowed(raw, Observed::of_connection(target), depth, None)
    }

    /// The driver's own connection. What runs on it is not observed.
    pub fn raw(&mut self) -> &mut DB::Connection {
        match &mut self.held {
            Held::Pool(connection) => connection,
            Held::Borrowed(connection) => connection,
        }
    }

    /// Begins a transaction, or sets a savepoint within one.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        Transaction::nested(self.reborrow(), None).await
    }

    /// Begins a transaction by `statement`, such as `BEGIN IMMEDIATE`.
    ///
    /// # Errors
    ///
    /// Those of the database, and `InvalidSavePointStatement` within a
    /// transaction.
    pub async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'_, DB>, Error> {
        Transaction::nested(self.reborrow(), Some(statement.into_sql_str())).await
    }

    /// Asks the database for a sign of life.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn ping(&mut self) -> Result<(), Error> {
        self.raw().ping().await
    }

    fn borrowed(
        raw: &'c mut DB::Connection,
        observed: Arc<Observed<DB>>,
        depth: usize,
        place: Option<Place>,
    ) -> Self {
        Connection { held: Held::Borrowed(raw), observed, depth, place, _lease: None }
    }

    pub(super) fn leased(leased: Leased<DB>, observed: Arc<Observed<DB>>) -> Self {
        let place = leased.place();
        let held = Held::Pool(leased.connection);
        Connection { held, observed, depth: 0, place, _lease: leased.lease }
    }

    #[track_caller]
    pub(super) fn source(&mut self) -> Source<'_, DB> {
        let (observed, place) = (Arc::clone(&self.observed), self.place.clone());
        Source::new(&observed, Origin::Connection(self.raw(), place))
    }

    fn reborrow(&mut self) -> Connection<'_, DB> {
        let (observed, depth) = (Arc::clone(&self.observed), self.depth);
        let place = self.place.clone();
        Connection::borrowed(self.raw(), observed, depth, place)
    }
}

/// A connection lent by a [`Pool`](super::Pool), returned when it is dropped.
///
/// As in sqlx, queries run on `&mut *connection`; here also on
/// `&mut connection`.
pub struct PoolConnection<DB: TelemetryDatabase>(Connection<'static, DB>);

impl<DB: TelemetryDatabase> PoolConnection<DB> {
    pub(super) fn new(leased: Leased<DB>, observed: Arc<Observed<DB>>) -> Self {
        PoolConnection(Connection::leased(leased, observed))
    }

    /// Begins a transaction on this connection.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        self.0.begin().await
    }

    /// Begins a transaction by `statement`.
    ///
    /// # Errors
    ///
    /// Those of the database.
    pub async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'_, DB>, Error> {
        self.0.begin_with(statement).await
    }

    /// Gives back the connection of sqlx, to detach or to close it. The lease
    /// ends here, and so does the observation.
    #[must_use]
    pub fn into_raw(self) -> Option<pool::PoolConnection<DB>> {
        match self.0.held {
            Held::Pool(connection) => Some(connection),
            Held::Borrowed(_) => None,
        }
    }

    #[track_caller]
    pub(super) fn source(&mut self) -> Source<'_, DB> {
        self.0.source()
    }
}

impl<DB: TelemetryDatabase> Deref for PoolConnection<DB> {
    type Target = Connection<'static, DB>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: TelemetryDatabase> DerefMut for PoolConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

/// What `sqlx::Acquire` gives for a [`Pool`](super::Pool): the driver's own
/// connection. The time that it is lent is measured, what runs on it is not.
pub struct RawConnection<DB: TelemetryDatabase>(pub(super) Leased<DB>);

impl<DB: TelemetryDatabase> Deref for RawConnection<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.0.connection
    }
}

impl<DB: TelemetryDatabase> DerefMut for RawConnection<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.0.connection
    }
}

/// Implements what sqlx implements for everything that has a connection.
macro_rules! has_connection {
    ([$($generics:tt)*] $type:ty, $name:literal) => {
        impl<$($generics)* DB: TelemetryDatabase> AsMut<DB::Connection> for $type {
            fn as_mut(&mut self) -> &mut DB::Connection {
                self.raw()
            }
        }

        impl<$($generics)* DB: TelemetryDatabase> fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name).finish_non_exhaustive()
            }
        }

        impl<'t, $($generics)* DB: TelemetryDatabase> Acquire<'t> for &'t mut $type {
            type Database = DB;
            type Connection = &'t mut DB::Connection;

            fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
                Box::pin(std::future::ready(Ok(self.raw())))
            }

            fn begin(self) -> BoxFuture<'t, Result<transaction::Transaction<'t, DB>, Error>> {
                Box::pin(self.raw().begin())
            }
        }
    };
}

has_connection!(['c,] Connection<'c, DB>, "Connection");
has_connection!(['c,] Transaction<'c, DB>, "Transaction");
has_connection!([] PoolConnection<DB>, "PoolConnection");

impl<DB: TelemetryDatabase> fmt::Debug for RawConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawConnection").finish_non_exhaustive()
    }
}
