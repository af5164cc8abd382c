use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::Fingerprint;

/// Which queries came again within one trace, in a table of fixed size: what
/// finds no room pushes out something else, so that at worst nothing is found.
/// No lock is taken; two queries of one trace that end in the same instant may
/// be counted as one.
#[derive(Debug)]
pub(crate) struct Repeats {
    /// A set for each hash, of the places where what has it may be.
    sets: Box<[[Slot; WAYS]]>,
}

/// One query in one trace, or what is known of the trace itself.
#[derive(Debug, Default)]
struct Slot {
    /// Whose it is; zero while it is nobody's.
    tag: AtomicU64,
    /// Of a query: its fingerprint. Of a trace: the tag of the query that last
    /// returned several rows.
    what: AtomicU64,
    /// How often it ran, and how many rows it returned last.
    runs: AtomicU64,
    /// The tag of the query whose rows it follows.
    source: AtomicU64,
    /// Its last text, if that has all of its values.
    text: AtomicU64,
    /// How often it ran since, and the runs of that query by then.
    repeats: AtomicU64,
}

/// A query that ended well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) trace: u64,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) rows: u64,
    /// It reads, and could have been one query for many values.
    pub(crate) single: bool,
    /// Its text, if nothing but that makes it another query; zero otherwise.
    pub(crate) text: u64,
}

/// Queries that follow one another as rows do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// How often by now.
    pub(crate) times: u64,
    /// The query that returned the rows.
    pub(crate) source: Fingerprint,
    pub(crate) source_rows: u64,
    /// It became a habit with this run.
    pub(crate) first: bool,
}

const SETS: usize = 2_048;
const WAYS: usize = 4;

/// Fewer rows, or fewer repeats, are no evidence.
const FEWEST: u64 = 5;
/// So many repeats are evidence enough, however many rows are left.
const ENOUGH: u64 = 10;

/// Reads that follow one another within this time could have been one.
const CLOSE: Duration = Duration::from_millis(100);

impl Repeats {
    pub(super) fn new() -> Self {
        Repeats { sets: (0..SETS).map(|_| Default::default()).collect() }
    }

    /// Notes that a query ran; says so if it is one of those that follow the
    /// rows of another one.
    pub(crate) fn ran(&self, run: Run) -> Option<Repeated> {
        let tag = tag(run.trace, run.fingerprint.as_u64());
        let slot = self.slot(tag)?;
        slot.what.store(run.fingerprint.as_u64(), Ordering::Relaxed);
        let runs = high(slot.runs.load(Ordering::Relaxed)) + 1;
        slot.runs.store(pack(runs, run.rows), Ordering::Relaxed);
        let again = run.text != 0 && slot.text.swap(run.text, Ordering::Relaxed) == run.text;
        let repeated = if run.single && !again { self.follows(run.trace, tag, slot) } else { None };
        if run.rows >= FEWEST {
            self.slot(trace_tag(run.trace))?.what.store(tag, Ordering::Relaxed);
        }
        repeated
    }

    fn follows(&self, trace: u64, tag: u64, slot: &Slot) -> Option<Repeated> {
        let known = self.find(slot.source.load(Ordering::Relaxed));
        let repeats = slot.repeats.load(Ordering::Relaxed);
        let still =
            known.filter(|source| low(repeats) == high(source.runs.load(Ordering::Relaxed)));
        let Some(source) = still else {
            // Its first run after the rows of what may be its source.
            let source = self.find(trace_tag(trace))?.what.load(Ordering::Relaxed);
            let found = self.find(source).filter(|_| source != tag)?;
            slot.source.store(source, Ordering::Relaxed);
            let runs = high(found.runs.load(Ordering::Relaxed));
            slot.repeats.store(pack(1, runs), Ordering::Relaxed);
            return None;
        };
        let times = high(repeats) + 1;
        slot.repeats.store(pack(times, low(repeats)), Ordering::Relaxed);
        let source_rows = low(source.runs.load(Ordering::Relaxed));
        let enough = (source_rows * 3).div_ceil(5).clamp(FEWEST, ENOUGH);
        let source = Fingerprint::from_u64(source.what.load(Ordering::Relaxed));
        (times >= enough).then_some(Repeated { times, source, source_rows, first: times == enough })
    }

    /// Notes that a single value was read from `started` to `ended`, in
    /// nanoseconds of one clock for all of the trace; says how often that happened in a row, once it is a habit.
    pub(crate) fn read(
        &self,
        trace: u64,
        command: Fingerprint,
        started: u64,
        ended: u64,
    ) -> Option<u64> {
        let slot = self.slot(tag(trace, !command.as_u64()))?;
        let last = slot.source.load(Ordering::Relaxed);
        slot.source.store(ended, Ordering::Relaxed);
        let close = started >= last
            && started - last <= u64::try_from(CLOSE.as_nanos()).unwrap_or(u64::MAX);
        let times = if close { slot.repeats.load(Ordering::Relaxed) + 1 } else { 1 };
        slot.repeats.store(times, Ordering::Relaxed);
        (times >= ENOUGH).then_some(times)
    }

    #[inline]
    fn find(&self, tag: u64) -> Option<&Slot> {
        if tag == 0 {
            return None;
        }
        self.set(tag)?.iter().find(|slot| slot.tag.load(Ordering::Relaxed) == tag)
    }

    /// The slot of `tag`, taken from another one if there is none; none of a
    /// set that does not exist.
    #[inline]
    fn slot(&self, tag: u64) -> Option<&Slot> {
        let set = self.set(tag)?;
        set.iter().find(|slot| slot.tag.load(Ordering::Relaxed) == tag).or_else(|| give(set, tag))
    }

    #[inline]
    fn set(&self, tag: u64) -> Option<&[Slot; WAYS]> {
        self.sets.get(usize::try_from(tag >> 8).unwrap_or(0) % SETS)
    }
}

/// A free slot of the set, or else one of those that are taken: which one, the
/// tag says, for it is as good as random.
fn give(set: &[Slot; WAYS], tag: u64) -> Option<&Slot> {
    let free = set.iter().find(|slot| slot.tag.load(Ordering::Relaxed) == 0);
    let slot = free.or_else(|| set.get(usize::try_from(tag >> 62).unwrap_or(0) % WAYS))?;
    slot.tag.store(0, Ordering::Relaxed);
    for field in [&slot.what, &slot.runs, &slot.source, &slot.repeats, &slot.text] {
        field.store(0, Ordering::Relaxed);
    }
    slot.tag.store(tag, Ordering::Relaxed);
    Some(slot)
}

/// Of a query in a trace; never zero.
fn tag(trace: u64, what: u64) -> u64 {
    let mixed = (trace ^ what.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ mixed >> 29) | 1
}

fn trace_tag(trace: u64) -> u64 {
    tag(trace, 0x7472_6163_6500_0000)
}

fn pack(high: u64, low: u64) -> u64 {
    high.min(u64::from(u32::MAX)) << 32 | low.min(u64::from(u32::MAX))
}

fn high(packed: u64) -> u64 {
    packed >> 32
}

fn low(packed: u64) -> u64 {
    packed & u64::from(u32::MAX)
}
