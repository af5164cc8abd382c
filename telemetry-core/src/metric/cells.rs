//! Where a thread keeps the cells of series that are bound: pages made on demand, so that a thread
//! which uses few of very many series has room for those few.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::mem::{ManuallyDrop, forget};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use super::cell::Cell;
use super::series::Series;
use crate::context::Context;
use crate::sync::lock;

/// A number of the process's own for each series that is bound; the least that is free, so that the
/// pages stay few.
#[derive(Debug)]
pub(super) struct Place(usize);

static FREE: Mutex<Free> = Mutex::new(Free { next: 0, returned: BinaryHeap::new() });

struct Free {
    next: usize,
    returned: BinaryHeap<Reverse<usize>>,
}

impl Place {
    pub(super) fn take() -> Self {
        let mut free = lock(&FREE);
        if let Some(Reverse(place)) = free.returned.pop() {
            return Self(place);
        }
        free.next += 1;
        Self(free.next - 1)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&FREE).returned.push(Reverse(self.0));
    }
}

/// Where a bound handle finds the calling thread's cell of its series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Address {
    place: usize,
    /// The series' number: a place may have been another's before.
    number: u64,
}

/// How a measurement is entered. Made of copies, since it may be tried twice.
pub(super) trait Entry: Copy {
    /// Enters it into a cell; whether it is wanted as an exemplar.
    fn write(self, cell: &Cell) -> bool;
    /// Offers it as an exemplar.
    fn offer(self, series: &Series, cell: &Cell);
    /// The context in which it was measured, when that isn't the current one.
    fn within(&self) -> Option<&Context> {
        None
    }
}

/// A measurement of a context that isn't the current one.
#[derive(Clone, Copy)]
pub(super) struct Within<'a, E> {
    pub(super) entry: E,
    pub(super) context: &'a Context,
}

impl<E: Entry> Entry for Within<'_, E> {
    #[inline(always)]
    fn write(self, cell: &Cell) -> bool {
        self.entry.write(cell)
    }

    fn offer(self, series: &Series, cell: &Cell) {
        self.context.in_scope(|| self.entry.offer(series, cell));
    }

    fn within(&self) -> Option<&Context> {
        Some(self.context)
    }
}

const PAGE: usize = 64;
const PAGES: usize = 64;

/// Slots and pages are taken out while they are in use, which spares a count of borrows.
type Page = Box<[Slot; PAGE]>;
type Slot = std::cell::Cell<Option<Arc<Cell>>>;

thread_local! {
    // Without a destructor, so that using it takes no look at whether it is there; `ENDING` has one.
    static CELLS: ManuallyDrop<Cells> = const {
        ManuallyDrop::new(Cells {
            pages: [const { std::cell::Cell::new(None) }; PAGES],
            beyond: RefCell::new(BTreeMap::new()),
        })
    };
    static ENDING: Ending = const { Ending };
}

/// The calling thread's cells, by the places of their series.
struct Cells {
    pages: [std::cell::Cell<Option<Page>>; PAGES],
    /// Those whose places are beyond all pages.
    beyond: RefCell<BTreeMap<usize, Arc<Cell>>>,
}

/// Lets go of the thread's cells when it ends.
struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = CELLS.try_with(|cells| {
            let beyond = std::mem::take(&mut *cells.beyond.borrow_mut());
            let pages = cells.pages.iter().filter_map(std::cell::Cell::take);
            let paged = pages.flat_map(|page| page.map(std::cell::Cell::into_inner)).flatten();
            for cell in paged.chain(beyond.into_values()) {
                cell.orphaned.store(true, Ordering::Release);
            }
        });
    }
}

/// Enters a measurement into the calling thread's cell of `series`.
#[inline(always)]
pub(super) fn enter(series: &Series, address: Address, entry: impl Entry) {
    match CELLS.try_with(|cells| cells.enter(address, entry)) {
        Ok(Some(false)) => {}
        Ok(Some(true)) => offer(series, address, entry),
        _ => enter_slowly(series, address, entry),
    }
}

#[cold]
#[inline(never)]
fn offer(series: &Series, address: Address, entry: impl Entry) {
    let _ = CELLS.try_with(|cells| {
        if let Some(cell) = cells.find(address) {
            entry.offer(series, &cell);
        }
    });
}

#[cold]
#[inline(never)]
fn enter_slowly(series: &Series, address: Address, entry: impl Entry) {
    // Fails while the thread's storage is being destroyed.
    let kept = ENDING.try_with(|_| CELLS.try_with(|cells| cells.find_or_make(series, address)));
    let Ok(Ok(cell)) = kept else {
        return enter_alone(series, entry);
    };
    if entry.write(&cell) {
        entry.offer(series, &cell);
    }
}

/// Enters a measurement into a cell of its own, which the next reading adds to the series.
pub(super) fn enter_alone(series: &Series, entry: impl Entry) {
    let cell = series.new_cell();
    entry.write(&cell);
    entry.offer(series, &cell);
    cell.orphaned.store(true, Ordering::Release);
}

impl Address {
    pub(super) fn new(place: &Place, number: u64) -> Self {
        Self { place: place.0, number }
    }
}

impl Cells {
    /// Enters a measurement if there is a cell for it on a page; whether it is wanted as an exemplar.
    #[inline(always)]
    fn enter(&self, address: Address, entry: impl Entry) -> Option<bool> {
        let place = self.pages.get(address.place / PAGE)?;
        let page = place.take()?;
        let slot = &page[address.place % PAGE];
        let mut written = None;
        if let Some(cell) = slot.take() {
            written = (cell.series == address.number).then(|| entry.write(&cell));
            // What is replaced is empty: nothing has to be let go of, here and below.
            forget(slot.replace(Some(cell)));
        }
        forget(place.replace(Some(page)));
        written
    }

    fn find(&self, address: Address) -> Option<Arc<Cell>> {
        let cell = match self.pages.get(address.place / PAGE) {
            Some(place) => {
                let page = place.take()?;
                let slot = &page[address.place % PAGE];
                let cell = slot.take();
                slot.set(cell.clone());
                place.set(Some(page));
                cell
            }
            None => self.beyond.borrow().get(&address.place).cloned(),
        };
        cell.filter(|cell| cell.series == address.number)
    }

    fn find_or_make(&self, series: &Series, address: Address) -> Arc<Cell> {
        self.find(address).unwrap_or_else(|| {
            let cell = series.new_cell();
            // A place that another series had before: nobody is bound to that one any more.
            if let Some(former) = self.keep(address, Arc::clone(&cell)) {
                former.orphaned.store(true, Ordering::Release);
            }
            cell
        })
    }

    fn keep(&self, address: Address, cell: Arc<Cell>) -> Option<Arc<Cell>> {
        let Some(place) = self.pages.get(address.place / PAGE) else {
            return self.beyond.borrow_mut().insert(address.place, cell);
        };
        let page = place.take();
        let page = page.unwrap_or_else(|| Box::new([const { Slot::new(None) }; PAGE]));
        let former = page[address.place % PAGE].replace(Some(cell));
        place.set(Some(page));
        former
    }
}

/// Pages that the calling thread has.
#[cfg(test)]
pub(super) fn pages_of_this_thread() -> usize {
    let has_page = |place: &std::cell::Cell<Option<Page>>| {
        let page = place.take();
        let has_page = page.is_some();
        place.set(page);
        has_page
    };
    CELLS.with(|cells| cells.pages.iter().filter(|place| has_page(place)).count())
}
