//! [`Pace`]: bursts at a steady rate.

use std::thread;
use std::time::{Duration, Instant};

/// Bursts at a steady rate.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Duration,
    next: Instant,
}

impl Pace {
    /// The first burst is due now.
    pub(crate) fn new(interval: Duration) -> Self {
        Self { interval, next: Instant::now() }
    }

    /// Sleeps until the next burst is due. One that is late moves all that follow, so that bursts
    /// never run into each other.
    pub(crate) fn wait(&mut self) {
        let now = Instant::now();
        if let Some(left) = self.next.checked_duration_since(now) {
            thread::sleep(left);
        } else {
            self.next = now;
        }
        self.next += self.interval;
    }
}
