use std::fmt;
use std::sync::Arc;

use deadpool_redis::PoolError;

use super::connection::Connection;
use super::observed::Observed;
use super::prefix::Prefixes;
use crate::{PoolMeter, PoolState, Target};

/// Stands in for `deadpool_redis::Pool`. Clones share it.
///
/// Beyond the commands on its connections it shows the pool itself, by the
/// metrics of [`PoolMeter`](crate::PoolMeter). What the pool asks a connection
/// before it lends it again (UNWATCH and PING) is part of the wait, and no
/// operation.
///
/// ```no_run
/// use redis::AsyncCommands;
/// use telemetry_db::redis::{Pool, target};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = redis::Client::open("redis://redis.internal/")?;
/// let config = deadpool_redis::Config::from_url("redis://redis.internal/");
/// let pool = config.create_pool(Some(deadpool_redis::Runtime::Tokio1))?;
/// let pool = Pool::configured(pool, |_| target(client.get_connection_info()));
///
/// let mut redis = pool.get().await?;
/// let state: Option<String> = redis.get("session:7").await?;
/// # drop(state);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pool {
    inner: deadpool_redis::Pool,
    observed: Arc<Observed>,
    meter: PoolMeter,
}

/// A connection that is lent by a [`Pool`].
pub type PooledConnection = Connection<deadpool_redis::Connection>;

impl Pool {
    /// Observes `pool`.
    pub fn new(pool: deadpool_redis::Pool) -> Self {
        Self::configured(pool, |target| target)
    }

    /// Observes `pool` with a target of your own making, which
    /// [`target`](super::target) reads from a client.
    pub fn configured(
        pool: deadpool_redis::Pool,
        configure: impl FnOnce(Target) -> Target,
    ) -> Self {
        let target = configure(Target::new("redis"));
        let seen = pool.clone();
        let meter = PoolMeter::new(&target.pool_name(), move || state(&seen));
        Pool { inner: pool, observed: Arc::new(Observed::new(target, Prefixes::default())), meter }
    }

    /// Tells hits and misses apart by another part of their keys than
    /// [`Prefixes::words`].
    #[must_use]
    pub fn with_prefixes(mut self, prefixes: Prefixes) -> Self {
        self.observed = Arc::new(Observed::new(self.observed.target.clone(), prefixes));
        self
    }

    /// Gets a connection, and measures how long that takes. That none can be
    /// made is told as the connection's error: no command finds it.
    ///
    /// # Errors
    ///
    /// Those of `deadpool_redis::Pool::get`.
    pub async fn get(&self) -> Result<PooledConnection, PoolError> {
        let seen = self.observed.seen();
        let mut waiting = self.meter.wait();
        match waiting.watch(self.inner.get()).await {
            Ok(connection) => {
                let lease = waiting.obtained();
                Ok(Connection::leased(connection, Arc::clone(&self.observed), lease))
            }
            Err(error) => {
                match &error {
                    PoolError::Timeout(_) => waiting.timed_out(),
                    PoolError::Backend(error) => self.observed.not_connected(seen, error),
                    _ => {}
                }
                Err(error)
            }
        }
    }

    /// What is observed.
    pub fn raw(&self) -> &deadpool_redis::Pool {
        &self.inner
    }
}

fn state(pool: &deadpool_redis::Pool) -> PoolState {
    let status = pool.status();
    let idle = status.available.min(status.size);
    PoolState {
        idle: idle as u64,
        used: (status.size - idle) as u64,
        max: Some(status.max_size as u64),
        ..PoolState::default()
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("target", &self.observed.target)
            .field("status", &self.inner.status())
            .finish_non_exhaustive()
    }
}
