use std::future::Future;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::atomic::Ordering;
use std::task::{self, Poll};
use std::time::Duration;

use telemetry_core::{Context, Stopwatch};

use super::PoolMeter;
use super::culprit::Waiter;
use super::label::Label;
use super::registration::{Metrics, Registered};

/// Somebody waits for a connection. Dropped before [`Waiting::obtained`], as
/// when the wait is cancelled or fails, it leaves no trace but the time during
/// which it counted as pending.
#[derive(Debug)]
#[must_use = "says nothing until a connection is obtained"]
pub struct Waiting {
    request: Request,
    metrics: Metrics,
    since: Stopwatch,
    site: Option<&'static Location<'static>>,
    /// Whose the connection will be.
    context: Context,
}

/// A request for a connection of the pool, or what came of it.
#[derive(Debug)]
struct Request {
    meter: PoolMeter,
    /// Whether it counts as one that waits, until this is dropped.
    pending: bool,
}

/// A connection is lent. Dropped when it is returned.
#[derive(Debug)]
#[must_use = "the use of the connection ends when this is dropped"]
pub struct Lease {
    // Keeps the pool visible for as long as somebody has a connection.
    request: Request,
    metrics: Metrics,
    seat: Option<usize>,
    /// Since when it was waited for.
    since: Stopwatch,
    waited: Duration,
}

impl Waiting {
    #[inline]
    pub(super) fn new(
        meter: PoolMeter,
        metrics: Metrics,
        site: Option<&'static Location<'static>>,
        context: Context,
    ) -> Self {
        let since = Stopwatch::start();
        let request = Request { meter, pending: false };
        Waiting { request, metrics, since, site, context }
    }

    /// Runs `future`, which gets the connection. If it is not ready at once,
    /// the request counts as pending from then on.
    pub async fn watch<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|task| self.poll(future.as_mut(), task)).await
    }

    /// Polls the future that gets the connection: for those who don't want it
    /// moved into another one.
    #[inline]
    pub(crate) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        task: &mut task::Context<'_>,
    ) -> Poll<F::Output> {
        let polled = future.poll(task);
        if polled.is_pending() && !self.request.pending {
            self.begin_pending();
        }
        polled
    }

    /// The connection is there.
    pub fn obtained(self) -> Lease {
        self.obtained_for(None)
    }

    /// The connection is there, and a query runs on it at once.
    #[inline]
    pub(crate) fn obtained_for(mut self, running: Option<Label>) -> Lease {
        let waited = self.since.elapsed();
        let mut seat = None;
        if let Some(measured) = self.measured() {
            measured.wait_time.record(waited.as_secs_f64());
            if self.request.meter.0.returned.is_too_long(waited) {
                self.tell_exhausted(waited, false);
            }
            let context = std::mem::take(&mut self.context);
            seat =
                self.request.meter.0.holders.take(self.since, waited, self.site, context, running);
        }
        let Waiting { mut request, metrics, since, .. } = self;
        request.settle();
        Lease { request, metrics, seat, since, waited }
    }

    /// The pool gave up.
    pub fn timed_out(self) {
        if let Some(measured) = self.measured() {
            measured.timeouts.add(1);
            self.tell_exhausted(self.elapsed(), true);
        }
    }

    /// How long it has been waiting.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    #[inline]
    fn measured(&self) -> Option<&Registered> {
        self.request.meter.0.registrations.measured(&self.metrics)
    }

    #[inline(never)]
    fn begin_pending(&mut self) {
        self.request.begin();
        if self.measured().is_some() {
            self.tell_if_nested();
        }
    }

    /// Whoever has a connection on which nothing runs, and waits for another,
    /// may wait for ever.
    fn tell_if_nested(&self) {
        let inner = &self.request.meter.0;
        let Some(trace) = self.context.trace_id() else { return };
        let Some(seat) = inner.holders.idle_in(trace) else { return };
        let state = inner.registrations.state();
        let exhausted = state.idle == 0 && state.max.is_some_and(|max| state.used >= max);
        if exhausted && let Some(holder) = seat.look() {
            inner.culprit.nested(self.waiter(self.elapsed()), &holder);
        }
    }

    #[cold]
    fn tell_exhausted(&self, waited: Duration, timed_out: bool) {
        let inner = &self.request.meter.0;
        // Whoever waits in vain waits for those who have them still.
        let returned = if timed_out { Vec::new() } else { inner.returned.within(waited) };
        inner.culprit.exhausted(self.waiter(waited), &inner.holders, returned, timed_out);
    }

    fn waiter(&self, waited: Duration) -> Waiter<'_> {
        let pending = self.request.meter.0.waiting.load(Ordering::Relaxed);
        let (pool, context) = (self.request.meter.name(), &self.context);
        Waiter { pool, waited, pending, site: self.site, context }
    }
}

impl Request {
    fn begin(&mut self) {
        self.meter.begin_pending();
        self.pending = true;
    }

    /// It waits no longer.
    #[inline]
    fn settle(&mut self) {
        if std::mem::take(&mut self.pending) {
            self.meter.end_pending();
        }
    }
}

impl Drop for Request {
    #[inline]
    fn drop(&mut self) {
        self.settle();
    }
}

impl Lease {
    /// How long the connection had been waited for.
    #[must_use]
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// Where to say what runs on the connection.
    #[cfg(feature = "sqlx")]
    pub(crate) fn place(&self) -> Option<super::Place> {
        self.seat.map(|seat| super::Place { meter: self.request.meter.clone(), seat })
    }
}

impl Drop for Lease {
    #[inline]
    fn drop(&mut self) {
        let inner = &self.request.meter.0;
        let used = self.since.elapsed().saturating_sub(self.waited);
        if let Some(seat) = self.seat.and_then(|seat| inner.holders.seat(seat)) {
            if inner.returned.is_long(used)
                && let Some(holder) = seat.look()
            {
                inner.returned.remember(holder, used);
            }
            seat.leave();
        }
        if let Some(measured) = inner.registrations.measured(&self.metrics) {
            measured.use_time.record(used.as_secs_f64());
        }
    }
}
