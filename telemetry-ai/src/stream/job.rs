//! The state of a job, as a response tells it.

use rust_decimal::Decimal;

use crate::usage::Empty;

/// What a response says of a job: where it stands, and when it was where.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) state: Option<JobState>,
    /// Times in milliseconds since 1970.
    pub(crate) created: Option<u64>,
    pub(crate) started: Option<u64>,
    pub(crate) ended: Option<u64>,
    /// How long it waited and ran, in seconds, where the provider states that itself.
    pub(crate) queue_seconds: Option<Decimal>,
    pub(crate) run_seconds: Option<Decimal>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobState {
    /// Waiting or running.
    Pending,
    Succeeded,
    Failed,
    Cancelled,
}

impl Empty for Job {
    const EMPTY: &'static Self = &Self {
        state: None,
        created: None,
        started: None,
        ended: None,
        queue_seconds: None,
        run_seconds: None,
    };
}

impl Job {
    /// Whether the job is still to end.
    pub(crate) fn is_pending(&self) -> bool {
        self.state == Some(JobState::Pending)
    }

    /// Whether the job has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.state.is_some_and(|state| state != JobState::Pending)
    }

    /// How long the job waited, in seconds.
    pub(crate) fn queued(&self) -> Option<Decimal> {
        self.queue_seconds.or_else(|| between(self.created, self.started))
    }

    /// How long the job ran, in seconds.
    pub(crate) fn ran(&self) -> Option<Decimal> {
        self.run_seconds.or_else(|| between(self.started, self.ended))
    }

    pub(super) fn merge(&mut self, later: &Self) {
        // What has ended doesn't begin again, whatever a late poll says.
        if !self.has_ended() {
            self.state = later.state.or(self.state);
        }
        self.created = later.created.or(self.created);
        self.started = later.started.or(self.started);
        self.ended = later.ended.or(self.ended);
        self.queue_seconds = later.queue_seconds.or(self.queue_seconds);
        self.run_seconds = later.run_seconds.or(self.run_seconds);
    }
}

fn between(from: Option<u64>, to: Option<u64>) -> Option<Decimal> {
    let milliseconds = to?.checked_sub(from?)?;
    Decimal::try_from_i128_with_scale(milliseconds.into(), 3).ok()
}
