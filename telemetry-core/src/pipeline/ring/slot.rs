use std::ptr;

use super::segment::Segment;
use crate::sync::{AtomicPtr, Ordering};

/// Holds at most one segment, which is handed over whole: to its writer for the length of a write,
/// or to the collector for good. While its writer has it a mark stands in its place, so that whoever
/// looks knows that there is more to come.
#[derive(Debug)]
pub(crate) struct Slot {
    segment: AtomicPtr<Segment>,
}

/// What the collector found in a slot.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    Segment(Box<Segment>),
    /// The writer has the segment in its hands.
    Busy,
}

/// Stands in a slot whose segment is being written; nothing is ever read or written there.
#[inline]
fn busy() -> *mut Segment {
    ptr::without_provenance_mut(align_of::<Segment>())
}

impl Slot {
    pub(crate) fn new() -> Self {
        Self { segment: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Takes the segment out to write to it, or says that one is about to come. Only the slot's one
    /// writer calls it, and [`Slot::put`] or [`Slot::leave_empty`] afterwards.
    #[inline]
    pub(crate) fn begin_write(&self) -> Option<Box<Segment>> {
        // Acquire pairs with the release in `put`: what was written into the segment is seen.
        from_pointer(self.segment.swap(busy(), Ordering::Acquire))
    }

    /// Ends a write with the segment in the slot. A plain store is enough, since nobody else changes
    /// what stands in a slot while it is marked.
    #[inline]
    pub(crate) fn put(&self, segment: Box<Segment>) {
        self.store(Box::into_raw(segment));
    }

    /// Ends a write without one.
    pub(crate) fn leave_empty(&self) {
        self.store(ptr::null_mut());
    }

    /// Takes the segment out for good. Any thread may call it; one of them gets it.
    pub(crate) fn take(&self) -> Found {
        let mut pointer = self.segment.load(Ordering::Acquire);
        loop {
            if pointer.is_null() {
                return Found::Nothing;
            }
            if pointer == busy() {
                return Found::Busy;
            }
            let taken = self.segment.compare_exchange(
                pointer,
                ptr::null_mut(),
                Ordering::Acquire,
                Ordering::Acquire,
            );
            match taken {
                Ok(pointer) => return from_pointer(pointer).map_or(Found::Nothing, Found::Segment),
                Err(other) => pointer = other,
            }
        }
    }

    #[cfg(not(telemetry_loom))]
    #[inline]
    fn store(&self, pointer: *mut Segment) {
        debug_assert!(self.segment.load(Ordering::Relaxed) == busy(), "a write ends that began");
        self.segment.store(pointer, Ordering::Release);
    }

    /// The model checker may place a concurrent exchange that read an earlier value after a plain store
    /// in the order of modifications, which the memory model forbids (nothing comes between what a
    /// read-modify-write reads and what it writes); a swap in its place keeps it from that.
    #[cfg(telemetry_loom)]
    fn store(&self, pointer: *mut Segment) {
        let before = self.segment.swap(pointer, Ordering::AcqRel);
        assert!(before == busy(), "a write ends that began");
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
    if pointer.is_null() || pointer == busy() {
        return None;
    }
    // SAFETY: the only pointers in a slot besides null and the mark come from `Box::into_raw` in `put`,
    // and each is exchanged for another by exactly one `begin_write` or `take`, so this is the only
    // owner of the box.
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
                        let found = matches!(slot.take(), Found::Segment(_));
                        taken.fetch_add(usize::from(found), Ordering::Relaxed);
                        std::thread::yield_now();
                    }
                });
            }
            for _ in 0..2_000 {
                while !slot.segment.load(Ordering::Relaxed).is_null() {
                    std::thread::yield_now();
                }
                assert!(slot.begin_write().is_none());
                slot.put(Segment::new());
            }
            done.store(true, Ordering::Release);
        });
        let left = usize::from(matches!(slot.take(), Found::Segment(_)));
        assert_eq!(taken.load(Ordering::Relaxed) + left, 2_000);
    }

    #[test]
    fn what_lies_in_a_slot_ends_with_it() {
        let measured = allocation_counter::measure(|| {
            let slot = Slot::new();
            assert!(slot.begin_write().is_none());
            slot.put(Segment::new());
        });
        assert!(measured.bytes_total > 0);
        assert_eq!(measured.bytes_current, 0);
    }

    #[test]
    fn whoever_looks_during_a_write_is_told_so_and_changes_nothing() {
        let slot = Slot::new();
        assert!(matches!(slot.take(), Found::Nothing));
        assert!(slot.begin_write().is_none());
        assert!(matches!(slot.take(), Found::Busy) && matches!(slot.take(), Found::Busy));
        slot.leave_empty();
        assert!(matches!(slot.take(), Found::Nothing));
        assert!(slot.begin_write().is_none());
        slot.put(Segment::new());
        assert!(slot.begin_write().is_some());
        // A slot may be dropped in the middle of a write, when its writer panics.
    }
}

#[cfg(all(test, telemetry_loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicU64;

    fn write(slot: &Slot) {
        let mut segment = slot.begin_write().unwrap_or_else(Segment::new);
        segment.records[0] += 1;
        slot.put(segment);
    }

    fn records(found: Found) -> u64 {
        match found {
            Found::Segment(segment) => segment.records[0],
            Found::Nothing | Found::Busy => 0,
        }
    }

    #[test]
    fn a_writer_and_the_collector_never_hold_the_same_segment() {
        loom::model(|| {
            let slot = Arc::new(Slot::new());
            write(&slot);
            let collector = {
                let slot = Arc::clone(&slot);
                loom::thread::spawn(move || records(slot.take()))
            };
            (0..2).for_each(|_| write(&slot));
            let swept = collector.join().unwrap();
            assert_eq!(swept + records(slot.take()), 3);
        });
    }

    /// What a flush relies on: what had ended when it began is found, or the slot says that it must
    /// come again.
    #[test]
    fn a_collector_that_comes_again_while_a_write_goes_on_misses_nothing_that_ended_before() {
        loom::model(|| {
            let slot = Arc::new(Slot::new());
            let ended = Arc::new(AtomicU64::new(0));
            let collector = {
                let (slot, ended) = (Arc::clone(&slot), Arc::clone(&ended));
                loom::thread::spawn(move || {
                    let due = ended.load(Ordering::Acquire);
                    loop {
                        match slot.take() {
                            Found::Busy => loom::thread::yield_now(),
                            found => break (due, records(found)),
                        }
                    }
                })
            };
            for number in 1..=2 {
                write(&slot);
                ended.store(number, Ordering::Release);
            }
            let (due, swept) = collector.join().unwrap();
            assert!(swept >= due, "{swept} of {due}");
            assert_eq!(swept + records(slot.take()), 2);
        });
    }
}
