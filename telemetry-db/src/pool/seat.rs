use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::Duration;

use telemetry_core::{Context, Stopwatch, TraceId};

use super::label::Label;

/// The place of one connection among those that are lent.
///
/// Whoever has the connection never waits for those who look: what cannot be
/// written down because somebody is looking just then is left out, and what
/// was written before is no longer believed.
#[derive(Debug, Default)]
pub(super) struct Seat {
    taken: AtomicBool,
    /// Whether a query runs on the connection.
    busy: AtomicBool,
    /// Whether the query of the holder may be another one.
    doubtful: AtomicBool,
    /// How often the seat was taken.
    turn: AtomicU64,
    /// The random half of the id of the trace that has the connection.
    trace: AtomicU64,
    holder: Mutex<Option<Holder>>,
}

/// Somebody who has a connection.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) context: Context,
    pub(super) site: Option<&'static Location<'static>>,
    /// Since when it was waited for, and how long that took.
    since: Stopwatch,
    waited: Duration,
    /// The query that runs, or else the last one that ran.
    pub(super) label: Option<Label>,
    pub(super) busy: bool,
    /// For how long it had the connection that it has given back.
    pub(super) returned_after: Option<Duration>,
    told: bool,
    turn: u64,
}

/// So often somebody who looks tries to; those who write are done sooner.
const TRIES: usize = 1_000;

impl Holder {
    /// For how long it has the connection, or had it.
    pub(super) fn held(&self) -> Duration {
        self.returned_after.unwrap_or_else(|| self.since.elapsed().saturating_sub(self.waited))
    }
}

impl Seat {
    /// Takes the seat if it is free.
    #[inline]
    pub(super) fn take(&self) -> bool {
        !self.taken.load(Ordering::Relaxed) && !self.taken.swap(true, Ordering::Acquire)
    }

    /// Writes down who took it, and what runs if something does.
    #[inline]
    pub(super) fn enter(
        &self,
        since: Stopwatch,
        waited: Duration,
        site: Option<&'static Location<'static>>,
        context: Context,
        label: Option<Label>,
    ) {
        let turn = self.turn.load(Ordering::Relaxed) + 1;
        self.turn.store(turn, Ordering::Relaxed);
        let trace = context.span_context().map_or(0, |span| low(span.trace_id()));
        self.trace.store(trace, Ordering::Relaxed);
        self.busy.store(label.is_some(), Ordering::Relaxed);
        let (busy, told, returned_after) = (false, false, None);
        let holder =
            Holder { context, site, since, waited, label, busy, returned_after, told, turn };
        let written = self.try_write(|place| *place = Some(holder));
        self.doubtful.store(!written, Ordering::Relaxed);
    }

    /// A query begins to run.
    #[cfg(feature = "sqlx")]
    pub(super) fn run(&self, label: Option<Label>) {
        let written = self.try_write(|holder| {
            if let Some(holder) = holder {
                holder.label = label;
            }
        });
        self.doubtful.store(!written, Ordering::Relaxed);
        self.busy.store(true, Ordering::Relaxed);
    }

    /// The query has run.
    #[cfg(feature = "sqlx")]
    pub(super) fn rest(&self) {
        self.busy.store(false, Ordering::Relaxed);
    }

    /// Gives the seat free.
    #[inline]
    pub(super) fn leave(&self) {
        let mut gone = None;
        self.try_write(|holder| gone = holder.take());
        self.busy.store(false, Ordering::Relaxed);
        self.taken.store(false, Ordering::Release);
        drop(gone);
    }

    /// Whether work of this trace has the connection and nothing runs on it.
    #[inline]
    pub(super) fn is_idle_in(&self, trace: u64) -> bool {
        self.taken.load(Ordering::Relaxed)
            && self.trace.load(Ordering::Relaxed) == trace
            && !self.busy.load(Ordering::Relaxed)
    }

    /// Who has it.
    pub(super) fn look(&self) -> Option<Holder> {
        self.read(|holder| Some(holder.clone()))
    }

    /// Who has it, if that is overdue and was not told before.
    pub(super) fn look_if(&self, is_overdue: impl FnOnce(Duration) -> bool) -> Option<Holder> {
        self.read(|holder| {
            let late = !holder.told && is_overdue(holder.held());
            holder.told |= late;
            late.then(|| holder.clone())
        })
    }

    fn read(&self, look: impl FnOnce(&mut Holder) -> Option<Holder>) -> Option<Holder> {
        if !self.taken.load(Ordering::Relaxed) {
            return None;
        }
        let mut place = (0..TRIES).find_map(|_| {
            let place = self.place();
            if place.is_none() {
                std::thread::yield_now();
            }
            place
        })?;
        let turn = self.turn.load(Ordering::Relaxed);
        let mut holder = look(place.as_mut().filter(|holder| holder.turn == turn)?)?;
        holder.busy = self.busy.load(Ordering::Relaxed);
        if self.doubtful.load(Ordering::Relaxed) {
            holder.label = None;
        }
        Some(holder)
    }

    #[inline]
    fn try_write(&self, write: impl FnOnce(&mut Option<Holder>)) -> bool {
        match self.place() {
            Some(mut place) => {
                write(&mut place);
                true
            }
            None => false,
        }
    }

    #[inline]
    fn place(&self) -> Option<MutexGuard<'_, Option<Holder>>> {
        match self.holder.try_lock() {
            Ok(place) => Some(place),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

/// The half of a trace's id that is random for sure.
#[inline]
pub(super) fn low(trace: TraceId) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = trace.to_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Statement;

    fn named(name: &str) -> Label {
        Label::of(&Statement::named(name))
    }

    fn enter(seat: &Seat, running: Option<&str>) {
        seat.enter(Stopwatch::start(), Duration::ZERO, None, Context::none(), running.map(named));
    }

    fn told(seat: &Seat) -> Option<(String, bool)> {
        let holder = seat.look()?;
        let label = holder.label?;
        Some((label.as_str()?.to_owned(), holder.busy))
    }

    #[test]
    fn whoever_has_a_connection_never_waits_for_those_who_look() {
        let seat = Seat::default();
        assert!(seat.take() && !seat.take());
        enter(&seat, Some("FIRST"));
        assert_eq!(told(&seat), Some(("FIRST".to_owned(), true)));
        // Somebody looks, for as long as this is held.
        let looking = seat.holder.lock().unwrap();
        seat.leave();
        assert!(seat.take());
        enter(&seat, Some("SECOND"));
        drop(looking);
        // What is there is of the one before, and not shown.
        assert!(seat.look().is_none());
        seat.leave();
        assert!(seat.take());
        enter(&seat, Some("THIRD"));
        assert_eq!(told(&seat), Some(("THIRD".to_owned(), true)));
    }

    #[cfg(feature = "sqlx")]
    #[test]
    fn a_statement_that_could_not_be_written_down_is_not_told_as_another() {
        let seat = Seat::default();
        assert!(seat.take());
        enter(&seat, None);
        seat.run(Some(named("FIRST")));
        let looking = seat.holder.lock().unwrap();
        seat.run(Some(named("SECOND")));
        drop(looking);
        assert!(seat.look().is_some_and(|holder| holder.busy && holder.label.is_none()));
        seat.run(Some(named("THIRD")));
        assert_eq!(told(&seat), Some(("THIRD".to_owned(), true)));
    }

    #[test]
    fn what_is_overdue_is_told_once() {
        let seat = Seat::default();
        assert!(seat.look_if(|_| true).is_none());
        assert!(seat.take());
        enter(&seat, None);
        assert!(seat.look_if(|_| false).is_none());
        assert!(seat.look_if(|_| true).is_some());
        assert!(seat.look_if(|_| true).is_none());
    }
}
