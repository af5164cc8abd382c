use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use sqlx_core::acquire::Acquire;
use sqlx_core::connection::Connection as RawConnectionOf;
use sqlx_core::error::Error;
use sqlx_core::pool::{self, CloseEvent, PoolOptions};
use sqlx_core::sql_str::{SqlSafeStr, SqlStr};
use sqlx_core::transaction;
use telemetry_core::{Context, Pipeline};

use super::connection::{Connection, PoolConnection, RawConnection};
use super::database::TelemetryDatabase;
use super::observed::{Leased, Observed};
use super::run::{Origin, Source};
use super::site;
use super::transaction::Transaction;
use crate::instruments::Instruments;
use crate::{PoolMeter, PoolState, Target};

/// Stands in for `sqlx::Pool`: queries, streams and transactions go through it
/// as they are, each under observation. Cheap to clone.
///
/// ```
/// use std::time::Duration;
/// use sqlx::sqlite::SqlitePoolOptions;
/// use telemetry_db::sqlx::SqlitePool;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), sqlx::Error> {
/// let pool = SqlitePoolOptions::new().max_connections(4).connect("sqlite::memory:").await?;
///
/// // As it is:
/// let observed = SqlitePool::new(pool.clone());
/// // Or with a say in what is observed how:
/// let observed = SqlitePool::configured(pool, |target| {
///     target.pool_named("readers").slow_after(Duration::from_millis(20))
/// });
/// # let one: i64 = sqlx::query_scalar("SELECT 1").fetch_one(&observed).await?;
/// # assert_eq!(one, 1);
/// # Ok(())
/// # }
/// ```
///
/// Besides its operations ([`Operation`](crate::Operation)) it shows its
/// connections ([`PoolMeter`]).
pub struct Pool<DB: TelemetryDatabase> {
    raw: pool::Pool<DB>,
    observed: Arc<Observed<DB>>,
}

type OptionsOf<DB> =
    <<DB as sqlx_core::database::Database>::Connection as RawConnectionOf>::Options;

impl<DB: TelemetryDatabase> Pool<DB> {
    /// Observes `pool`.
    #[must_use]
    pub fn new(pool: pool::Pool<DB>) -> Self {
        Pool::configured(pool, |target| target)
    }

    /// Observes `pool` as one to the target that `configure` makes of what the
    /// connection options say.
    #[must_use]
    pub fn configured(pool: pool::Pool<DB>, configure: impl FnOnce(Target) -> Target) -> Self {
        let target = configure(DB::target(&pool.connect_options()));
        let seen = pool.clone();
        let mut meter = PoolMeter::new(&target.pool_name(), move || {
            let idle = seen.num_idle() as u64;
            PoolState {
                idle,
                used: u64::from(seen.size()).saturating_sub(idle),
                max: Some(u64::from(seen.options().get_max_connections())),
                // All that may be open may be free.
                idle_max: Some(u64::from(seen.options().get_max_connections())),
                idle_min: Some(u64::from(seen.options().get_min_connections())),
            }
        });
        if let Some(limit) = target.inner().long_wait_after {
            meter = meter.long_wait_after(limit);
        }
        if let Some(limit) = target.inner().overdue_after {
            meter = meter.overdue_after(limit);
        }
        Pool { observed: Observed::of_pool(target, meter, pool.clone()), raw: pool }
    }

    /// Makes a pool with sqlx's defaults and opens one connection.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::connect`.
    pub async fn connect(url: &str) -> Result<Self, Error> {
        pool::Pool::connect(url).await.map(Pool::new)
    }

    /// Makes a pool with sqlx's defaults and opens one connection.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::connect_with`.
    pub async fn connect_with(options: OptionsOf<DB>) -> Result<Self, Error> {
        pool::Pool::connect_with(options).await.map(Pool::new)
    }

    /// Makes a pool with sqlx's defaults that opens connections when needed.
    ///
    /// # Errors
    ///
    /// Those of reading the URL.
    pub fn connect_lazy(url: &str) -> Result<Self, Error> {
        pool::Pool::connect_lazy(url).map(Pool::new)
    }

    /// Makes a pool with sqlx's defaults that opens connections when needed.
    #[must_use]
    pub fn connect_lazy_with(options: OptionsOf<DB>) -> Self {
        Pool::new(pool::Pool::connect_lazy_with(options))
    }

    /// The pool of sqlx. What runs on it is not observed.
    #[must_use]
    pub fn raw(&self) -> &pool::Pool<DB> {
        &self.raw
    }

    /// `db.client.connection.pool.name` of this pool.
    #[must_use]
    pub fn name(&self) -> &str {
        self.observed.meter.as_ref().map_or("", PoolMeter::name)
    }

    /// Takes a connection from the pool, waiting for one if there is none.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::acquire`.
    #[track_caller]
    pub fn acquire(
        &self,
    ) -> impl Future<Output = Result<PoolConnection<DB>, Error>> + Send + 'static + use<DB> {
        let Pool { raw, observed } = self.clone();
        let site = Location::caller();
        async move {
            let leased = observed.acquire(&raw, Some(site)).await;
            leased.map(|leased| PoolConnection::new(leased, observed))
        }
    }

    /// Takes a connection from the pool if one is free.
    #[must_use]
    #[track_caller]
    pub fn try_acquire(&self) -> Option<PoolConnection<DB>> {
        self.try_lease().map(|leased| PoolConnection::new(leased, Arc::clone(&self.observed)))
    }

    /// Takes a connection and begins a transaction.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::begin`.
    #[track_caller]
    pub fn begin(
        &self,
    ) -> impl Future<Output = Result<Transaction<'static, DB>, Error>> + Send + 'static + use<DB>
    {
        let Pool { raw, observed } = self.clone();
        Transaction::on_pool(observed, raw, None, Context::current(), Location::caller())
    }

    /// Takes a connection and begins a transaction by `statement`, such as
    /// `BEGIN IMMEDIATE`.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::begin_with`.
    #[track_caller]
    pub fn begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> impl Future<Output = Result<Transaction<'static, DB>, Error>> + Send {
        let Pool { raw, observed } = self.clone();
        let statement = statement.into_sql_str();
        let (made_in, site) = (Context::current(), Location::caller());
        Transaction::on_pool(observed, raw, Some(statement), made_in, site)
    }

    /// Begins a transaction if a connection is free.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::try_begin`.
    pub async fn try_begin(&self) -> Result<Option<Transaction<'static, DB>>, Error> {
        self.try_begin_by(None).await
    }

    /// Begins a transaction by `statement` if a connection is free.
    ///
    /// # Errors
    ///
    /// Those of `sqlx::Pool::try_begin_with`.
    pub async fn try_begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Option<Transaction<'static, DB>>, Error> {
        self.try_begin_by(Some(statement.into_sql_str())).await
    }

    /// How many connections are open.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.raw.size()
    }

    /// How many of them are free.
    #[must_use]
    pub fn num_idle(&self) -> usize {
        self.raw.num_idle()
    }

    /// The options of the pool.
    #[must_use]
    pub fn options(&self) -> &PoolOptions<DB> {
        self.raw.options()
    }

    /// The options of its connections.
    #[must_use]
    pub fn connect_options(&self) -> Arc<OptionsOf<DB>> {
        self.raw.connect_options()
    }

    /// Changes the options of the connections that are opened from now on.
    pub fn set_connect_options(&self, options: OptionsOf<DB>) {
        self.raw.set_connect_options(options);
    }

    /// Closes the pool, and completes when all its connections are closed.
    pub fn close(&self) -> impl Future<Output = ()> + Send + '_ {
        self.raw.close()
    }

    /// Whether [`Pool::close`] was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.raw.is_closed()
    }

    /// A future that completes when [`Pool::close`] is called.
    pub fn close_event(&self) -> CloseEvent {
        self.raw.close_event()
    }

    #[track_caller]
    pub(super) fn source<'e>(&self) -> Source<'e, DB> {
        Source::new(&self.observed, Origin::Pool(self.raw.clone()))
    }

    async fn try_begin_by(
        &self,
        sql: Option<SqlStr>,
    ) -> Result<Option<Transaction<'static, DB>>, Error> {
        match self.try_lease() {
            Some(leased) => {
                let connection = Connection::leased(leased, Arc::clone(&self.observed));
                Transaction::nested(connection, sql).await.map(Some)
            }
            None => Ok(None),
        }
    }

    #[track_caller]
    fn try_lease(&self) -> Option<Leased<DB>> {
        let instruments = Pipeline::current().map(|pipeline| Instruments::of(&pipeline));
        let site = Some(Location::caller());
        let waiting = self.observed.wait(instruments.as_ref(), site, Context::current());
        let connection = self.raw.try_acquire()?;
        let lease = waiting.map(crate::pool::Waiting::obtained);
        Some(Leased { connection, lease })
    }
}

impl<DB: TelemetryDatabase> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Pool { raw: self.raw.clone(), observed: Arc::clone(&self.observed) }
    }
}

impl<DB: TelemetryDatabase> From<pool::Pool<DB>> for Pool<DB> {
    fn from(pool: pool::Pool<DB>) -> Self {
        Pool::new(pool)
    }
}

impl<DB: TelemetryDatabase> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.raw.fmt(f)
    }
}

/// For code that is generic over `Acquire`, and for migrations. The connection
/// is the driver's own.
impl<'a, DB: TelemetryDatabase> Acquire<'a> for &'_ Pool<DB> {
    type Database = DB;
    type Connection = RawConnection<DB>;

    #[track_caller]
    fn acquire(self) -> BoxFuture<'a, Result<RawConnection<DB>, Error>> {
        let Pool { raw, observed } = self.clone();
        let site = site::of_application(Location::caller());
        Box::pin(async move { observed.acquire(&raw, site).await.map(RawConnection) })
    }

    fn begin(self) -> BoxFuture<'a, Result<transaction::Transaction<'a, DB>, Error>> {
        Acquire::begin(&self.raw)
    }
}
