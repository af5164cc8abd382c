//! From attributes to a series, without a lock: each thread remembers what it has looked up.

use std::cell::RefCell;
use std::hash::BuildHasher;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::cell::Cell;
use super::cells;
use super::instrument::Instrument;
use super::series::Series;
use crate::attribute::{ATTRIBUTE_FIELD, Value, put_attribute};

/// Grows whenever series expire, so that threads clear them out of their tables.
static EXPIRIES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    static TABLE: RefCell<Table> = RefCell::new(Table::new());
}

/// What one thread has looked up.
struct Table {
    entries: HashTable<Entry>,
    hasher: DefaultHashBuilder,
    /// The attributes being looked up, encoded in the order given.
    key: Vec<u8>,
    expiries: u64,
}

struct Entry {
    instrument: u64,
    key: Box<[u8]>,
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

impl Table {
    /// Entries above which the table starts anew: a bound for attributes that never repeat.
    const MAX_ENTRIES: usize = 4096;

    fn new() -> Self {
        Self {
            entries: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            key: Vec::new(),
            expiries: EXPIRIES.load(Ordering::Acquire),
        }
    }

    fn hash(&self, instrument: u64) -> u64 {
        self.hasher.hash_one((instrument, self.key.as_slice()))
    }
}

/// Enters a measurement into the calling thread's cell of the series of these attributes.
#[inline]
pub(super) fn enter(
    instrument: &Instrument,
    attributes: &[(&str, Value<'_>)],
    entry: impl cells::Entry,
) {
    with_entry(instrument, attributes, |series, cell| match cell {
        Some(cell) => {
            if entry.write(cell) {
                entry.offer(series, cell);
            }
        }
        None => cells::enter(series, series.address(), entry),
    });
}

/// Runs `found` on the series of these attributes and the calling thread's cell, if it has one here.
#[inline]
pub(super) fn with_entry(
    instrument: &Instrument,
    attributes: &[(&str, Value<'_>)],
    found: impl FnOnce(&Series, Option<&Cell>),
) {
    let mut found = Some(found);
    // Without a table, which is while the thread ends, `found` stays for the slow way below.
    let _ = TABLE.try_with(|table| {
        let Ok(mut table) = table.try_borrow_mut() else {
            return;
        };
        let table = &mut *table;
        if table.expiries != EXPIRIES.load(Ordering::Acquire) {
            table.clear_expired();
        }
        table.key.clear();
        for (key, value) in attributes {
            put_attribute(&mut table.key, ATTRIBUTE_FIELD, key, *value);
        }
        let hash = table.hash(instrument.number);
        let same =
            |entry: &Entry| entry.instrument == instrument.number && *entry.key == *table.key;
        let Some(found) = found.take() else { return };
        if let Some(entry) = table.entries.find(hash, same) {
            return found(&entry.series, entry.cell.as_deref());
        }
        let entry = table.remember(hash, instrument, attributes);
        found(&entry.0, entry.1.as_deref());
    });
    if let Some(found) = found {
        found(&instrument.series(attributes), None);
    }
}

impl Table {
    #[cold]
    fn remember(
        &mut self,
        hash: u64,
        instrument: &Instrument,
        attributes: &[(&str, Value<'_>)],
    ) -> (Arc<Series>, Option<Arc<Cell>>) {
        if self.entries.len() >= Self::MAX_ENTRIES {
            self.entries.clear();
        }
        let series = instrument.series(attributes);
        let has_cell = !series.is_overflow && !instrument.is_gauge();
        let cell = has_cell.then(|| series.new_cell());
        let remembered = (Arc::clone(&series), cell.clone());
        let key = self.key.as_slice().into();
        let entry = Entry { instrument: instrument.number, key, series, cell };
        let hasher = &self.hasher;
        self.entries
            .insert_unique(hash, entry, |entry| hasher.hash_one((entry.instrument, &*entry.key)));
        remembered
    }

    /// Forgets series that have expired, and what was sent to an overflow series: there may be room
    /// now.
    #[cold]
    #[inline(never)]
    fn clear_expired(&mut self) {
        self.expiries = EXPIRIES.load(Ordering::Acquire);
        self.entries.retain(|entry| !entry.series.is_closed() && !entry.series.is_overflow);
        let hasher = &self.hasher;
        self.entries.shrink_to_fit(|entry| hasher.hash_one((entry.instrument, &*entry.key)));
    }
}
