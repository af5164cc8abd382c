use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use super::id_hash::IdHasher;
use super::open::Open;
use crate::context::{Context, SpanId};
use crate::sync::lock;

/// The open spans of a layer, by `tracing`'s id.
///
/// Each id has one place in each of two tables of slots, made when the first span comes to them. A slot
/// tells by plain loads whose it is; its lock is only ever contended when threads meet in one span. What
/// finds both places taken goes to a crowd of maps, so that there is room for any number.
#[derive(Debug)]
pub(super) struct Slab {
    tables: [OnceLock<Box<[Slot]>>; 2],
    crowd: Box<[Crowd]>,
    crowded: AtomicUsize,
}

#[derive(Debug, Default)]
struct Slot {
    /// Zero while the slot is free, which no id is.
    id: AtomicU64,
    /// The id of the started span, in its own terms; zero before the start.
    span_id: AtomicU64,
    open: Mutex<Option<Open>>,
}

type Crowd = Mutex<HashMap<u64, Open, BuildHasherDefault<IdHasher>>>;

impl Slab {
    const SLOTS: [usize; 2] = [512, 4096];
    const CROWDS: usize = 16;

    pub(super) fn new() -> Self {
        Self {
            tables: [const { OnceLock::new() }; 2],
            crowd: (0..Self::CROWDS).map(|_| Crowd::default()).collect(),
            crowded: AtomicUsize::new(0),
        }
    }

    /// Keeps the span that has just been given `id`.
    pub(super) fn insert(&self, id: u64, open: Open) {
        for (table, slots) in self.tables.iter().zip(Self::SLOTS) {
            let slots = table.get_or_init(|| (0..slots).map(|_| Slot::default()).collect());
            let slot = &slots[place(id, slots.len())];
            let claimed = slot.id.compare_exchange(0, id, Ordering::AcqRel, Ordering::Relaxed);
            if claimed.is_ok() {
                *lock(&slot.open) = Some(open);
                return;
            }
        }
        self.crowded.fetch_add(1, Ordering::Release);
        lock(self.crowd(id)).insert(id, open);
    }

    /// Takes out the span that `id` stood for.
    pub(super) fn remove(&self, id: u64) -> Option<Open> {
        match self.slot(id) {
            Some(slot) => {
                let open = lock(&slot.open).take();
                slot.span_id.store(0, Ordering::Relaxed);
                slot.id.store(0, Ordering::Release);
                open
            }
            None if self.crowded.load(Ordering::Acquire) > 0 => {
                let open = lock(self.crowd(id)).remove(&id);
                if open.is_some() {
                    self.crowded.fetch_sub(1, Ordering::Release);
                }
                open
            }
            None => None,
        }
    }

    /// Runs `look` on an open span, which nobody else can see meanwhile: it mustn't run what other
    /// people wrote. None for a span that a filter left out.
    pub(super) fn with<R>(&self, id: u64, look: impl FnOnce(&mut Open) -> R) -> Option<R> {
        match self.slot(id) {
            Some(slot) => lock(&slot.open).as_mut().map(look),
            None if self.crowded.load(Ordering::Acquire) > 0 => {
                lock(self.crowd(id)).get_mut(&id).map(look)
            }
            None => None,
        }
    }

    /// The context in which the span is current, which is started if it wasn't; none for a span that
    /// a filter left out.
    pub(super) fn context(&self, id: u64) -> Option<Context> {
        let Some(slot) = self.slot(id) else {
            return self.with(id, |open| open.context().cloned()).flatten();
        };
        let mut open = lock(&slot.open);
        let context = open.as_mut()?.context()?.clone();
        slot.span_id.store(u64::from_be_bytes(context.span_id().to_bytes()), Ordering::Release);
        Some(context)
    }

    /// Whether `id` stands for the started span of this id of its own. It may say no of one in the
    /// crowd.
    #[inline]
    pub(super) fn is(&self, id: u64, span_id: SpanId) -> bool {
        let span_id = u64::from_be_bytes(span_id.to_bytes());
        self.slot(id).is_some_and(|slot| slot.span_id.load(Ordering::Acquire) == span_id)
    }

    #[inline]
    fn slot(&self, id: u64) -> Option<&Slot> {
        self.tables.iter().map_while(OnceLock::get).find_map(|slots| {
            let slot = &slots[place(id, slots.len())];
            (slot.id.load(Ordering::Acquire) == id).then_some(slot)
        })
    }

    fn crowd(&self, id: u64) -> &Crowd {
        &self.crowd[place(id, Self::CROWDS)]
    }
}

/// The place of `id` among so many, a power of two. The registry numbers a thread's open spans without
/// gaps in the lower bits and has the thread above them: those of one thread never meet before they
/// fill a table. Were its numbers made otherwise they would only be less well spread.
#[inline]
fn place(id: u64, slots: usize) -> usize {
    let thread = id >> 38 & 0x1fff;
    id.wrapping_add(thread.wrapping_mul(97)) as usize & (slots - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::Scope;
    use crate::span::SpanBuilder;
    use proptest::prelude::*;

    fn named(name: u64) -> Open {
        static SCOPE: Scope = Scope::new("slab", "");
        Open::new(SpanBuilder::new(&SCOPE, name.to_string()).within(Context::none()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn each_id_finds_its_own_span_however_many_share_a_place(
            // As many as meet in a place of both tables, and in the crowd.
            ids in prop::collection::hash_set((1_u64..4, 0_u64..64), 1..100),
        ) {
            let slab = Slab::new();
            let ids: Vec<u64> = ids.into_iter().map(|(low, page)| low + page * 4096).collect();
            for id in &ids {
                slab.insert(*id, named(*id));
            }
            for id in &ids {
                let name = slab.with(*id, |open| open.draft_mut().unwrap().name().to_owned());
                prop_assert_eq!(name, Some(id.to_string()));
            }
            let (gone, left) = ids.split_at(ids.len() / 2);
            for id in gone {
                prop_assert!(slab.remove(*id).is_some());
                prop_assert!(slab.remove(*id).is_none() && slab.context(*id).is_none());
            }
            for id in left {
                prop_assert!(slab.with(*id, |_| ()).is_some());
                prop_assert!(slab.remove(*id).is_some());
            }
            prop_assert_eq!(slab.crowded.load(Ordering::Relaxed), 0);
        }
    }
}
