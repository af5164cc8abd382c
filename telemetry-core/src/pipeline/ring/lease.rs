use std::sync::Arc;

use super::pool::Pool;
use super::segment::Segment;

/// A segment that has left the rings for the sinks. It counts as theirs until the last of them is
/// done with it; then it goes back to the pool, if the pool has room.
#[derive(Debug)]
pub(crate) struct Lease {
    segment: Option<Box<Segment>>,
    /// Where it came from; none for one that was put together by the collector.
    pool: Option<Arc<Pool>>,
}

impl Lease {
    /// Takes the segment out of the pool's account. One that is mostly empty is copied to the size of
    /// its records, and goes back at once.
    pub(crate) fn new(segment: Box<Segment>, pool: &Arc<Pool>) -> Self {
        if segment.is_sparse() {
            let copy = segment.to_fit();
            pool.release(segment);
            return Self::of_own(copy);
        }
        pool.let_go();
        Self { segment: Some(segment), pool: Some(Arc::clone(pool)) }
    }

    /// A segment that no pool knows.
    pub(crate) fn of_own(segment: Box<Segment>) -> Self {
        Self { segment: Some(segment), pool: None }
    }

    /// The framed records.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.segment.as_deref().map_or(&[], |segment| &segment.bytes)
    }

    /// Bytes of memory that the segment takes.
    pub(crate) fn capacity(&self) -> usize {
        self.segment.as_deref().map_or(0, |segment| segment.bytes.capacity())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(segment), Some(pool)) = (self.segment.take(), &self.pool) {
            pool.take_back(segment);
        }
    }
}
