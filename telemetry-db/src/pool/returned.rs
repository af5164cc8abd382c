use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::nanos;
use super::seat::Holder;

/// Who had a connection for long and gave it back a while ago. Whoever waited
/// for it learns of its return and of nothing before, and by then the one that
/// is to blame is no holder any more.
#[derive(Debug)]
pub(super) struct Returned {
    /// How long a wait may take, in nanoseconds.
    long_wait: AtomicU64,
    latest: Mutex<VecDeque<Past>>,
}

#[derive(Debug)]
struct Past {
    holder: Holder,
    at: Instant,
}

const REMEMBERED: usize = 16;

/// A wait that is too long may be for several that had a connection one after
/// the other. What took less than such a part of it is not to blame by itself.
const PART: u64 = 8;

impl Returned {
    pub(super) fn new(long_wait: Duration) -> Self {
        Returned { long_wait: AtomicU64::new(nanos(long_wait)), latest: Mutex::default() }
    }

    /// How long a wait may take from now on.
    pub(super) fn long_wait_after(&self, limit: Duration) {
        self.long_wait.store(nanos(limit), Ordering::Relaxed);
    }

    /// Whether a wait was too long.
    pub(super) fn is_too_long(&self, waited: Duration) -> bool {
        nanos(waited) >= self.long_wait.load(Ordering::Relaxed)
    }

    /// Whether one who had a connection for so long may be to blame for that.
    pub(super) fn is_long(&self, held: Duration) -> bool {
        nanos(held) >= self.long_wait.load(Ordering::Relaxed) / PART
    }

    /// Remembers one that is about to give its connection back.
    #[cold]
    pub(super) fn remember(&self, mut holder: Holder, held: Duration) {
        holder.returned_after = Some(held);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.len() >= REMEMBERED {
            latest.pop_front();
        }
        latest.push_back(Past { holder, at: Instant::now() });
    }

    /// Those who have given one back within the last while.
    pub(super) fn within(&self, time: Duration) -> Vec<Holder> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = latest.iter().filter(|past| past.at.elapsed() <= time);
        recent.map(|past| past.holder.clone()).collect()
    }
}
