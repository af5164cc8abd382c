//! [`Counts`]: what became of every request, by route.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::demo::message::{ClientCounts, ClientRoute};

/// Shared by all requests.
#[derive(Debug, Default)]
pub(super) struct Counts {
    routes: Mutex<BTreeMap<&'static str, ClientRoute>>,
}

/// One request that was started; it fails unless something else is said of it.
#[derive(Debug)]
pub(super) struct Started {
    counts: Arc<Counts>,
    route: &'static str,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Answered(u16),
    HungUp,
    Failed,
}

impl Counts {
    /// Counts a request in.
    pub(super) fn start(self: &Arc<Self>, route: &'static str) -> Started {
        self.lock().entry(route).or_default().started += 1;
        Started { counts: Arc::clone(self), route, outcome: Outcome::Failed }
    }

    /// All counts, after sending for so many seconds.
    pub(super) fn read(&self, seconds: f64) -> ClientCounts {
        let routes = self.lock();
        ClientCounts {
            seconds,
            routes: routes
                .iter()
                .map(|(route, counts)| ((*route).to_owned(), counts.clone()))
                .collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, ClientRoute>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Started {
    /// The answer was read to its end.
    pub(super) fn answered(mut self, status: u16) {
        self.outcome = Outcome::Answered(status);
    }

    /// The request was left on purpose.
    pub(super) fn hung_up(mut self) {
        self.outcome = Outcome::HungUp;
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let mut routes = self.counts.lock();
        let counts = routes.entry(self.route).or_default();
        match self.outcome {
            Outcome::Answered(status) => *counts.answered.entry(status).or_default() += 1,
            Outcome::HungUp => counts.hung_up += 1,
            Outcome::Failed => counts.failed += 1,
        }
    }
}
