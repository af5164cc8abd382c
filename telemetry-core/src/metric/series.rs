use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::cells::Cell;
use crate::attribute::AttributeSet;
use crate::sync::lock;

/// One combination of an instrument's attributes.
#[derive(Debug)]
pub(crate) struct Series {
    pub(super) attributes: AttributeSet,
    /// Different for every series of the process.
    pub(super) number: u64,
    /// Where threads keep their cells of it.
    pub(super) place: usize,
    shape: Shape,
    cells: Mutex<Parts>,
    /// A gauge's value: the last one set by anybody.
    pub(super) last: AtomicU64,
    pub(super) is_set: AtomicBool,
}

/// What the cells of a series hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// A histogram's buckets; none for other kinds.
    pub(super) buckets: usize,
    /// How two values add up, as bits.
    pub(super) add: fn(u64, u64) -> u64,
}

#[derive(Debug, Default)]
struct Parts {
    live: Vec<Arc<Cell>>,
    /// The sum of cells whose threads have ended.
    retired_value: u64,
    retired_buckets: Vec<u64>,
}

impl Series {
    /// Live cells above which those of ended threads are cleared away when another is added.
    const CROWDED: usize = 32;

    pub(super) fn new(attributes: AttributeSet, shape: Shape) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self {
            attributes,
            number,
            place: number as usize,
            shape,
            cells: Mutex::default(),
            last: AtomicU64::new(0),
            is_set: AtomicBool::new(false),
        }
    }

    /// A cell for the calling thread.
    pub(super) fn new_cell(&self) -> Arc<Cell> {
        let cell = Arc::new(Cell::new(self.number, self.shape.buckets));
        let mut parts = lock(&self.cells);
        if parts.live.len() >= Self::CROWDED {
            parts.retire(self.shape);
        }
        parts.live.push(Arc::clone(&cell));
        cell
    }

    /// The value (of a histogram the sum) and the buckets over all threads.
    pub(super) fn total(&self) -> (u64, Vec<u64>) {
        let mut parts = lock(&self.cells);
        parts.retire(self.shape);
        let mut buckets = parts.retired_buckets.clone();
        buckets.resize(self.shape.buckets, 0);
        let mut value = parts.retired_value;
        for cell in &parts.live {
            cell.add_to(self.shape, &mut value, &mut buckets);
        }
        (value, buckets)
    }
}

impl Parts {
    /// Adds the cells of ended threads to the retired sums.
    fn retire(&mut self, shape: Shape) {
        let Self { live, retired_value, retired_buckets } = self;
        retired_buckets.resize(shape.buckets, 0);
        live.retain(|cell| {
            let orphaned = cell.orphaned.load(Ordering::Acquire);
            if orphaned {
                cell.add_to(shape, retired_value, retired_buckets);
            }
            !orphaned
        });
    }
}

impl Cell {
    fn add_to(&self, shape: Shape, value: &mut u64, buckets: &mut [u64]) {
        *value = (shape.add)(*value, self.value.load(Ordering::Relaxed));
        for (total, count) in buckets.iter_mut().zip(&self.buckets) {
            *total += count.load(Ordering::Relaxed);
        }
    }
}
