use std::sync::{Arc, OnceLock};

use telemetry_core::BoundCounter;

use super::command::OTHER;
use super::table::Table;
use crate::instruments::Instruments;
use crate::operation::labels::Labels;
use crate::target::Target;

/// How many prefixes are told apart, at most.
const PREFIXES: usize = 64;

/// The counters of hits and misses in one pipeline, by prefix.
#[derive(Debug)]
pub(super) struct Lookups {
    instruments: Arc<Instruments>,
    by_prefix: Table<[BoundCounter; 2]>,
    others: OnceLock<[BoundCounter; 2]>,
}

impl Lookups {
    pub(super) fn new(instruments: &Arc<Instruments>) -> Self {
        Lookups {
            instruments: Arc::clone(instruments),
            by_prefix: Table::of_size(PREFIXES),
            others: OnceLock::new(),
        }
    }

    pub(super) fn belongs_to(&self, instruments: &Arc<Instruments>) -> bool {
        Arc::ptr_eq(&self.instruments, instruments)
    }

    /// Counts one whose key has this prefix, which is a text.
    #[inline]
    pub(super) fn count(&self, target: &Target, prefix: Option<&[u8]>, hit: bool) {
        let known = prefix.and_then(|prefix| self.by_prefix.known(prefix));
        let counters = known.unwrap_or_else(|| self.find(target, prefix));
        if let Some(counter) = counters.get(usize::from(hit)) {
            counter.add(1);
        }
    }

    fn find(&self, target: &Target, prefix: Option<&[u8]>) -> &[BoundCounter; 2] {
        let bind = |prefix: &str| [false, true].map(|hit| self.bind(target, prefix, hit));
        let new = prefix.and_then(|prefix| {
            let text = std::str::from_utf8(prefix).ok()?;
            self.by_prefix.find(prefix, || bind(text))
        });
        new.unwrap_or_else(|| self.others.get_or_init(|| bind(OTHER)))
    }

    fn bind(&self, target: &Target, prefix: &str, hit: bool) -> BoundCounter {
        self.instruments.lookups.bind(Labels::of_lookup(target.inner(), prefix, hit).as_slice())
    }
}
