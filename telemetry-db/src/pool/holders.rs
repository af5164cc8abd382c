use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use telemetry_core::{Context, TraceId};

use crate::Statement;

/// Who has the connections of a pool: a seat for each that may be lent, made
/// once, so that taking one allocates nothing.
#[derive(Debug)]
pub(super) struct Holders(Box<[Seat]>);

#[derive(Debug, Default)]
struct Seat {
    taken: AtomicBool,
    /// Whether a query runs on the connection.
    busy: AtomicBool,
    /// The random half of the id of the trace that has the connection.
    trace: AtomicU64,
    // Contended only while somebody is told who has what.
    holder: Mutex<Option<Holder>>,
}

/// Somebody who has a connection.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) context: Context,
    pub(super) site: Option<&'static Location<'static>>,
    pub(super) since: Instant,
    /// The query that runs, or else the last one that ran.
    pub(super) statement: Option<Statement>,
    pub(super) busy: bool,
    /// For how long it had the connection that it has given back.
    pub(super) returned_after: Option<Duration>,
    told: bool,
}

/// A seat that is taken, until this is dropped.
#[derive(Debug)]
pub(super) struct Taken(Place);

/// Says of a lent connection what runs on it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    holders: Arc<Holders>,
    index: usize,
}

/// A query runs on a lent connection, until this is dropped.
#[cfg(feature = "sqlx")]
#[derive(Debug)]
pub(crate) struct Running(Place);

/// A pool without a limit has as many seats, and so has one whose limit is
/// beyond it. Who finds none is not told of.
const MOST: u64 = 1024;
const WITHOUT_LIMIT: u64 = 64;

impl Holders {
    pub(super) fn of(max: Option<u64>) -> Self {
        let seats = max.unwrap_or(WITHOUT_LIMIT).clamp(1, MOST);
        Holders((0..seats).map(|_| Seat::default()).collect())
    }

    /// Takes a seat for the one whose context is current.
    pub(super) fn take(
        self: &Arc<Self>,
        since: Instant,
        site: Option<&'static Location<'static>>,
    ) -> Option<Taken> {
        let free = |seat: &Seat| {
            !seat.taken.load(Ordering::Relaxed) && !seat.taken.swap(true, Ordering::Acquire)
        };
        let index = self.0.iter().position(free)?;
        let seat = self.0.get(index)?;
        let context = Context::current();
        seat.trace.store(context.trace_id().map_or(0, low), Ordering::Relaxed);
        *seat.holder() = Some(Holder {
            context,
            site,
            since,
            statement: None,
            busy: false,
            returned_after: None,
            told: false,
        });
        Some(Taken(Place { holders: Arc::clone(self), index }))
    }

    /// All who have a connection now, the longest first.
    pub(super) fn all(&self) -> Vec<Holder> {
        let taken = self.0.iter().filter(|seat| seat.taken.load(Ordering::Relaxed));
        let mut all: Vec<Holder> = taken.filter_map(Seat::look).collect();
        all.sort_by_key(|holder| holder.since);
        all
    }

    /// Whoever has a connection of the same trace on which nothing runs.
    pub(super) fn idle_in(&self, trace: TraceId) -> Option<Holder> {
        let trace = low(trace);
        let same = |seat: &&Seat| {
            seat.taken.load(Ordering::Relaxed)
                && seat.trace.load(Ordering::Relaxed) == trace
                && !seat.busy.load(Ordering::Relaxed)
        };
        self.0.iter().find(same).and_then(Seat::look)
    }

    /// Those who have had a connection for at least `limit`; each is told of
    /// once.
    pub(super) fn overdue(&self, limit: Duration) -> Vec<Holder> {
        let overdue = |seat: &Seat| {
            let mut holder = seat.holder();
            let holder = holder.as_mut()?;
            let late = !holder.told && holder.since.elapsed() >= limit;
            holder.told |= late;
            late.then(|| holder.clone())
        };
        let taken = self.0.iter().filter(|seat| seat.taken.load(Ordering::Relaxed));
        taken.filter_map(overdue).collect()
    }
}

impl Seat {
    fn holder(&self) -> MutexGuard<'_, Option<Holder>> {
        self.holder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) -> Option<Holder> {
        let mut holder = self.holder().clone()?;
        holder.busy = self.busy.load(Ordering::Relaxed);
        Some(holder)
    }
}

impl Taken {
    /// Who has it.
    pub(super) fn look(&self) -> Option<Holder> {
        self.0.seat()?.look()
    }

    #[cfg(feature = "sqlx")]
    pub(super) fn place(&self) -> &Place {
        &self.0
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if let Some(seat) = self.0.seat() {
            let gone = seat.holder().take();
            seat.busy.store(false, Ordering::Relaxed);
            seat.taken.store(false, Ordering::Release);
            drop(gone);
        }
    }
}

impl Place {
    /// A query begins to run.
    #[cfg(feature = "sqlx")]
    pub(crate) fn run(&self, statement: Option<Statement>) -> Running {
        if let Some(seat) = self.seat() {
            if let Some(holder) = &mut *seat.holder() {
                holder.statement = statement;
            }
            seat.busy.store(true, Ordering::Relaxed);
        }
        Running(self.clone())
    }

    fn seat(&self) -> Option<&Seat> {
        self.holders.0.get(self.index)
    }
}

#[cfg(feature = "sqlx")]
impl Drop for Running {
    fn drop(&mut self) {
        if let Some(seat) = self.0.seat() {
            seat.busy.store(false, Ordering::Relaxed);
        }
    }
}

/// The half of a trace's id that is random for sure.
fn low(trace: TraceId) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = trace.to_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
