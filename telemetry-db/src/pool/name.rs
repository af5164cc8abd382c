use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The names of all pools that are observed now.
static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A pool's name that no other pool has for as long as this lives.
#[derive(Debug)]
pub(super) struct UniqueName(String);

impl UniqueName {
    pub(super) fn of(name: &str) -> Self {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let mut unique = name.to_owned();
        let mut number = 1_u64;
        while !names.insert(unique.clone()) {
            number += 1;
            unique = format!("{name}-{number}");
        }
        UniqueName(unique)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Drop for UniqueName {
    fn drop(&mut self) {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        names.remove(&self.0);
    }
}
