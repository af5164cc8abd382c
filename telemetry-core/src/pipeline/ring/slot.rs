use std::ptr;

use super::segment::Segment;
use crate::sync::{AtomicPtr, Ordering};

/// Holds at most one segment, which is handed over whole: to its writer for the length of a write,
/// or to the collector for good.
#[derive(Debug)]
pub(crate) struct Slot {
    segment: AtomicPtr<Segment>,
}

impl Slot {
    pub(crate) fn new() -> Self {
        Self { segment: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Takes the segment out. Any thread may call it; one of them gets it.
    #[inline]
    pub(crate) fn take(&self) -> Option<Box<Segment>> {
        // Acquire pairs with the release in `put`: what was written into the segment is seen.
        from_pointer(self.segment.swap(ptr::null_mut(), Ordering::Acquire))
    }

    /// Puts a segment in. Only the slot's one writer calls it, and only after `take` left the slot
    /// empty; a plain store is enough then, since nobody else ever fills a slot.
    #[inline]
    pub(crate) fn put(&self, segment: Box<Segment>) {
        self.store(Box::into_raw(segment));
    }

    #[cfg(not(telemetry_loom))]
    #[inline]
    fn store(&self, pointer: *mut Segment) {
        debug_assert!(self.segment.load(Ordering::Relaxed).is_null(), "one writer fills a slot");
        self.segment.store(pointer, Ordering::Release);
    }

    /// The model checker may place a concurrent `swap` that read an earlier value after a plain store
    /// in the order of modifications, which the memory model forbids (nothing comes between what a
    /// read-modify-write reads and what it writes); a swap in its place keeps it from that.
    #[cfg(telemetry_loom)]
    fn store(&self, pointer: *mut Segment) {
        let before = self.segment.swap(pointer, Ordering::AcqRel);
        assert!(before.is_null(), "one writer fills a slot");
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.take());
    }
}

#[expect(unsafe_code, reason = "the ring alone may: ownership passes through an atomic pointer")]
#[inline]
fn from_pointer(pointer: *mut Segment) -> Option<Box<Segment>> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: the only non-null pointers in a slot come from `Box::into_raw` in `put`, and each is
    // swapped out by exactly one `take`, so this is the only owner of the box.
    Some(unsafe { Box::from_raw(pointer) })
}

#[cfg(all(test, not(telemetry_loom)))]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize};

    #[test]
    fn a_segment_goes_to_exactly_one_of_two_takers() {
        let slot = Slot::new();
        let taken = AtomicUsize::new(0);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::Acquire) {
                        taken.fetch_add(usize::from(slot.take().is_some()), Ordering::Relaxed);
                        std::thread::yield_now();
                    }
                });
            }
            for _ in 0..2_000 {
                while !slot.segment.load(Ordering::Relaxed).is_null() {
                    std::thread::yield_now();
                }
                slot.put(Segment::new());
            }
            done.store(true, Ordering::Release);
        });
        let left = usize::from(slot.take().is_some());
        assert_eq!(taken.load(Ordering::Relaxed) + left, 2_000);
    }
}

#[cfg(all(test, telemetry_loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;

    #[test]
    fn a_writer_and_the_collector_never_hold_the_same_segment() {
        loom::model(|| {
            let slot = Arc::new(Slot::new());
            slot.put(Segment::new());
            let collector = {
                let slot = Arc::clone(&slot);
                loom::thread::spawn(move || slot.take().map_or(0, |segment| segment.records[0]))
            };
            let mut written = 0;
            for _ in 0..2 {
                let mut segment = slot.take().unwrap_or_else(Segment::new);
                segment.records[0] += 1;
                written += 1;
                slot.put(segment);
            }
            let swept = collector.join().unwrap();
            let left = slot.take().map_or(0, |segment| segment.records[0]);
            assert_eq!(swept + left, written);
        });
    }
}
