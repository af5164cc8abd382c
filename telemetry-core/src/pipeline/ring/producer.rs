use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::segment::{Fate, MAX_RECORD, Segment};
use super::slot::{Found, Slot};
use crate::pipeline::shared::Shared;
use crate::pipeline::{DropReason, Signal};
use crate::span::Slab;

use super::starts::{Origin, SamplingResult, Starts};

/// A thread's place to write records, and its own counts of them.
///
/// Only the owning thread writes (the shared overflow ring's owner is whoever holds its lock); the
/// collector empties the slot and reads the counts.
#[derive(Debug)]
pub(crate) struct Ring {
    pub(crate) shared: Arc<Shared>,
    pub(crate) slot: Slot,
    pub(crate) counts: Counts,
    /// Active spans that started in contexts of the thread; made for the first of them.
    active: OnceLock<Arc<Slab>>,
    /// Whether the collector found it in the middle of a write when it last looked.
    pub(crate) missed: AtomicBool,
    /// Set when the owning thread has ended.
    pub(crate) orphaned: AtomicBool,
}

impl Ring {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            slot: Slot::new(),
            counts: Counts::default(),
            active: OnceLock::new(),
            missed: AtomicBool::new(false),
            orphaned: AtomicBool::new(false),
        }
    }

    /// The list of active spans.
    #[inline]
    pub(crate) fn active(&self) -> &Slab {
        self.active.get_or_init(|| self.shared.active.add())
    }

    /// Counts a span or log record that ended without being recorded.
    #[inline]
    pub(crate) fn count_sampled_out(&self, signal: Signal) {
        bump(&self.counts.ended[signal as usize]);
        bump(&self.counts.sampled_out[signal as usize]);
    }

    /// Counts a span that starts.
    #[inline]
    pub(crate) fn count_started(&self, origin: Origin, result: SamplingResult) {
        bump(&self.counts.started[origin as usize][result as usize]);
    }

    /// Appends the record that `write` appends, of at most `length` bytes, or counts it as dropped.
    #[inline]
    pub(crate) fn push(&self, fate: Fate, length: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let signal = fate.signal;
        bump(&self.counts.ended[signal as usize]);
        if !fate.sampled {
            bump(&self.counts.unsampled[signal as usize]);
        }
        match self.segment_for(length) {
            Ok(mut segment) => {
                write(&mut segment.bytes);
                segment.count(fate);
                // Counted before it can be swept, so that what is in the ring is never negative.
                bump(&self.counts.pushed[signal as usize]);
                self.slot.put(segment);
            }
            Err(reason) => self.drop_record(signal, reason),
        }
    }

    /// A segment, out of the slot, with room for `length` bytes. The slot is marked until it is put
    /// back; without one it is left as it was, or empty.
    #[inline]
    fn segment_for(&self, length: usize) -> Result<Box<Segment>, DropReason> {
        if let Some(segment) = self.slot.begin_write() {
            if segment.fits(length) {
                return Ok(segment);
            }
            return self.next_segment(Some(segment), length);
        }
        self.next_segment(None, length)
    }

    #[cold]
    #[inline(never)]
    fn next_segment(
        &self,
        full: Option<Box<Segment>>,
        length: usize,
    ) -> Result<Box<Segment>, DropReason> {
        let refused = if self.shared.is_stopped() {
            Some(DropReason::ShutDown)
        } else {
            (length > MAX_RECORD).then_some(DropReason::TooLarge)
        };
        if let Some(reason) = refused {
            match full {
                Some(segment) => self.slot.put(segment),
                None => self.slot.leave_empty(),
            }
            return Err(reason);
        }
        if let Some(segment) = full {
            self.shared.pool.submit(segment);
        }
        let segment = self.shared.pool.acquire();
        if segment.is_none() || self.shared.pool.is_pressing() {
            self.shared.wake_collector();
        }
        if segment.is_none() {
            self.slot.leave_empty();
        }
        segment.ok_or(DropReason::RingFull)
    }

    /// Says that the owning thread ends. What it left moves to the ring that threads share, so that
    /// many short-lived threads fill segments together instead of holding one each.
    pub(crate) fn retire(&self) {
        self.shared.with_overflow(|shared| {
            // A sweep that goes through the rings finds the records here or there, never on the way.
            self.shared.between_sweeps(|| {
                if let Found::Segment(segment) = self.slot.take()
                    && let Some(segment) = shared.adopt(segment)
                {
                    self.shared.pool.submit(segment);
                }
                self.orphaned.store(true, Ordering::Release);
            });
        });
        // Else the collector, when it comes by, or at its end.
        if self.shared.has_ended() {
            self.shared.let_go(self);
        }
    }

    /// Appends another ring's records, which that ring has counted; gives them back when there is no
    /// room.
    fn adopt(&self, mut segment: Box<Segment>) -> Option<Box<Segment>> {
        let Ok(mut own) = self.segment_for(segment.bytes.len().min(MAX_RECORD)) else {
            return Some(segment);
        };
        let adopted = own.absorb(&mut segment);
        self.slot.put(own);
        if !adopted {
            return Some(segment);
        }
        self.shared.pool.release(segment);
        None
    }

    #[cold]
    fn drop_record(&self, signal: Signal, reason: DropReason) {
        bump(&self.counts.dropped[signal as usize][reason as usize]);
    }
}

/// What a ring has seen, by signal.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) ended: [AtomicU64; Signal::COUNT],
    pub(crate) sampled_out: [AtomicU64; Signal::COUNT],
    pub(crate) pushed: [AtomicU64; Signal::COUNT],
    pub(crate) dropped: [[AtomicU64; DropReason::COUNT]; Signal::COUNT],
    /// Ended records that are made for those inside the pipeline alone.
    pub(crate) unsampled: [AtomicU64; Signal::COUNT],
    pub(crate) started: Starts<AtomicU64>,
}

/// Adds one. A plain load and store: each counter has one writer.
#[inline]
fn bump(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Release);
}
