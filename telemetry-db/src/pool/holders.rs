use std::panic::Location;
use std::time::Duration;

use telemetry_core::{Context, Stopwatch, TraceId};

use super::label::Label;
use super::seat::{Holder, Seat, low};

/// Who has the connections of a pool: a seat for each that may be lent, made
/// once, so that taking one allocates nothing.
#[derive(Debug)]
pub(super) struct Holders(Box<[Seat]>);

/// A pool without a limit has as many seats, and so has one whose limit is
/// beyond it. Who finds none is not told of.
const MOST: u64 = 1024;
const WITHOUT_LIMIT: u64 = 64;

impl Holders {
    pub(super) fn of(max: Option<u64>) -> Self {
        let seats = max.unwrap_or(WITHOUT_LIMIT).clamp(1, MOST);
        Holders((0..seats).map(|_| Seat::default()).collect())
    }

    /// Takes a seat for the one whose context this is, who has been waiting since
    /// then, and says which.
    #[inline]
    pub(super) fn take(
        &self,
        since: Stopwatch,
        waited: Duration,
        site: Option<&'static Location<'static>>,
        context: Context,
        running: Option<Label>,
    ) -> Option<usize> {
        let index = self.0.iter().position(Seat::take)?;
        self.seat(index)?.enter(since, waited, site, context, running);
        Some(index)
    }

    #[inline]
    pub(super) fn seat(&self, index: usize) -> Option<&Seat> {
        self.0.get(index)
    }

    /// All who have a connection now, the longest first.
    pub(super) fn all(&self) -> Vec<Holder> {
        let mut all: Vec<Holder> = self.0.iter().filter_map(Seat::look).collect();
        all.sort_by_cached_key(|holder| std::cmp::Reverse(holder.held()));
        all
    }

    /// The seat of work of this trace that has a connection on which nothing
    /// runs.
    pub(super) fn idle_in(&self, trace: TraceId) -> Option<&Seat> {
        let trace = low(trace);
        self.0.iter().find(|seat| seat.is_idle_in(trace))
    }

    /// Those who have had a connection for at least `limit`; each is told of
    /// once.
    pub(super) fn overdue(&self, limit: Duration) -> Vec<Holder> {
        self.0.iter().filter_map(|seat| seat.look_if(|held| held >= limit)).collect()
    }
}
