use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::PoolMeter;
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
}

/// A connection is lent. Dropped when it is returned.
#[derive(Debug)]
#[must_use = "the use of the connection ends when this is dropped"]
pub struct Lease {
    // Keeps the pool visible for as long as somebody has a connection.
    metrics: Option<Arc<Registered>>,
    since: Instant,
    waited: Duration,
}

impl Waiting {
    pub(super) fn new(meter: PoolMeter, metrics: Option<Arc<Registered>>) -> Self {
        Waiting { meter, metrics, since: Instant::now(), pending: false }
    }

    /// Runs `future`, which gets the connection. If it is not ready at once,
    /// the request counts as pending from then on.
    pub async fn watch<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|task| {
            let polled = future.as_mut().poll(task);
            if polled.is_pending() && !self.pending {
                self.pending = true;
                self.meter.begin_pending();
            }
            polled
        })
        .await
    }

    /// The connection is there.
    pub fn obtained(self) -> Lease {
        let now = Instant::now();
        let waited = now - self.since;
        if let Some(metrics) = &self.metrics {
            metrics.wait_time.record(waited.as_secs_f64());
        }
        Lease { metrics: self.metrics.clone(), since: now, waited }
    }

    /// The pool gave up.
    pub fn timed_out(self) {
        if let Some(metrics) = &self.metrics {
            metrics.timeouts.add(1);
        }
    }

    /// How long it has been waiting.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.since.elapsed()
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
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(metrics) = &self.metrics {
            let used = self.since.elapsed();
            metrics.use_time.record(used.as_secs_f64());
        }
    }
}
