use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{HandlerLedger, Occasion, Occurrence};
use crate::pipeline::Frames;
use crate::spawn;
use crate::sync::lock;
use crate::view::Pattern;

/// A handler, its queue and its account. The handler itself lives on a thread of its own.
#[derive(Debug)]
pub(super) struct Attached {
    pub(super) id: Box<str>,
    pub(super) on: Vec<(Occasion, Pattern)>,
    state: Mutex<State>,
    work: Condvar,
    done: Condvar,
    /// What is queued is dropped.
    given_up: AtomicBool,
}

/// Records on their way to a handler, framed.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) frames: Vec<u8>,
    pub(super) records: u64,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Chunk>,
    bytes: usize,
    counts: Counts,
    flush_requested: u64,
    flush_completed: u64,
    stops: bool,
    ended: bool,
    /// Since when the handler has been at work on one occurrence.
    busy_since: Option<Instant>,
}

/// What became of the occurrences that a handler was to be told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) accepted: u64,
    pub(super) handled: u64,
    pub(super) dropped: u64,
    pub(super) panicked: u64,
    pub(super) slow: u64,
}

impl Attached {
    /// Bytes that wait for a handler at the most.
    const MAX_BYTES: usize = 512 * 1024;
    /// A call that takes longer counts as slow.
    pub(super) const SLOW: Duration = Duration::from_millis(100);

    pub(super) fn new(id: Box<str>, on: Vec<(Occasion, Pattern)>) -> Self {
        Self {
            id,
            on,
            state: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            given_up: AtomicBool::new(false),
        }
    }

    /// Queues occurrences, or drops them when the queue's bytes are used up.
    pub(super) fn offer(&self, chunk: Chunk) {
        let mut state = lock(&self.state);
        state.counts.accepted += chunk.records;
        let has_room =
            state.chunks.is_empty() || state.bytes + chunk.frames.len() <= Self::MAX_BYTES;
        if state.ended || !has_room {
            state.counts.dropped += chunk.records;
            return;
        }
        state.bytes += chunk.frames.len();
        state.chunks.push_back(chunk);
        self.work.notify_one();
    }

    /// The body of the handler's thread.
    pub(super) fn run(&self, mut handler: impl FnMut(&Occurrence<'_>)) {
        while let Some(chunk) = self.next() {
            for framed in Frames::new(&chunk.frames) {
                if self.given_up.load(Ordering::Relaxed) {
                    lock(&self.state).counts.dropped += 1;
                    continue;
                }
                let began = Instant::now();
                lock(&self.state).busy_since = Some(began);
                let occurrence = Occurrence::new(&framed);
                let called = catch_unwind(AssertUnwindSafe(|| handler(&occurrence)));
                let is_slow = began.elapsed() > Self::SLOW;
                let mut state = lock(&self.state);
                state.busy_since = None;
                state.counts.handled += 1;
                state.counts.panicked += u64::from(called.is_err());
                state.counts.slow += u64::from(is_slow);
            }
        }
        let mut state = lock(&self.state);
        state.ended = true;
        self.done.notify_all();
    }

    /// Waits for occurrences; none when the thread is to end.
    fn next(&self) -> Option<Chunk> {
        let mut state = lock(&self.state);
        loop {
            if let Some(chunk) = state.chunks.pop_front() {
                state.bytes -= chunk.frames.len();
                return Some(chunk);
            }
            if state.stops {
                return None;
            }
            if state.flush_completed < state.flush_requested {
                state.flush_completed = state.flush_requested;
                self.done.notify_all();
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Asks for all to be handled that is queued; [`Attached::wait_for_flush`] waits for it.
    pub(super) fn request_flush(&self) -> u64 {
        let mut state = lock(&self.state);
        state.flush_requested += 1;
        self.work.notify_one();
        state.flush_requested
    }

    /// Whether the flush was done by `deadline`.
    pub(super) fn wait_for_flush(&self, flush: u64, deadline: Instant) -> bool {
        self.wait_until(deadline, |state| state.flush_completed >= flush || state.ended)
    }

    /// Asks the thread to end once it has handled what is queued.
    pub(super) fn request_stop(&self) {
        lock(&self.state).stops = true;
        self.work.notify_one();
    }

    /// Asks the thread to end without handling more.
    pub(super) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
        self.request_stop();
    }

    /// Whether the thread had ended by `deadline`. If not, what is queued is given up.
    pub(super) fn wait_for_end(&self, deadline: Instant) -> bool {
        let ended = self.wait_until(deadline, |state| state.ended);
        if !ended {
            self.give_up();
        }
        ended
    }

    fn wait_until(&self, deadline: Instant, met: impl Fn(&State) -> bool) -> bool {
        let mut state = lock(&self.state);
        while !met(&state) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            let waited = self.done.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// What is to be reported: the counts, a call under way among the slow ones when it is.
    pub(super) fn troubles(&self, now: Instant) -> Counts {
        let state = lock(&self.state);
        let busy =
            state.busy_since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let slow = state.counts.slow + u64::from(busy > Self::SLOW);
        Counts { slow, ..state.counts }
    }

    pub(super) fn ledger(&self) -> HandlerLedger {
        let counts = lock(&self.state).counts;
        HandlerLedger {
            id: String::from(&*self.id),
            accepted: counts.accepted,
            handled: counts.handled,
            dropped: counts.dropped,
            queued: counts.accepted - counts.handled - counts.dropped,
            panicked: counts.panicked,
            slow: counts.slow,
        }
    }
}

/// Starts the handler's thread.
pub(super) fn start(
    attached: &Arc<Attached>,
    handler: impl FnMut(&Occurrence<'_>) + Send + 'static,
) -> std::io::Result<()> {
    let own = Arc::clone(attached);
    let name = format!("telemetry-handler-{}", Short(&attached.id));
    spawn::named(&name, move || own.run(handler)).map(drop)
}

/// As much of an id as a thread's name may have, without what it mustn't have.
struct Short<'a>(&'a str);

impl fmt::Display for Short<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().filter(|one| *one != '\0').take(32).try_for_each(|one| write!(out, "{one}"))
    }
}
