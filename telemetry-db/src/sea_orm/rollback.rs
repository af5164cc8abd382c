use std::sync::Arc;

use super::observed::{Observed, ROLLBACK};
use crate::Operation;

/// A transaction that is rolled back unless it is said how it ended.
#[derive(Debug)]
pub(super) struct Rollback {
    observed: Arc<Observed>,
    /// Within how many transactions it runs.
    pub(super) depth: usize,
    open: bool,
}

impl Rollback {
    pub(super) fn new(observed: &Arc<Observed>, depth: usize) -> Self {
        Rollback { observed: Arc::clone(observed), depth, open: true }
    }

    /// It ends in another way.
    pub(super) fn disarm(&mut self) {
        self.open = false;
    }
}

impl Drop for Rollback {
    fn drop(&mut self) {
        if self.open {
            let mut operation = Operation::start(&self.observed.target, ROLLBACK.at(self.depth));
            operation.set_outcome("dropped");
            operation.end();
        }
    }
}
