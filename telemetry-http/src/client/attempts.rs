use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How often a request has been sent: an extension that all its copies share.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    /// Counts one more and says how many there were before.
    pub(super) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }

    /// How many there were.
    pub(super) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}
