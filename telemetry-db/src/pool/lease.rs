use std::future::Future;
use std::panic::Location;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{self, Poll};
use std::time::{Duration, Instant};

use telemetry_core::Context;

use super::PoolMeter;
use super::culprit::Waiter;
use super::holders::Taken;
use super::registration::Registered;

/// Somebody waits for a connection. Dropped before [`Waiting::obtained`], as
/// when the wait is cancelled or fails, it leaves no trace but the time during
/// which it counted as pending.
#[derive(Debug)]
#[must_use = "says nothing until a connection is obtained"]
pub struct Waiting {
    meter: PoolMeter,
    metrics: Option<Arc<Registered>>,
    since: Instant,
    pending: bool,
    site: Option<&'static Location<'static>>,
}

/// A connection is lent. Dropped when it is returned.
#[derive(Debug)]
#[must_use = "the use of the connection ends when this is dropped"]
pub struct Lease {
    meter: PoolMeter,
    // Keeps the pool visible for as long as somebody has a connection.
    metrics: Option<Arc<Registered>>,
    taken: Option<Taken>,
    since: Instant,
    waited: Duration,
}

impl Waiting {
    pub(super) fn new(
        meter: PoolMeter,
        metrics: Option<Arc<Registered>>,
        site: Option<&'static Location<'static>>,
    ) -> Self {
        Waiting { meter, metrics, since: Instant::now(), pending: false, site }
    }

    /// Runs `future`, which gets the connection. If it is not ready at once,
    /// the request counts as pending from then on.
    pub async fn watch<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|task| self.poll(future.as_mut(), task)).await
    }

    /// Polls the future that gets the connection: for those who don't want it
    /// moved into another one.
    pub(crate) fn poll<F: Future>(
        &mut self,
        future: Pin<&mut F>,
        task: &mut task::Context<'_>,
    ) -> Poll<F::Output> {
        let polled = future.poll(task);
        if polled.is_pending() && !self.pending {
            self.pending = true;
            self.meter.begin_pending();
            self.tell_if_nested();
        }
        polled
    }

    /// The connection is there.
    pub fn obtained(self) -> Lease {
        let now = Instant::now();
        let waited = now - self.since;
        let mut taken = None;
        if let Some(metrics) = &self.metrics {
            metrics.wait_time.record(waited.as_secs_f64());
            let inner = &self.meter.0;
            if inner.returned.is_too_long(waited) {
                self.tell_exhausted(waited, false);
            }
            taken = inner.holders.take(now, self.site);
        }
        Lease {
            meter: self.meter.clone(),
            metrics: self.metrics.clone(),
            taken,
            since: now,
            waited,
        }
    }

    /// The pool gave up.
    pub fn timed_out(self) {
        if let Some(metrics) = &self.metrics {
            metrics.timeouts.add(1);
            self.tell_exhausted(self.elapsed(), true);
        }
    }

    /// How long it has been waiting.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
    }

    #[cold]
    fn tell_exhausted(&self, waited: Duration, timed_out: bool) {
        let inner = &self.meter.0;
        // Whoever waits in vain waits for those who have them still.
        let returned = if timed_out { Vec::new() } else { inner.returned.within(waited) };
        inner.culprit.exhausted(self.waiter(waited), &inner.holders, returned, timed_out);
    }

    /// Whoever has a connection on which nothing runs, and waits for another,
    /// may wait for ever.
    #[cold]
    fn tell_if_nested(&self) {
        let inner = &self.meter.0;
        let state = inner.registrations.state();
        let exhausted = state.idle == 0 && state.max.is_some_and(|max| state.used >= max);
        if self.metrics.is_some()
            && exhausted
            && let Some(trace) = Context::current().trace_id()
            && let Some(holder) = inner.holders.idle_in(trace)
        {
            inner.culprit.nested(self.waiter(self.elapsed()), &holder);
        }
    }

    fn waiter(&self, waited: Duration) -> Waiter<'_> {
        let pending = self.meter.0.waiting.load(Ordering::Relaxed);
        Waiter { pool: self.meter.name(), waited, pending, site: self.site }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.pending {
            self.meter.end_pending();
        }
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
    pub(crate) fn place(&self) -> Option<&super::Place> {
        self.taken.as_ref().map(Taken::place)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let used = self.since.elapsed();
        let returned = &self.meter.0.returned;
        if returned.is_long(used)
            && let Some(holder) = self.taken.as_ref().and_then(Taken::look)
        {
            returned.remember(holder, used);
        }
        drop(self.taken.take());
        if let Some(metrics) = &self.metrics {
            metrics.use_time.record(used.as_secs_f64());
        }
    }
}
