//! From attributes to a series, without a lock: each thread remembers what it has looked up.

use std::cell::RefCell;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::instrument::Instrument;
use super::series::Series;
use crate::attribute::{ATTRIBUTE_FIELD, Value, put_attribute};

thread_local! {
    static TABLE: RefCell<Table> = RefCell::new(Table::new());
}

/// What one thread has looked up.
struct Table {
    entries: HashTable<Entry>,
    hasher: DefaultHashBuilder,
    /// The attributes being looked up, encoded in the order given.
    key: Vec<u8>,
}

struct Entry {
    instrument: u64,
    key: Box<[u8]>,
    series: Arc<Series>,
}

impl Table {
    /// Entries above which the table starts anew: a bound for attributes that never repeat.
    const MAX_ENTRIES: usize = 4096;

    fn new() -> Self {
        Self { entries: HashTable::new(), hasher: DefaultHashBuilder::default(), key: Vec::new() }
    }

    fn hash(&self, instrument: u64) -> u64 {
        self.hasher.hash_one((instrument, self.key.as_slice()))
    }
}

/// Runs `found` on the series of these attributes.
#[inline]
pub(super) fn with_series(
    instrument: &Instrument,
    attributes: &[(&str, Value<'_>)],
    found: impl FnOnce(&Arc<Series>),
) {
    let mut found = Some(found);
    // Without a table, which is while the thread ends, `found` stays for the slow way below.
    let _ = TABLE.try_with(|table| {
        let Ok(mut table) = table.try_borrow_mut() else {
            return;
        };
        table.key.clear();
        for (key, value) in attributes {
            put_attribute(&mut table.key, ATTRIBUTE_FIELD, key, *value);
        }
        let hash = table.hash(instrument.number);
        let table = &mut *table;
        let same =
            |entry: &Entry| entry.instrument == instrument.number && *entry.key == *table.key;
        let Some(found) = found.take() else { return };
        if let Some(entry) = table.entries.find(hash, same) {
            return found(&entry.series);
        }
        let series = instrument.series(attributes);
        table.remember(hash, instrument.number, Arc::clone(&series));
        found(&series);
    });
    if let Some(found) = found {
        found(&instrument.series(attributes));
    }
}

impl Table {
    #[cold]
    fn remember(&mut self, hash: u64, instrument: u64, series: Arc<Series>) {
        if self.entries.len() >= Self::MAX_ENTRIES {
            self.entries.clear();
        }
        let entry = Entry { instrument, key: self.key.as_slice().into(), series };
        let hasher = &self.hasher;
        self.entries
            .insert_unique(hash, entry, |entry| hasher.hash_one((entry.instrument, &*entry.key)));
    }
}
