//! A call whose job is still under way.

use super::{Observed, record::Ending};
use crate::{AiCost, stream::Reply};

/// A call whose response told of a job, and which ends when the job does.
#[derive(Debug)]
pub(crate) struct Unfinished(Box<Observed>);

impl Unfinished {
    /// Takes over what a later response says; whether the job has ended.
    pub(crate) fn told(&mut self, reply: Reply) -> bool {
        self.0.reply.merge(reply);
        self.0.reply.job.has_ended()
    }

    /// The job has ended.
    pub(crate) fn finish(self) -> AiCost {
        self.0.finish(Ending::Completed)
    }

    /// Nobody will learn how the job ends.
    pub(crate) fn give_up(self) {
        self.0.finish(Ending::Unknown);
    }
}

impl Observed {
    /// Keeps the call with the jobs if its response told of one under way; gives it back otherwise.
    pub(super) fn keep_job(self: Box<Self>) -> Result<(), Box<Self>> {
        let pending =
            self.reply.job.is_pending() && self.failure.is_none() && self.reply.error.is_none();
        let (true, Some(id)) = (pending, self.reply.id.clone()) else {
            return Err(self);
        };
        let Some(jobs) = self.settings.keeps_jobs().cloned() else {
            return Err(self);
        };
        let mut kept = self;
        kept.settings = kept.settings.without_jobs();
        kept.reading = None;
        jobs.keep(&kept.provider.clone(), &id, Unfinished(kept));
        Ok(())
    }
}
