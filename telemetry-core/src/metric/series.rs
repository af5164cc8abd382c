use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::cell::{Cell, Layout, Total};
use super::cells::{self, Address, Entry, Place};
use super::exemplar::{ExemplarFilter, Exemplars};
use super::instrument::Instrument;
use super::lookup;
use super::number::Number;
use crate::attribute::AttributeSet;
use crate::sync::lock;

/// One combination of an instrument's attributes.
#[derive(Debug)]
pub(crate) struct Series {
    pub(super) attributes: AttributeSet,
    /// Different for every series of the process.
    pub(super) number: u64,
    /// Since when it counts.
    pub(super) start_unix_nanos: u64,
    /// Whether it takes what is beyond the instrument's budget.
    pub(super) is_overflow: bool,
    shape: Shape,
    /// Where threads keep their cells of it, once it is bound.
    place: OnceLock<Place>,
    /// Handles that are bound to it.
    handles: AtomicUsize,
    cells: Mutex<Parts>,
    exemplars: Exemplars,
    /// Whether it has expired: who finds it in a table of its own must look it up anew.
    closed: AtomicBool,
    /// A gauge's value: the last one set by anybody.
    last: AtomicU64,
    is_set: AtomicBool,
    was_set: AtomicBool,
}

/// What all series of an instrument have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) layout: Layout,
    pub(super) filter: ExemplarFilter,
    /// How two values add up, as bits.
    pub(super) add: fn(u64, u64) -> u64,
    /// The first value less the second, as bits.
    pub(super) subtract: fn(u64, u64) -> u64,
    pub(super) to_number: fn(u64) -> Number,
}

#[derive(Debug)]
struct Parts {
    live: Vec<Arc<Cell>>,
    /// The sum of cells whose threads have ended.
    retired: Total,
    /// What the last reading found.
    seen: Total,
    changed: Changed,
}

/// When a series was last found changed: in which of the registry's readings, and at what time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Changed {
    pub(super) reading: u64,
    pub(super) at: Instant,
}

impl Series {
    /// Live cells above which those of ended threads are cleared away when another is added.
    const CROWDED: usize = 32;

    pub(super) fn new(
        attributes: AttributeSet,
        shape: Shape,
        start_unix_nanos: u64,
        is_overflow: bool,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let empty = Total::empty(shape.layout);
        Self {
            attributes,
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            start_unix_nanos,
            is_overflow,
            shape,
            place: OnceLock::new(),
            handles: AtomicUsize::new(0),
            cells: Mutex::new(Parts {
                live: Vec::new(),
                retired: empty.clone(),
                seen: empty,
                changed: Changed { reading: 0, at: Instant::now() },
            }),
            exemplars: Exemplars::default(),
            closed: AtomicBool::new(false),
            last: AtomicU64::new(0),
            is_set: AtomicBool::new(false),
            was_set: AtomicBool::new(false),
        }
    }

    /// A cell for the calling thread.
    pub(super) fn new_cell(&self) -> Arc<Cell> {
        let cell = Arc::new(Cell::new(self.number, self.shape.layout));
        let mut parts = lock(&self.cells);
        if parts.live.len() >= Self::CROWDED {
            parts.retire(self.shape);
        }
        parts.live.push(Arc::clone(&cell));
        cell
    }

    /// Where threads keep their cells of it when they don't keep them in a table.
    pub(super) fn address(&self) -> Address {
        Address::new(self.place.get_or_init(Place::take), self.number)
    }

    /// Offers a measurement in `cell` as an exemplar.
    #[cold]
    #[inline(never)]
    pub(super) fn offer(&self, cell: &Cell, bucket: usize, value: Number) {
        cell.watch.look(&self.exemplars, self.shape.filter, bucket, value);
    }

    pub(super) fn exemplars(&self) -> Vec<super::Exemplar> {
        self.exemplars.read()
    }

    /// Sets a gauge.
    pub(super) fn set(&self, bits: u64) {
        self.last.store(bits, Ordering::Relaxed);
        self.is_set.store(true, Ordering::Release);
        self.was_set.store(true, Ordering::Release);
    }

    /// A gauge's value; none when it was never set.
    pub(super) fn last(&self) -> Option<u64> {
        self.is_set.load(Ordering::Acquire).then(|| self.last.load(Ordering::Relaxed))
    }

    /// The sums over all threads, in the reading of this number.
    pub(super) fn read(&self, reading: u64, now: Instant) -> Total {
        let mut parts = lock(&self.cells);
        let mut written = self.was_set.swap(false, Ordering::AcqRel);
        for cell in &parts.live {
            written |= cell.watch.renew();
        }
        let total = parts.total(self.shape);
        if written || total != parts.seen {
            parts.changed = Changed { reading, at: now };
            parts.seen = total.clone();
        }
        total
    }

    pub(super) fn changed(&self) -> Changed {
        lock(&self.cells).changed
    }

    /// Adds what another series of the same attributes was given.
    pub(super) fn absorb(&self, total: &Total) {
        lock(&self.cells).retired.merge(total, self.shape.add);
    }

    pub(super) fn is_bound(&self) -> bool {
        self.handles.load(Ordering::Acquire) > 0
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    #[inline]
    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// What a closed gauge was set to since the last call, or since the last reading before it was
    /// closed.
    pub(super) fn take_late_value(&self) -> Option<u64> {
        self.was_set.swap(false, Ordering::AcqRel).then(|| self.last.load(Ordering::Relaxed))
    }

    /// What a closed series was given since the last call, or since the last reading before it was
    /// closed: by a thread that had it in hand at that moment.
    pub(super) fn take_late(&self) -> Option<Total> {
        let mut parts = lock(&self.cells);
        let total = parts.total(self.shape);
        if total == parts.seen {
            return None;
        }
        let late = total.since(&parts.seen, self.shape.subtract);
        parts.seen = total;
        Some(late)
    }
}

impl Parts {
    /// Adds the cells of ended threads to the retired sums.
    fn retire(&mut self, shape: Shape) {
        let Self { live, retired, .. } = self;
        live.retain(|cell| {
            let orphaned = cell.orphaned.load(Ordering::Acquire);
            if orphaned {
                retired.add_cell(cell, shape.add);
            }
            !orphaned
        });
    }

    fn total(&mut self, shape: Shape) -> Total {
        self.retire(shape);
        let mut total = self.retired.clone();
        self.live.iter().for_each(|cell| total.add_cell(cell, shape.add));
        total
    }
}

/// A series that a bound handle holds; it doesn't expire meanwhile.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) series: Arc<Series>,
    address: Address,
    /// The instrument, when the baggage of a measurement adds labels.
    labelled: Option<Arc<Instrument>>,
}

impl Bound {
    pub(super) fn new(series: Arc<Series>, labelled: Option<Arc<Instrument>>) -> Self {
        series.handles.fetch_add(1, Ordering::AcqRel);
        let address = series.address();
        Self { series, address, labelled }
    }

    /// Enters a measurement into the calling thread's cell.
    #[inline(always)]
    pub(super) fn enter(&self, entry: impl Entry) {
        match &self.labelled {
            None => cells::enter(&self.series, self.address, entry),
            Some(instrument) => self.look_up(instrument, entry),
        }
    }

    #[cold]
    #[inline(never)]
    fn look_up(&self, instrument: &Instrument, entry: impl Entry) {
        let attributes: Vec<_> = self.series.attributes.iter().collect();
        lookup::enter(instrument, &attributes, entry);
    }
}

impl Clone for Bound {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.series), self.labelled.clone())
    }
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.series.handles.fetch_sub(1, Ordering::AcqRel);
    }
}
