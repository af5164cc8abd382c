use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::ring::{Lease, Segment};
use super::shared::Shared;
use super::{Batch, Signal};
use crate::clock;
use crate::sync::lock;

/// Empties the rings and gives batches to the sinks.
pub(super) struct Collector {
    shared: Arc<Shared>,
    #[expect(clippy::vec_box, reason = "segments are handed over as boxes, to and from the pool")]
    segments: Vec<Box<Segment>>,
    idle_sweeps: u32,
}

impl Collector {
    const RE_ANCHOR: Duration = Duration::from_secs(1);
    /// Sweeps without a record after which unused memory is given back, and again after as many.
    const IDLE_SWEEPS: u32 = 50;

    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, segments: Vec::new(), idle_sweeps: 0 }
    }

    /// The body of the collector's thread: sweeps every `interval` until the pipeline stops.
    pub(super) fn run(mut self, interval: Duration) {
        let mut anchored = Instant::now();
        loop {
            let (requested, stopping) = {
                let state = lock(&self.shared.sweeps.state);
                (state.requested, self.shared.is_stopped())
            };
            self.sweep();
            self.answer(requested, stopping);
            if stopping {
                return;
            }
            if anchored.elapsed() >= Self::RE_ANCHOR {
                clock::re_anchor();
                anchored = Instant::now();
            }
            if lock(&self.shared.sweeps.state).requested == requested && !self.shared.is_stopped() {
                thread::park_timeout(interval);
            }
        }
    }

    /// Tells those who wait that a sweep which began after their request is done.
    fn answer(&self, requested: u64, ended: bool) {
        let mut state = lock(&self.shared.sweeps.state);
        state.completed = requested;
        state.ended |= ended;
        self.shared.sweeps.done.notify_all();
    }

    fn sweep(&mut self) {
        self.shared.sweep_begins();
        self.gather();
        let mut swept = [0; Signal::COUNT];
        // What many threads have left in nearly empty segments is put together.
        let mut sparse: Option<Box<Segment>> = None;
        for mut segment in std::mem::take(&mut self.segments) {
            for (total, records) in swept.iter_mut().zip(segment.records) {
                *total += records;
            }
            if !segment.is_sparse() {
                self.dispatch(segment);
            } else if sparse.as_mut().is_some_and(|sparse| sparse.absorb(&mut segment)) {
                self.shared.pool.release(segment);
            } else if let Some(filled) = sparse.replace(segment) {
                self.dispatch(filled);
            }
        }
        if let Some(segment) = sparse {
            self.dispatch(segment);
        }
        let mut totals = lock(&self.shared.totals);
        for (index, records) in swept.into_iter().enumerate() {
            totals.swept[index] += records;
            totals.accepted[index] += records;
        }
        drop(totals);
        self.give_back_memory(swept.iter().sum());
    }

    /// Takes all segments that hold records, and retires the rings of ended threads.
    fn gather(&mut self) {
        while let Some(segment) = self.shared.pool.next_full() {
            self.segments.push(segment);
        }
        let mut rings = lock(&self.shared.rings);
        rings.retain(|ring| {
            // Asked before the slot is emptied: nothing comes into it afterwards.
            let orphaned = ring.orphaned.load(std::sync::atomic::Ordering::Acquire);
            self.segments.extend(ring.slot.take());
            if orphaned {
                let mut totals = lock(&self.shared.totals);
                for signal in Signal::ALL {
                    totals.retired[signal as usize].add(ring, signal);
                }
            }
            !orphaned
        });
        drop(rings);
        // A segment that was filled up while the slots were emptied.
        while let Some(segment) = self.shared.pool.next_full() {
            self.segments.push(segment);
        }
    }

    /// Gives a segment to the sinks: a batch for each signal that is in it.
    fn dispatch(&self, segment: Box<Segment>) {
        let records = segment.records;
        let wanted = Signal::ALL
            .into_iter()
            .filter(|signal| records[*signal as usize] > 0 && self.is_wanted(*signal));
        let mut wanted = wanted.peekable();
        if wanted.peek().is_none() {
            return self.shared.pool.release(segment);
        }
        let lease = Arc::new(Lease::new(segment, &self.shared.pool));
        for signal in wanted {
            let (own, all) = (records[signal as usize], records.iter().sum());
            let batch = Arc::new(Batch::new(signal, own, all, Arc::clone(&lease)));
            for sink in self.shared.sinks.iter().filter(|sink| sink.accepts(signal)) {
                sink.offer(&batch);
            }
        }
    }

    fn is_wanted(&self, signal: Signal) -> bool {
        self.shared.sinks.iter().any(|sink| sink.accepts(signal))
    }

    fn give_back_memory(&mut self, swept: u64) {
        self.idle_sweeps = if swept == 0 { self.idle_sweeps + 1 } else { 0 };
        if self.idle_sweeps == Self::IDLE_SWEEPS {
            self.idle_sweeps = 0;
            self.shared.pool.shrink(1);
        }
    }
}
