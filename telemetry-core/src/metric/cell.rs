use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::exemplar::Watch;
use super::exponential::{ExponentialCell, ExponentialTotal};
use super::number::Numeric;

/// One thread's share of a series. Only that thread writes, with plain loads and stores.
#[derive(Debug)]
pub(crate) struct Cell {
    /// The number of the series, to recognise it by.
    pub(super) series: u64,
    /// A counter's value, or the sum of a histogram.
    value: AtomicU64,
    pub(super) watch: Watch,
    /// A histogram's least and greatest value.
    least: AtomicU64,
    greatest: AtomicU64,
    /// The counts of explicit buckets.
    counts: Box<[AtomicU64]>,
    exponential: Option<Box<ExponentialCell>>,
    /// Set when the thread won't write any more: what is in the cell may be added to the series for
    /// good.
    pub(super) orphaned: AtomicBool,
}

/// What a cell counts besides a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Sum,
    /// Explicit buckets, so many.
    Explicit(usize),
    Exponential,
}

/// What the cells of a series add up to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Total {
    /// The sum, in the bits of the instrument's numbers.
    pub(super) value: u64,
    pub(super) least: f64,
    pub(super) greatest: f64,
    pub(super) buckets: TotalBuckets,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TotalBuckets {
    None,
    Explicit(Vec<u64>),
    Exponential(ExponentialTotal),
}

impl Cell {
    pub(super) fn new(series: u64, layout: Layout) -> Self {
        let (counts, exponential) = match layout {
            Layout::Sum => (0, None),
            Layout::Explicit(number) => (number, None),
            Layout::Exponential => (0, Some(Box::new(ExponentialCell::new()))),
        };
        Self {
            series,
            value: AtomicU64::new(0),
            watch: Watch::new(),
            least: AtomicU64::new(f64::INFINITY.to_bits()),
            greatest: AtomicU64::new(f64::NEG_INFINITY.to_bits()),
            counts: (0..counts).map(|_| AtomicU64::new(0)).collect(),
            exponential,
            orphaned: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(super) fn add<T: Numeric>(&self, value: T) {
        let bits = self.value.load(Ordering::Relaxed);
        self.value.store(T::add_bits(bits, value.to_bits()), Ordering::Relaxed);
    }

    /// Enters a value into the explicit bucket of this index.
    #[inline(always)]
    pub(super) fn record_explicit(&self, bucket: usize, value: f64) {
        if let Some(count) = self.counts.get(bucket) {
            count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        self.record_sum(value);
    }

    /// Enters a value into an exponential histogram.
    #[inline]
    pub(super) fn record_exponential(&self, value: f64) {
        if let Some(exponential) = &self.exponential {
            exponential.record(value);
        }
        self.record_sum(value);
    }

    #[inline(always)]
    fn record_sum(&self, value: f64) {
        if value < f64::from_bits(self.least.load(Ordering::Relaxed)) {
            self.least.store(value.to_bits(), Ordering::Relaxed);
        }
        if value > f64::from_bits(self.greatest.load(Ordering::Relaxed)) {
            self.greatest.store(value.to_bits(), Ordering::Relaxed);
        }
        self.add(value);
    }
}

impl Total {
    pub(super) fn empty(layout: Layout) -> Self {
        Self {
            value: 0,
            least: f64::INFINITY,
            greatest: f64::NEG_INFINITY,
            buckets: match layout {
                Layout::Sum => TotalBuckets::None,
                Layout::Explicit(number) => TotalBuckets::Explicit(vec![0; number]),
                Layout::Exponential => TotalBuckets::Exponential(ExponentialTotal::default()),
            },
        }
    }

    /// Adds what is in `cell`; `add` adds up the instrument's numbers.
    pub(super) fn add_cell(&mut self, cell: &Cell, add: fn(u64, u64) -> u64) {
        self.value = add(self.value, cell.value.load(Ordering::Relaxed));
        self.least = self.least.min(f64::from_bits(cell.least.load(Ordering::Relaxed)));
        self.greatest = self.greatest.max(f64::from_bits(cell.greatest.load(Ordering::Relaxed)));
        match (&mut self.buckets, &cell.exponential) {
            (TotalBuckets::Explicit(total), _) => {
                for (total, count) in total.iter_mut().zip(&cell.counts) {
                    *total += count.load(Ordering::Relaxed);
                }
            }
            (TotalBuckets::Exponential(total), Some(counts)) => total.merge(&counts.read()),
            _ => {}
        }
    }

    /// Adds `other`, a total of the same layout.
    pub(super) fn merge(&mut self, other: &Self, add: fn(u64, u64) -> u64) {
        self.value = add(self.value, other.value);
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        match (&mut self.buckets, &other.buckets) {
            (TotalBuckets::Explicit(total), TotalBuckets::Explicit(other)) => {
                total.iter_mut().zip(other).for_each(|(total, count)| *total += count);
            }
            (TotalBuckets::Exponential(total), TotalBuckets::Exponential(other)) => {
                total.merge(other);
            }
            _ => {}
        }
    }

    /// What came after `earlier`, an earlier total of the same cells; `subtract` takes the second of
    /// the instrument's numbers from the first.
    pub(super) fn since(&self, earlier: &Self, subtract: fn(u64, u64) -> u64) -> Self {
        let buckets = match (&self.buckets, &earlier.buckets) {
            (TotalBuckets::Explicit(now), TotalBuckets::Explicit(earlier)) => {
                let grown = now.iter().zip(earlier).map(|(now, earlier)| now - earlier.min(now));
                TotalBuckets::Explicit(grown.collect())
            }
            (TotalBuckets::Exponential(now), TotalBuckets::Exponential(earlier)) => {
                TotalBuckets::Exponential(now.since(earlier))
            }
            (buckets, _) => buckets.clone(),
        };
        Self { value: subtract(self.value, earlier.value), buckets, ..self.clone() }
    }

    /// How many values a histogram has: the sum of its buckets.
    pub(super) fn count(&self) -> u64 {
        match &self.buckets {
            TotalBuckets::None => 0,
            TotalBuckets::Explicit(counts) => counts.iter().sum(),
            TotalBuckets::Exponential(total) => total.count(),
        }
    }
}
