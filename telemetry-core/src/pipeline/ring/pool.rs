use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_queue::ArrayQueue;

use super::segment::{SEGMENT_BYTES, Segment};

/// All segments of a pipeline's rings: the free ones, and the full ones that wait for the collector.
/// What is in use besides lies in the rings' slots. Lock-free; the cap is on all of them together, but
/// for those that the sinks have on a [`Lease`](super::Lease), which count as the sinks'.
#[derive(Debug)]
pub(crate) struct Pool {
    free: ArrayQueue<Box<Segment>>,
    full: ArrayQueue<Box<Segment>>,
    allocated: AtomicUsize,
    capacity: usize,
}

impl Pool {
    /// Half a mebibyte: about what a second-level cache holds. Waking the collector more often costs
    /// more than reading colder memory does, and waking it less often gains nothing (measured with 2,
    /// 4, 8 and 16).
    const CACHED: usize = 8;

    /// A pool of at most `bytes`, and of two segments at the least.
    pub(crate) fn new(bytes: usize) -> Self {
        let capacity = (bytes / SEGMENT_BYTES).max(2);
        Self {
            free: ArrayQueue::new(capacity),
            full: ArrayQueue::new(capacity),
            allocated: AtomicUsize::new(0),
            capacity,
        }
    }

    /// An empty segment; none when the cap is reached.
    pub(crate) fn acquire(&self) -> Option<Box<Segment>> {
        self.free.pop().or_else(|| {
            let mine = self.allocated.fetch_add(1, Ordering::Relaxed);
            if mine < self.capacity {
                return Some(Segment::new());
            }
            self.allocated.fetch_sub(1, Ordering::Relaxed);
            None
        })
    }

    /// Hands a full segment to the collector.
    pub(crate) fn submit(&self, segment: Box<Segment>) {
        // There are never more segments than places, so the push can't fail; were it ever to, the
        // segment would be lost without a count.
        let pushed = self.full.push(segment);
        debug_assert!(pushed.is_ok(), "as many places as segments");
    }

    /// The next full segment.
    pub(crate) fn next_full(&self) -> Option<Box<Segment>> {
        self.full.pop()
    }

    /// Takes back a segment that has been read.
    pub(crate) fn release(&self, mut segment: Box<Segment>) {
        segment.clear();
        if self.free.push(segment).is_err() {
            self.allocated.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Counts one segment less: somebody else has it now.
    pub(crate) fn let_go(&self) {
        self.allocated.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes back a segment that had been let go, if there is room for it among those that were
    /// allocated in its place.
    pub(crate) fn take_back(&self, segment: Box<Segment>) {
        let counted = self.allocated.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            (count < self.capacity).then_some(count + 1)
        });
        if counted.is_ok() {
            self.release(segment);
        }
    }

    /// Frees the memory of unused segments but `kept` of them.
    pub(crate) fn shrink(&self, kept: usize) {
        while self.free.len() > kept && self.free.pop().is_some() {
            self.allocated.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Bytes in use, and how many there may be.
    pub(crate) fn bytes(&self) -> (usize, usize) {
        let free = self.free.len();
        let used = self.allocated.load(Ordering::Relaxed).min(self.capacity).saturating_sub(free);
        (used * SEGMENT_BYTES, self.capacity * SEGMENT_BYTES)
    }

    /// Whether the collector should come before its time: half of the cap is in use, or as many
    /// segments are full as a processor's cache holds until they are read.
    #[inline]
    pub(crate) fn is_pressing(&self) -> bool {
        let allocated = self.allocated.load(Ordering::Relaxed);
        self.full.len() >= Self::CACHED
            || allocated.saturating_sub(self.free.len()) * 2 > self.capacity
    }
}
