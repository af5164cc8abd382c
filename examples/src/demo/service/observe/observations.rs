//! [`Observations`]: what the sink has seen, shared with those who tell of it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::durations::Durations;
use super::findings::Findings;
use super::query_times::Times;
use super::slow_queries::SlowQueries;
use super::whole_request::WholeRequest;

/// What the sink has seen.
#[derive(Debug, Default)]
pub(crate) struct Observations(Mutex<Seen>);

#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) durations: Durations,
    pub(super) query_times: Times,
    pub(super) slow_queries: SlowQueries,
    pub(super) findings: Findings,
    pub(super) whole_request: WholeRequest,
}

impl Observations {
    pub(super) fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
