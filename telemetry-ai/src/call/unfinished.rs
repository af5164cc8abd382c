//! A call whose job is still under way.

use telemetry_core::{Context, semconv::gen_ai};

use super::{Call, Observed, record::Ending};
use crate::{
    AiCost, JobToken, Settings,
    jobs::Begun,
    stream::{Job, JobState, Reply},
};

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
    pub(crate) fn finish(self) -> Option<AiCost> {
        let handle = self.0.handle.clone();
        self.0.finish(Ending::Completed);
        handle.cost().cloned()
    }

    /// Another process will see the end.
    pub(crate) fn hand_over(self, id: &str) -> JobToken {
        let Self(mut observed) = self;
        let token = JobToken::of(&Begun {
            provider: &observed.about.provider,
            id,
            operation: &observed.about.operation,
            request: &observed.about.request,
            elapsed: observed.span.elapsed(),
            who: &observed.attributed,
            span: observed.span.context().span_context(),
            server: observed.about.server.as_ref().map(|(address, port)| (&**address, *port)),
            geography: observed.about.terms.geography.as_deref(),
            hardware: observed.about.terms.hardware.as_deref(),
        });
        observed.span.set(gen_ai::RESPONSE_ID, id);
        observed.span.set_outcome("handed_over");
        observed.span.end();
        token
    }

    /// A job that another process has handed over.
    pub(crate) fn take_over(token: &JobToken, settings: &Settings) -> Option<Self> {
        let told = token.told();
        let mut builder = Call::builder(told.operation(), token.provider())
            .parameters(told.request())
            .settings(&settings.without_jobs())
            .begun(told.ago(), settings.attribution().allowed(told.who()));
        if let Some((address, port)) = told.server() {
            builder = builder.server(address, port);
        }
        if let Some(geography) = &told.geography {
            builder = builder.geography(geography.clone());
        }
        if let Some(hardware) = &told.hardware {
            builder = builder.hardware(hardware.clone());
        }
        let context = Context::current();
        let context = told.span().map_or_else(|| context.clone(), |span| context.with_remote(span));
        let mut observed = context.in_scope(|| builder.start()).observed.take()?;
        observed.reply.set_id(Some(token.id()));
        observed.reply.job = Job { state: Some(JobState::Pending), ..Job::default() }.into();
        Some(Self(observed))
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
        jobs.keep(&kept.about.provider.clone(), &id, Unfinished(kept));
        Ok(())
    }
}
