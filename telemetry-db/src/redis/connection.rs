use std::fmt;
use std::sync::Arc;

use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, Value};

use super::observed::Observed;
use super::prefix::Prefixes;
use crate::{Lease, Target};

/// A connection to Redis under observation: every command and every pipeline on
/// it is an operation. Clones share what they observe.
///
/// See the [module](super) for what it emits.
pub struct Connection<C> {
    // Returned before the lease says so.
    inner: C,
    observed: Arc<Observed>,
    /// Of a connection that is lent by a pool.
    lease: Option<Lease>,
}

impl<C: ConnectionLike> Connection<C> {
    /// Observes `connection`. Which server it talks to, it doesn't tell:
    /// [`configured`](Self::configured) takes that from the client.
    pub fn new(connection: C) -> Self {
        Self::configured(connection, |target| target)
    }

    /// Observes `connection` with a target of your own making, which
    /// [`target`](super::target) reads from a client.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use telemetry_db::redis::{Connection, target};
    ///
    /// # async fn example() -> redis::RedisResult<()> {
    /// let client = redis::Client::open("redis://redis.internal/")?;
    /// let manager = redis::aio::ConnectionManager::new(client.clone()).await?;
    /// let redis = Connection::configured(manager, |_| {
    ///     target(client.get_connection_info()).slow_after(Duration::from_millis(5))
    /// });
    /// # drop(redis);
    /// # Ok(())
    /// # }
    /// ```
    pub fn configured(connection: C, configure: impl FnOnce(Target) -> Target) -> Self {
        let target = Target::new("redis").namespace(connection.get_db().to_string());
        Self::observed(connection, Arc::new(Observed::new(configure(target), Prefixes::default())))
    }
}

impl<C> Connection<C> {
    /// Tells hits and misses apart by another part of their keys than
    /// [`Prefixes::words`].
    #[must_use]
    pub fn with_prefixes(mut self, prefixes: Prefixes) -> Self {
        self.observed = Arc::new(Observed::new(self.observed.target.clone(), prefixes));
        self
    }

    pub(super) fn observed(inner: C, observed: Arc<Observed>) -> Self {
        Connection { inner, observed, lease: None }
    }

    #[cfg(feature = "deadpool-redis")]
    pub(super) fn leased(inner: C, observed: Arc<Observed>, lease: Lease) -> Self {
        Connection { inner, observed, lease: Some(lease) }
    }

    /// What is observed.
    pub fn raw(&self) -> &C {
        &self.inner
    }

    /// What is observed, for what must not be: subscriptions, for example.
    pub fn raw_mut(&mut self) -> &mut C {
        &mut self.inner
    }
}

impl<C: Clone> Clone for Connection<C> {
    fn clone(&self) -> Self {
        // What a pool lends is lent once.
        Connection { inner: self.inner.clone(), observed: Arc::clone(&self.observed), lease: None }
    }
}

impl<C> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("target", &self.observed.target)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

impl<C: ConnectionLike + Send> ConnectionLike for Connection<C> {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let seen = self.observed.seen();
            let known = self.observed.known(command);
            let mut operation = self.observed.start(command, known);
            let result = operation.lend(self.inner.req_packed_command(command)).await;
            self.observed.end(&mut operation, seen, (command, known), &result);
            result
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let seen = self.observed.seen();
            let mut operation = self.observed.start_batch(pipeline);
            let work = self.inner.req_packed_commands(pipeline, offset, count);
            let result = operation.lend(work).await;
            self.observed.end_batch(operation, seen, pipeline, &result);
            result
        })
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}
