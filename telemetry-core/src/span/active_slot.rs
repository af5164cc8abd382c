use super::SpanKind;
use crate::clock::Ticks;
use crate::context::{SpanContext, SpanId, TraceId};
use crate::scope::Scope;
use crate::sync::{AtomicU64, Ordering, fence};

const FREE: u64 = 0;
const WRITING: u64 = 1;
const LISTED: u64 = 2;
/// The states are the two lowest bits; what is above counts, so that a reader notices a change.
const STATES: u64 = 3;

/// The model checker has enough to do with one.
const NAME_WORDS: usize = if cfg!(telemetry_loom) { 1 } else { 6 };
/// Longer names are cut.
pub(super) const NAME_BYTES: usize = NAME_WORDS * 8;

/// What is known of a span while it runs, in words that one thread writes and others may read at the
/// same time: a sequence lock in which nobody ever waits. Whoever reads while it changes reads
/// nothing.
#[derive(Debug, Default)]
pub(super) struct Slot {
    state: AtomicU64,
    started: AtomicU64,
    trace_high: AtomicU64,
    trace_low: AtomicU64,
    span: AtomicU64,
    parent: AtomicU64,
    /// Scope, length of the name, kind, and the flags, in 16 bits each.
    about: AtomicU64,
    name: [AtomicU64; NAME_WORDS],
}

/// What a slot says of a span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(super) scope: u16,
    pub(super) name: &'a str,
    pub(super) kind: SpanKind,
    pub(super) span: &'a SpanContext,
    pub(super) parent: SpanId,
    pub(super) started: Ticks,
}

/// What was read from a slot.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) scope: &'static Scope,
    pub(super) name: String,
    pub(super) kind: SpanKind,
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) parent: Option<SpanId>,
    pub(super) sampled: bool,
    pub(super) started: Ticks,
}

impl Slot {
    /// Takes the slot, if it is free, and lists the span in it.
    ///
    /// Inlined where nearly every span takes one, so that an entry needn't be put together for it.
    #[inline(always)]
    pub(super) fn take(&self, entry: &Entry<'_>) -> bool {
        let state = self.state.load(Ordering::Relaxed);
        let writing = state & !STATES | WRITING;
        let is_free = state & STATES == FREE;
        let take =
            |to| self.state.compare_exchange(state, to, Ordering::Acquire, Ordering::Relaxed);
        if !is_free || take(writing).is_err() {
            return false;
        }
        // What is written below can't be seen before the state that says so.
        fence(Ordering::Release);
        self.write(entry);
        self.write_name(entry.scope, entry.name, entry.kind, entry.span.flags);
        self.state.store(state & !STATES | LISTED, Ordering::Release);
        true
    }

    /// Frees the slot; only whoever has taken it calls this, once, and knows no more of it then.
    #[inline]
    pub(super) fn free(&self) {
        let state = self.state.load(Ordering::Relaxed);
        self.state.store((state & !STATES).wrapping_add(STATES + 1), Ordering::Release);
    }

    /// Changes the name; only whoever has taken the slot calls this.
    pub(super) fn rename(&self, scope: u16, name: &str, kind: SpanKind, flags: u8) {
        let state = self.state.load(Ordering::Relaxed) & !STATES;
        self.state.store(state | WRITING, Ordering::Relaxed);
        fence(Ordering::Release);
        self.write_name(scope, name, kind, flags);
        // A number up, for a reader that read the old name's beginning.
        self.state.store(state.wrapping_add(STATES + 1) | LISTED, Ordering::Release);
    }

    #[inline]
    fn write(&self, entry: &Entry<'_>) {
        let trace = u128::from_be_bytes(entry.span.trace_id.to_bytes());
        self.started.store(entry.started.to_u64(), Ordering::Relaxed);
        self.trace_high.store((trace >> 64) as u64, Ordering::Relaxed);
        self.trace_low.store(trace as u64, Ordering::Relaxed);
        let id = |id: SpanId| u64::from_be_bytes(id.to_bytes());
        self.span.store(id(entry.span.span_id), Ordering::Relaxed);
        self.parent.store(id(entry.parent), Ordering::Relaxed);
    }

    #[inline]
    fn write_name(&self, scope: u16, name: &str, kind: SpanKind, flags: u8) {
        let bytes = cut(name).as_bytes();
        let about = u64::from(scope)
            | (bytes.len() as u64) << 16
            | (kind as u64) << 32
            | u64::from(flags) << 48;
        self.about.store(about, Ordering::Relaxed);
        let (whole, rest) = bytes.as_chunks::<8>();
        let mut words = self.name.iter();
        for (part, word) in whole.iter().zip(&mut words) {
            word.store(u64::from_le_bytes(*part), Ordering::Relaxed);
        }
        if let Some(word) = words.next() {
            word.store(last_word(bytes, rest), Ordering::Relaxed);
        }
    }

    /// The span that is listed here, if there is one and nobody changes it meanwhile.
    pub(super) fn read(&self) -> Option<Reading> {
        let before = self.state.load(Ordering::Acquire);
        if before & STATES != LISTED {
            return None;
        }
        let word = |word: &AtomicU64| word.load(Ordering::Relaxed);
        let about = word(&self.about);
        let (high, low) = (word(&self.trace_high), word(&self.trace_low));
        let (span, parent, started) = (word(&self.span), word(&self.parent), word(&self.started));
        let mut name: Vec<u8> =
            self.name.iter().flat_map(|part| word(part).to_le_bytes()).collect();
        fence(Ordering::Acquire);
        if self.state.load(Ordering::Relaxed) != before {
            return None;
        }
        name.truncate(usize::from((about >> 16) as u16));
        Some(Reading {
            scope: Scope::of_id(about as u16),
            name: String::from_utf8(name).ok()?,
            kind: SpanKind::from_number((about >> 32) & 0xffff),
            trace_id: TraceId::from_bytes(
                (u128::from(high) << 64 | u128::from(low)).to_be_bytes(),
            )?,
            span_id: SpanId::from_bytes(span.to_be_bytes())?,
            parent: SpanId::from_bytes(parent.to_be_bytes()),
            sampled: (about >> 48) as u8 & SpanContext::SAMPLED != 0,
            started: Ticks::from_u64(started),
        })
    }
}

/// As much of a name as is listed.
#[inline]
fn cut(name: &str) -> &str {
    if name.len() <= NAME_BYTES {
        return name;
    }
    cut_off(name)
}

/// The first [`NAME_BYTES`] of a longer name, or some fewer: up to between two characters.
#[cold]
#[inline(never)]
fn cut_off(name: &str) -> &str {
    name.get(..name.floor_char_boundary(NAME_BYTES)).unwrap_or_default()
}

/// The bytes of `rest`, the last of `all`, which are less than eight; what is above them is anything.
#[inline]
fn last_word(all: &[u8], rest: &[u8]) -> u64 {
    match (all.last_chunk::<8>(), rest) {
        // One load that begins before them.
        (Some(last), rest) => {
            u64::from_le_bytes(*last).checked_shr(64 - 8 * rest.len() as u32).unwrap_or(0)
        }
        (None, [first, ..]) => match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
            // Two loads that overlap.
            (Some(low), Some(high)) => {
                let high = u64::from(u32::from_le_bytes(*high)) << (8 * (rest.len() - 4));
                u64::from(u32::from_le_bytes(*low)) | high
            }
            _ => {
                let byte = |at: usize| u64::from(rest.get(at).copied().unwrap_or(0)) << (8 * at);
                u64::from(*first) | byte(1) | byte(2)
            }
        },
        (None, []) => 0,
    }
}

#[cfg(all(test, telemetry_loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;

    /// A span of which every part says the same number.
    fn span(number: u8) -> SpanContext {
        let (trace, span) = (TraceId::from_bytes([number; 16]), SpanId::from_bytes([number; 8]));
        SpanContext::remote(trace.unwrap(), span.unwrap(), true)
    }

    fn list(slot: &Slot, number: u8, name: &str) -> bool {
        slot.take(&Entry {
            scope: 0,
            name,
            kind: SpanKind::Internal,
            span: &span(number),
            parent: span(number).span_id,
            started: Ticks::from_u64(u64::from(number)),
        })
    }

    /// The number and name that was read, which must be those of one span.
    fn read(slot: &Slot) -> Option<(u8, String)> {
        let reading = slot.read()?;
        let number = reading.started.to_u64() as u8;
        let expected = span(number);
        assert_eq!((reading.trace_id, reading.span_id), (expected.trace_id, expected.span_id));
        assert_eq!(reading.parent, Some(expected.span_id));
        Some((number, reading.name))
    }

    fn model(run: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(run);
    }

    #[test]
    fn a_reader_sees_a_whole_span_or_none_while_one_ends_and_another_starts() {
        model(|| {
            let slot = Arc::new(Slot::default());
            assert!(list(&slot, 1, "one"));
            let reader = {
                let slot = Arc::clone(&slot);
                loom::thread::spawn(move || read(&slot))
            };
            slot.free();
            assert!(list(&slot, 2, "two"));
            match reader.join().unwrap() {
                Some((1, name)) => assert_eq!(name, "one"),
                Some((2, name)) => assert_eq!(name, "two"),
                other => assert_eq!(other, None),
            }
            assert_eq!(read(&slot), Some((2, "two".to_owned())));
        });
    }

    #[test]
    fn a_reader_sees_the_old_name_or_the_new_one() {
        model(|| {
            let slot = Arc::new(Slot::default());
            assert!(list(&slot, 1, "GET"));
            let reader = {
                let slot = Arc::clone(&slot);
                loom::thread::spawn(move || read(&slot))
            };
            slot.rename(0, "GET /a", SpanKind::Server, 1);
            if let Some((_, name)) = reader.join().unwrap() {
                assert!(name == "GET" || name == "GET /a", "{name}");
            }
            assert_eq!(read(&slot), Some((1, "GET /a".to_owned())));
        });
    }

    #[test]
    fn of_two_spans_that_start_at_once_one_has_the_slot() {
        model(|| {
            let slot = Arc::new(Slot::default());
            let other = {
                let slot = Arc::clone(&slot);
                loom::thread::spawn(move || list(&slot, 2, "two"))
            };
            let mine = list(&slot, 1, "one");
            let theirs = other.join().unwrap();
            assert!(mine != theirs);
            assert_eq!(read(&slot).map(|(number, _)| number), Some(if mine { 1 } else { 2 }));
        });
    }
}
