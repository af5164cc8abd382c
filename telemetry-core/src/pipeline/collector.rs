use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::ring::{FramedRecord, Frames, Segment};
use super::shared::{BufferPool, Shared};
use super::{Batch, Signal};
use crate::clock;
use crate::sync::lock;

/// Empties the rings and gives batches to the sinks.
pub(super) struct Collector {
    shared: Arc<Shared>,
    buffers: Arc<BufferPool>,
    open: [Open; Signal::COUNT],
    #[expect(clippy::vec_box, reason = "segments are handed over as boxes, to and from the pool")]
    segments: Vec<Box<Segment>>,
    idle_sweeps: u32,
}

/// A batch being filled.
#[derive(Default)]
struct Open {
    bytes: Vec<u8>,
    records: u64,
}

impl Collector {
    /// A full segment makes a batch of its own size.
    const BATCH_BYTES: usize = 64 * 1024;
    const RE_ANCHOR: Duration = Duration::from_secs(1);
    /// Sweeps without a record after which unused memory is given back.
    const IDLE_SWEEPS: u32 = 50;

    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            buffers: Arc::default(),
            open: Default::default(),
            segments: Vec::new(),
            idle_sweeps: 0,
        }
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
        for segment in std::mem::take(&mut self.segments) {
            for (total, records) in swept.iter_mut().zip(segment.records) {
                *total += records;
            }
            self.absorb(&segment);
            self.shared.pool.release(segment);
        }
        Signal::ALL.into_iter().for_each(|signal| self.dispatch(signal));
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
        self.segments.retain(|segment| !segment.is_empty());
    }

    /// Copies a segment's records into the open batches.
    fn absorb(&mut self, segment: &Segment) {
        let mut signals =
            Signal::ALL.into_iter().filter(|signal| segment.records[*signal as usize] > 0);
        let (first, second) = (signals.next(), signals.next());
        match (first, second) {
            // The common case, one copy: all records are of one signal.
            (Some(signal), None) => {
                self.append(signal, &segment.bytes, segment.records[signal as usize]);
            }
            _ => {
                for FramedRecord { signal, frame, .. } in Frames::new(&segment.bytes) {
                    self.append(signal, frame, 1);
                }
            }
        }
    }

    fn append(&mut self, signal: Signal, frames: &[u8], records: u64) {
        if !self.is_wanted(signal) {
            return;
        }
        if self.open[signal as usize].bytes.len() + frames.len() > Self::BATCH_BYTES {
            self.dispatch(signal);
        }
        let open = &mut self.open[signal as usize];
        if open.bytes.capacity() == 0 {
            open.bytes = self.buffers.get();
        }
        open.bytes.extend_from_slice(frames);
        open.records += records;
    }

    fn is_wanted(&self, signal: Signal) -> bool {
        self.shared.sinks.iter().any(|sink| sink.accepts(signal))
    }

    /// Gives an open batch to the sinks.
    fn dispatch(&mut self, signal: Signal) {
        let open = std::mem::take(&mut self.open[signal as usize]);
        if open.records == 0 {
            return;
        }
        let batch = Arc::new(Batch::new(signal, open.records, open.bytes, &self.buffers));
        for sink in self.shared.sinks.iter().filter(|sink| sink.accepts(signal)) {
            sink.offer(&batch);
        }
    }

    fn give_back_memory(&mut self, swept: u64) {
        self.idle_sweeps = if swept == 0 { self.idle_sweeps + 1 } else { 0 };
        if self.idle_sweeps == Self::IDLE_SWEEPS {
            self.shared.pool.shrink(1);
            self.buffers.shrink();
        }
    }
}
