use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::number::Numeric;
use super::series::Series;

/// One thread's share of a series. Only that thread writes.
#[derive(Debug)]
pub(crate) struct Cell {
    /// The number of the series, to recognise it by.
    series: u64,
    /// A counter's value, or the sum of a histogram.
    pub(super) value: AtomicU64,
    /// A histogram's counts.
    pub(super) buckets: Box<[AtomicU64]>,
    /// Set when the thread has ended: what is in the cell may be added to the series for good.
    pub(super) orphaned: AtomicBool,
}

impl Cell {
    pub(super) fn new(series: u64, buckets: usize) -> Self {
        Self {
            series,
            value: AtomicU64::new(0),
            buckets: (0..buckets).map(|_| AtomicU64::new(0)).collect(),
            orphaned: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(super) fn add<T: Numeric>(&self, value: T) {
        let bits = self.value.load(Ordering::Relaxed);
        self.value.store(T::add_bits(bits, value.to_bits()), Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn record(&self, bucket: usize, value: f64) {
        if let Some(count) = self.buckets.get(bucket) {
            count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        }
        self.add(value);
    }
}

thread_local! {
    static CELLS: Cells = const { Cells(RefCell::new(Vec::new())) };
}

/// The calling thread's cells, by the place of their series.
struct Cells(RefCell<Vec<Option<Arc<Cell>>>>);

impl Drop for Cells {
    fn drop(&mut self) {
        for cell in self.0.get_mut().iter().flatten() {
            cell.orphaned.store(true, Ordering::Release);
        }
    }
}

/// Runs `write` on the calling thread's cell of `series`.
#[inline]
pub(super) fn with_cell(series: &Arc<Series>, write: impl FnOnce(&Cell)) {
    let mut write = Some(write);
    let written = CELLS.try_with(|cells| {
        let borrowed = cells.0.borrow();
        if let Some(Some(cell)) = borrowed.get(series.place)
            && cell.series == series.number
        {
            if let Some(write) = write.take() {
                write(cell);
            }
            return;
        }
        drop(borrowed);
        if let Some(write) = write.take() {
            write(&new_cell(cells, series));
        }
    });
    if written.is_err() {
        // The thread's storage is being destroyed: the value goes into a cell of its own, which is
        // added to the series at the next reading.
        if let Some(write) = write.take() {
            let cell = series.new_cell();
            write(&cell);
            cell.orphaned.store(true, Ordering::Release);
        }
    }
}

#[cold]
fn new_cell(cells: &Cells, series: &Arc<Series>) -> Arc<Cell> {
    let cell = series.new_cell();
    let mut cells = cells.0.borrow_mut();
    if cells.len() <= series.place {
        cells.resize(series.place + 1, None);
    }
    // A place that another series had before: that one is gone and its cell with it.
    if let Some(former) = cells[series.place].replace(Arc::clone(&cell)) {
        former.orphaned.store(true, Ordering::Release);
    }
    cell
}
