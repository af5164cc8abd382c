mod culprit;
mod holders;
mod label;
mod lease;
mod name;
#[cfg(feature = "sqlx")]
mod place;
mod registration;
mod returned;
mod seat;

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use telemetry_core::{Context, Pipeline};

use crate::instruments::Instruments;
use culprit::Culprit;
use holders::Holders;
use name::UniqueName;
use registration::{Metrics, Registrations};
use returned::Returned;

#[cfg(feature = "sqlx")]
pub(crate) use label::Label;
pub use lease::{Lease, Waiting};
#[cfg(feature = "sqlx")]
pub(crate) use place::{Place, Running};

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
///     ..PoolState::default()
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
/// It emits `db.client.connection.count`, `.max`, `.idle.max`, `.idle.min` and
/// `.pending_requests` and `telemetry.db.connection.utilization`, read
/// from the pool when somebody looks, and `.wait_time`, `.use_time` and
/// `.timeouts` as they occur, each with `db.client.connection.pool.name`.
///
/// It also knows who has the connections. A wait that is in vain, or takes
/// longer than [`PoolMeter::long_wait_after`] says, ends with the event
/// `telemetry.db.pool.exhausted`, at most every 10 s, which names them, and after
/// a long wait also those who had one for long and have returned it meanwhile; a wait
/// in a trace that has an idle connection of the pool begins with
/// `telemetry.db.pool.nested_acquire`, as often at most; and a connection that
/// does not come back is told of once by `telemetry.db.connection.overdue`
/// when metrics are read. The
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
    /// The most that may be free, if the pool has such a limit.
    pub idle_max: Option<u64>,
    /// The fewest that the pool keeps, if it keeps any.
    pub idle_min: Option<u64>,
}

#[derive(Debug)]
struct Inner {
    name: Arc<UniqueName>,
    /// Those who wait for a connection.
    waiting: Arc<AtomicI64>,
    holders: Arc<Holders>,
    culprit: Culprit,
    returned: Returned,
    registrations: Registrations,
}

/// How long a wait may take.
const LONG_WAIT: Duration = Duration::from_secs(1);

impl PoolMeter {
    /// Observes a pool. `state` is called whenever the metrics are read, on a
    /// thread of the pipeline; it must be quick.
    ///
    /// If there is a pool of this `name` already, the new one gets a number:
    /// `orders-2`. Two pools of one name would be counted as one.
    pub fn new(name: &str, state: impl Fn() -> PoolState + Send + Sync + 'static) -> Self {
        let holders = Arc::new(Holders::of(state().max));
        let meter = PoolMeter(Arc::new(Inner {
            name: Arc::new(UniqueName::of(name)),
            waiting: Arc::new(AtomicI64::new(0)),
            culprit: Culprit::new(),
            returned: Returned::new(LONG_WAIT),
            registrations: Registrations::new(Arc::new(state), Arc::clone(&holders)),
            holders,
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

    /// How long a wait for a connection may take before it is told who has
    /// them, 1 s unless said otherwise. A wait in vain is told of however
    /// short it was.
    #[must_use]
    pub fn long_wait_after(self, limit: Duration) -> Self {
        self.0.returned.long_wait_after(limit);
        self
    }

    /// How long a connection may be lent before it is told who has it, 60 s
    /// unless said otherwise.
    #[must_use]
    pub fn overdue_after(self, limit: Duration) -> Self {
        self.0.registrations.overdue_after(nanos(limit));
        self
    }

    /// Begins to wait for a connection.
    #[track_caller]
    pub fn wait(&self) -> Waiting {
        let instruments = Pipeline::current().map(|pipeline| Instruments::of(&pipeline));
        self.wait_in(instruments.as_ref(), Some(Location::caller()), Context::current())
    }

    #[inline]
    pub(crate) fn wait_in(
        &self,
        instruments: Option<&Arc<Instruments>>,
        site: Option<&'static Location<'static>>,
        context: Context,
    ) -> Waiting {
        let metrics = instruments.map_or(Metrics::Nobodys, |it| self.register(it));
        Waiting::new(self.clone(), metrics, site, context)
    }

    /// The pool in the pipeline of `instruments`, where it is visible from now
    /// on.
    #[inline]
    fn register(&self, instruments: &Arc<Instruments>) -> Metrics {
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

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
