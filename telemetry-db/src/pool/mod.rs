mod lease;
mod name;
mod registration;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use telemetry_core::Pipeline;

use crate::instruments::Instruments;
use name::UniqueName;
use registration::{Registered, Registrations};

pub use lease::{Lease, Waiting};

/// A pool of connections under observation. Clones share it.
///
/// The sqlx stand-ins have one built in. For any other pool, say how its
/// connections stand, and put [`PoolMeter::wait`] around its `get`:
///
/// ```
/// use telemetry_db::{PoolMeter, PoolState};
/// # #[derive(Clone)] struct Pool;
/// # struct Connection;
/// # enum Failure { Timeout }
/// # impl Pool {
/// #     fn idle(&self) -> u64 { 1 }
/// #     fn open(&self) -> u64 { 3 }
/// #     async fn get(&self) -> Result<Connection, Failure> { Ok(Connection) }
/// # }
/// # async fn example(pool: Pool) {
/// let seen = pool.clone();
/// let meter = PoolMeter::new("orders", move || PoolState {
///     idle: seen.idle(),
///     used: seen.open() - seen.idle(),
///     max: Some(10),
/// });
///
/// let mut waiting = meter.wait();
/// match waiting.watch(pool.get()).await {
///     Ok(connection) => {
///         let lease = waiting.obtained();
///         // .. use the connection, then drop both
/// #       drop((connection, lease));
///     }
///     Err(Failure::Timeout) => waiting.timed_out(),
/// }
/// # }
/// ```
///
/// It emits `db.client.connection.count`, `.max` and `.pending_requests`, read
/// from the pool when somebody looks, and `.wait_time`, `.use_time` and
/// `.timeouts` as they occur, each with `db.client.connection.pool.name`. The
/// observation of the pool ends with the last clone.
#[derive(Clone, Debug)]
pub struct PoolMeter(Arc<Inner>);

/// How the connections of a pool stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolState {
    /// Open and free.
    pub idle: u64,
    /// Open and lent.
    pub used: u64,
    /// The most that may be open, if there is a limit.
    pub max: Option<u64>,
}

#[derive(Debug)]
struct Inner {
    name: Arc<UniqueName>,
    /// Those who wait for a connection.
    waiting: Arc<AtomicI64>,
    registrations: Registrations,
}

impl PoolMeter {
    /// Observes a pool. `state` is called whenever the metrics are read, on a
    /// thread of the pipeline; it must be quick.
    ///
    /// If there is a pool of this `name` already, the new one gets a number:
    /// `orders-2`. Two pools of one name would be counted as one.
    pub fn new(name: &str, state: impl Fn() -> PoolState + Send + Sync + 'static) -> Self {
        let meter = PoolMeter(Arc::new(Inner {
            name: Arc::new(UniqueName::of(name)),
            waiting: Arc::new(AtomicI64::new(0)),
            registrations: Registrations::new(Arc::new(state)),
        }));
        if let Some(pipeline) = Pipeline::current() {
            meter.register(&Instruments::of(&pipeline));
        }
        meter
    }

    /// `db.client.connection.pool.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// Begins to wait for a connection.
    pub fn wait(&self) -> Waiting {
        let instruments = Pipeline::current().map(|pipeline| Instruments::of(&pipeline));
        self.wait_in(instruments.as_ref())
    }

    pub(crate) fn wait_in(&self, instruments: Option<&Arc<Instruments>>) -> Waiting {
        let metrics = instruments.map(|instruments| self.register(instruments));
        Waiting::new(self.clone(), metrics)
    }

    /// The pool in the pipeline of `instruments`, where it is visible from now
    /// on.
    #[inline]
    fn register(&self, instruments: &Arc<Instruments>) -> Arc<Registered> {
        let inner = &*self.0;
        inner.registrations.of(instruments, &inner.name, &inner.waiting)
    }

    fn begin_pending(&self) {
        self.0.waiting.fetch_add(1, Ordering::Relaxed);
    }

    fn end_pending(&self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
