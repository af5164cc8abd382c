//! From attributes to a series, without a lock: each thread remembers what it has looked up.

use std::mem::{ManuallyDrop, forget};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashTable;

use super::baggage_labels;
use super::cell::Cell;
use super::cells;
use super::instrument::Instrument;
use super::lookup_key::{LookupKey, Seed, encode};
use super::series::Series;
use crate::attribute::Value;

/// Grows whenever series expire, so that threads clear them out of their tables.
static EXPIRIES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    // Taken out while it is in use. Without a destructor, as in `cells`.
    static TABLE: ManuallyDrop<std::cell::Cell<Option<Box<Table>>>> =
        const { ManuallyDrop::new(std::cell::Cell::new(None)) };
    static ENDING: Ending = const { Ending };
}

/// Lets go of the thread's table when it ends.
struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = TABLE.try_with(|table| drop(table.take()));
    }
}

/// What one thread has looked up.
struct Table {
    entries: HashTable<Entry>,
    seed: Seed,
    /// Attributes that have to be encoded to be compared.
    encoded: Vec<u8>,
    expiries: u64,
}

struct Entry {
    hash: u64,
    instrument: u64,
    key: LookupKey,
    series: Arc<Series>,
    /// The thread's own; none for a gauge, which has no cells, and for an overflow series, which many
    /// entries share.
    cell: Option<Arc<Cell>>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(cell) = &self.cell {
            cell.orphaned.store(true, Ordering::Release);
        }
    }
}

/// Lets all threads know that series were closed.
pub(super) fn announce_expiry() {
    EXPIRIES.fetch_add(1, Ordering::Release);
}

/// What is done with a series and the calling thread's cell of it, if it has one in its table. Made
/// of copies, since it may be tried twice.
pub(super) trait Found: Copy {
    fn found(self, series: &Series, cell: Option<&Cell>);
}

/// Enters a measurement.
#[derive(Clone, Copy)]
struct Enter<E>(E);

impl<E: cells::Entry> Found for Enter<E> {
    #[inline(always)]
    fn found(self, series: &Series, cell: Option<&Cell>) {
        match cell {
            Some(cell) => {
                if self.0.write(cell) {
                    self.0.offer(series, cell);
                }
            }
            None => enter_shared(series, self.0),
        }
    }
}

/// Where the table has no cell.
#[cold]
#[inline(never)]
fn enter_shared(series: &Series, entry: impl cells::Entry) {
    cells::enter(series, series.address(), entry);
}

/// Enters a measurement into the calling thread's cell of the series of these attributes, and of what
/// the baggage adds to them.
#[inline]
pub(super) fn enter(
    instrument: &Instrument,
    attributes: &[(&str, Value<'_>)],
    entry: impl cells::Entry,
) {
    match &instrument.baggage_labels {
        None => enter_plain(instrument, attributes, entry),
        Some(keys) => baggage_labels::enter(instrument, keys, attributes, entry),
    }
}

/// Enters a measurement into the series of these attributes and no others.
#[inline]
pub(super) fn enter_plain(
    instrument: &Instrument,
    attributes: &[(&str, Value<'_>)],
    entry: impl cells::Entry,
) {
    with_series(instrument, attributes, Enter(entry));
}

/// Looks up the series of these attributes.
#[inline]
pub(super) fn with_series(
    instrument: &Instrument,
    attributes: &[(&str, Value<'_>)],
    found: impl Found,
) {
    let is_done = TABLE.try_with(|place| {
        let Some(table) = place.take() else { return false };
        let is_done = table.with_series(instrument, attributes, found);
        // The place is empty: there is nothing that would have to be let go of.
        forget(place.replace(Some(table)));
        is_done
    });
    if !matches!(is_done, Ok(true)) {
        look_up(instrument, attributes, found);
    }
}

/// What can't be found the fast way: made, cleared of what has expired, or looked up by a thread that
/// is ending.
#[cold]
#[inline(never)]
fn look_up(instrument: &Instrument, attributes: &[(&str, Value<'_>)], found: impl Found) {
    let is_done = ENDING.try_with(|_| {
        TABLE.try_with(|place| {
            let mut table = place.take().unwrap_or_else(|| Box::new(Table::new()));
            let (series, cell) = table.find_or_make(instrument, attributes);
            place.set(Some(table));
            found.found(&series, cell.as_deref());
        })
    });
    if !matches!(is_done, Ok(Ok(()))) {
        let series = instrument.series(attributes);
        if instrument.is_gauge() {
            return found.found(&series, None);
        }
        let cell = series.new_cell();
        found.found(&series, Some(&cell));
        cell.orphaned.store(true, Ordering::Release);
    }
}

impl Table {
    /// Entries above which the table starts anew: a bound for attributes that never repeat.
    const MAX_ENTRIES: usize = 4096;

    fn new() -> Self {
        Self {
            entries: HashTable::new(),
            seed: Seed::random(),
            encoded: Vec::new(),
            expiries: EXPIRIES.load(Ordering::Acquire),
        }
    }

    /// Whether the series was found.
    #[inline(always)]
    fn with_series(
        &self,
        instrument: &Instrument,
        attributes: &[(&str, Value<'_>)],
        found: impl Found,
    ) -> bool {
        if self.expiries != EXPIRIES.load(Ordering::Acquire) {
            return false;
        }
        let number = instrument.number;
        let Some(hash) = self.seed.hash(number, attributes) else { return false };
        let same = |entry: &Entry| entry.instrument == number && entry.key.is(attributes);
        let Some(entry) = self.entries.find(hash, same) else { return false };
        found.found(&entry.series, entry.cell.as_deref());
        true
    }

    fn find_or_make(
        &mut self,
        instrument: &Instrument,
        attributes: &[(&str, Value<'_>)],
    ) -> (Arc<Series>, Option<Arc<Cell>>) {
        let expiries = EXPIRIES.load(Ordering::Acquire);
        if self.expiries != expiries {
            self.expiries = expiries;
            self.clear_expired();
        }
        let number = instrument.number;
        let (hash, key) = match self.seed.hash(number, attributes) {
            Some(hash) => (hash, LookupKey::new(attributes)),
            None => {
                encode(&mut self.encoded, attributes);
                let hash = self.seed.hash_encoded(number, &self.encoded);
                (hash, LookupKey::of_encoded(&self.encoded))
            }
        };
        let same = |entry: &Entry| entry.instrument == number && entry.key == key;
        if let Some(entry) = self.entries.find(hash, same) {
            return (Arc::clone(&entry.series), entry.cell.clone());
        }
        if self.entries.len() >= Self::MAX_ENTRIES {
            self.entries.clear();
        }
        let series = instrument.series(attributes);
        let has_cell = !series.is_overflow && !instrument.is_gauge();
        let cell = has_cell.then(|| series.new_cell());
        let made = (Arc::clone(&series), cell.clone());
        let entry = Entry { hash, instrument: number, key, series, cell };
        self.entries.insert_unique(hash, entry, |entry| entry.hash);
        made
    }

    /// Forgets series that have expired, and what was sent to an overflow series: there may be room
    /// now.
    fn clear_expired(&mut self) {
        self.entries.retain(|entry| !entry.series.is_closed() && !entry.series.is_overflow);
        self.entries.shrink_to_fit(|entry| entry.hash);
    }
}
