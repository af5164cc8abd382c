use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::SpanKind;
use super::active_slot::{Entry, Reading, Slot};

/// The slots of the spans that started in the contexts of one thread. Whatever thread they end on, they
/// are freed here. Grows with the number of spans that are active at once and goes with the last of
/// them once the thread has ended.
#[derive(Debug, Default)]
pub(crate) struct Slab {
    /// Each twice as long as the one before, so that none has to move.
    chunks: [OnceLock<Box<[Slot]>>; Slab::CHUNKS],
    /// Slots in the chunks that there are.
    size: AtomicU32,
    /// Where a free slot is likely.
    next: AtomicU32,
    /// Spans for which there was none.
    unlisted: AtomicU64,
}

impl Slab {
    const FIRST_CHUNK: u32 = 8;
    /// All that there can be: 8,184 slots, 800 KiB of memory.
    const CHUNKS: usize = 10;
    /// How many slots are looked at before there are to be more of them.
    const LOOKED_AT: u32 = 64;

    /// Lists a span and gives the number of its slot; none, when there are too many.
    #[inline]
    pub(crate) fn list(&self, entry: &Entry<'_>) -> Option<u32> {
        let next = self.next.load(Ordering::Relaxed);
        if let Some(slot) = self.slot(next)
            && slot.take(entry)
        {
            self.next.store(next + 1, Ordering::Relaxed);
            return Some(next);
        }
        self.search(next, entry)
    }

    #[cold]
    #[inline(never)]
    fn search(&self, from: u32, entry: &Entry<'_>) -> Option<u32> {
        let size = self.size.load(Ordering::Acquire);
        for step in 0..Self::LOOKED_AT.min(size) {
            let index = (from.min(size) + step) % size;
            if self.take(index, entry) {
                return Some(index);
            }
        }
        // Other threads may take the new ones, all of the few that there are at first.
        let mut size = size;
        while let Some((first, end)) = self.grow(size) {
            for index in first..end {
                if self.take(index, entry) {
                    return Some(index);
                }
            }
            size = end;
        }
        // The next one goes on from here.
        self.next.store((from + Self::LOOKED_AT) % size.max(1), Ordering::Relaxed);
        self.unlisted.fetch_add(1, Ordering::Relaxed);
        None
    }

    #[cold]
    #[inline(never)]
    fn take(&self, index: u32, entry: &Entry<'_>) -> bool {
        let taken = self.slot(index).is_some_and(|slot| slot.take(entry));
        if taken {
            self.next.store(index + 1, Ordering::Relaxed);
        }
        taken
    }

    /// Makes the chunk that follows `size` slots; gives the first and the end of its slots.
    fn grow(&self, size: u32) -> Option<(u32, u32)> {
        let (chunk, _) = place(size);
        let length = Self::FIRST_CHUNK << chunk;
        let slots = || (0..length).map(|_| Slot::default()).collect();
        self.chunks.get(chunk as usize)?.get_or_init(slots);
        self.size.fetch_max(size + length, Ordering::Release);
        Some((size, size + length))
    }

    /// Frees the slot of this number, which `list` gave.
    #[inline]
    pub(crate) fn free(&self, index: u32) {
        if let Some(slot) = self.slot(index) {
            slot.free();
            self.next.store(index, Ordering::Relaxed);
        }
    }

    /// Changes the name in the slot of this number, which `list` gave.
    pub(super) fn rename(&self, index: u32, scope: u16, name: &str, kind: SpanKind, flags: u8) {
        if let Some(slot) = self.slot(index) {
            slot.rename(scope, name, kind, flags);
        }
    }

    #[inline]
    fn slot(&self, index: u32) -> Option<&Slot> {
        let (chunk, offset) = place(index);
        self.chunks.get(chunk as usize)?.get()?.get(offset as usize)
    }

    /// The spans that are listed now.
    pub(super) fn read(&self) -> impl Iterator<Item = Reading> {
        self.chunks.iter().filter_map(OnceLock::get).flatten().filter_map(Slot::read)
    }

    /// Spans that weren't listed, so far.
    pub(super) fn unlisted(&self) -> u64 {
        self.unlisted.load(Ordering::Relaxed)
    }
}

/// The chunk and the place in it of a slot.
#[inline]
fn place(index: u32) -> (u32, u32) {
    if index < Slab::FIRST_CHUNK {
        return (0, index);
    }
    let chunk = (index / Slab::FIRST_CHUNK + 1).ilog2();
    (chunk, index - Slab::FIRST_CHUNK * ((1 << chunk) - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Ticks;
    use crate::context::{SpanContext, SpanId, TraceId};
    use std::collections::HashSet;

    fn entry<'a>(span: &'a SpanContext, name: &'a str) -> Entry<'a> {
        let (parent, started) = (SpanId::INVALID, Ticks::NONE);
        Entry { scope: 0, name, kind: SpanKind::Internal, span, parent, started }
    }

    fn span() -> SpanContext {
        let (trace, span) = (TraceId::from_bytes([1; 16]), SpanId::from_bytes([2; 8]));
        SpanContext::remote(trace.unwrap(), span.unwrap(), true)
    }

    #[test]
    fn slots_are_given_once_up_to_the_last_and_again_when_they_are_free() {
        let (slab, span) = (Slab::default(), span());
        let mut given = HashSet::new();
        while let Some(index) = slab.list(&entry(&span, "one")) {
            assert!(given.insert(index), "{index} twice");
        }
        assert_eq!(given.len(), 8184);
        assert_eq!((slab.unlisted(), slab.read().count()), (1, given.len()));
        slab.free(17);
        assert_eq!(slab.list(&entry(&span, "another")), Some(17));
        given.into_iter().for_each(|index| slab.free(index));
        assert_eq!(slab.read().count(), 0);
    }

    #[test]
    fn threads_that_share_a_list_find_a_slot_each_while_there_are_some() {
        for _ in 0..50 {
            let (slab, span) = (Slab::default(), span());
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        (0..100).for_each(|_| assert!(slab.list(&entry(&span, "one")).is_some()));
                    });
                }
            });
            assert_eq!(slab.read().count(), 800);
        }
    }

    #[test]
    fn a_nested_span_takes_the_slot_that_the_one_before_it_had() {
        let (slab, span) = (Slab::default(), span());
        let root = slab.list(&entry(&span, "root")).unwrap();
        for _ in 0..1000 {
            let child = slab.list(&entry(&span, "child")).unwrap();
            assert_eq!(child, root + 1);
            slab.free(child);
        }
        assert_eq!(slab.size.load(Ordering::Relaxed), Slab::FIRST_CHUNK);
    }

    #[test]
    fn a_reader_sees_whole_spans_while_others_start_end_and_rename_theirs() {
        let slab = Slab::default();
        let names = [
            "a",
            "a name of several words",
            &"x".repeat(200),
            "größer und ähnlich mehr als 48 Bytes, schöner",
        ];
        let cut = |name: &str| {
            name[..name.floor_char_boundary(super::super::active_slot::NAME_BYTES)].to_owned()
        };
        let expected: HashSet<String> = names.iter().map(|name| cut(name)).collect();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for round in 0..20_000 {
                        let name = names[round % names.len()];
                        let id = (round % 255 + 1) as u8;
                        let trace = TraceId::from_bytes([id; 16]).unwrap();
                        let span =
                            SpanContext::remote(trace, SpanId::from_bytes([id; 8]).unwrap(), true);
                        let index = slab.list(&entry(&span, name)).unwrap();
                        slab.rename(
                            index,
                            0,
                            names[(round + 1) % names.len()],
                            SpanKind::Client,
                            0,
                        );
                        slab.free(index);
                    }
                });
            }
            for _ in 0..20_000 {
                for reading in slab.read() {
                    assert!(expected.contains(&reading.name), "{:?}", reading.name);
                    let (trace, span) = (reading.trace_id.to_bytes(), reading.span_id.to_bytes());
                    assert!(trace.iter().chain(&span).all(|byte| *byte == trace[0]));
                }
            }
        });
        assert_eq!(slab.read().count(), 0);
    }
}
