//! Jobs that outlive the request that began them.

mod token;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

pub(crate) use token::Begun;
pub use token::{JobToken, JobTokenError};

use crate::{
    AiCost, Provider,
    call::Unfinished,
    provider::webhook_of,
    stream::{Reply, Scanner},
};

/// So many jobs are waited for; beyond them, the oldest is given up.
const MOST_JOBS: usize = 4_096;
/// A job that nobody has asked after for so long is given up.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);
/// How often jobs are looked through for those to be given up.
const SWEEP: Duration = Duration::from_secs(60);

/// The jobs under way: image, video and training jobs of Replicate, fal, Modal, ComfyUI and OpenAI
/// that were submitted and have not been seen to end.
///
/// A job is one operation, however many requests look at it: its span lasts from the submission to
/// the first response that tells its end, its usage and cost are counted then, once, and belong to
/// whoever submitted it. The middleware sees polls by itself. What a provider sends to a webhook of
/// the application's is handed in with [`webhook`](Self::webhook). A job that is not asked after
/// for a day, or that 4,096 younger ones crowd out, ends with the `telemetry.outcome` `unknown`.
///
/// Cheap to clone; all clones are the same jobs.
///
/// ```
/// use telemetry_ai::{Middleware, Provider};
///
/// let middleware = Middleware::new();
/// let jobs = middleware.settings().jobs();
/// // In the handler of the webhook, with the body as it came:
/// let body = br#"{"id":"gm3qorzdhgbfurvjtvhg6dckhu","status":"succeeded","metrics":{"predict_time":1.25}}"#;
/// let cost = jobs.webhook(&Provider::REPLICATE, body);
/// assert!(cost.is_none(), "no such job was submitted here");
/// ```
#[derive(Debug, Clone, Default)]
pub struct Jobs {
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    jobs: HashMap<Key, Job>,
    swept: Option<Instant>,
    /// The last that ended, the latest last: a webhook may come twice.
    ended: VecDeque<Key>,
}

/// Provider and id.
type Key = (Provider, String);

#[derive(Debug)]
struct Job {
    call: Unfinished,
    seen: Instant,
}

impl Jobs {
    /// How many jobs are under way.
    ///
    /// ```
    /// assert_eq!(telemetry_ai::Jobs::default().len(), 0);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().jobs.len()
    }

    /// Whether no job is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes in what a provider sent to a webhook, and ends the job that it is about. Says what the
    /// job cost; `None` where no such job is under way or it hasn't ended, and for providers whose
    /// webhooks aren't known (Replicate's and fal's are).
    ///
    /// Whether the message is genuine is for the application to check, before this.
    pub fn webhook(&self, provider: &Provider, body: &[u8]) -> Option<AiCost> {
        let mut reply = Reply::default();
        Scanner::new(webhook_of(provider)?).feed(body, &mut reply);
        let id = reply.id.clone()?;
        self.told(provider, &id, reply)
    }

    /// Gives a job up to another process, which will see its end: the token says all that it takes to
    /// attribute the job there, once, with [`Settings::take_over`](crate::Settings::take_over). `None`
    /// where no such job is under way here.
    ///
    /// The span of the submission ends here, with the `telemetry.outcome` `handed_over`; the call is
    /// counted, with its usage and cost, where the job ends.
    ///
    /// ```
    /// use telemetry_ai::{Middleware, Provider};
    ///
    /// let middleware = Middleware::new();
    /// // After the submission, with the id that the response told:
    /// let token = middleware.settings().jobs().hand_over(&Provider::REPLICATE, "gm3qorzdhgbfurvj");
    /// assert!(token.is_none(), "no such job was submitted here");
    /// ```
    pub fn hand_over(&self, provider: &Provider, id: &str) -> Option<JobToken> {
        let job = self.lock().jobs.remove(&(provider.clone(), id.to_owned()))?;
        Some(job.call.hand_over(id))
    }

    /// Whether the job is under way, or was and has ended not long ago.
    pub(crate) fn knows(&self, provider: &Provider, id: &str) -> bool {
        let key = (provider.clone(), id.to_owned());
        let kept = self.lock();
        kept.jobs.contains_key(&key) || kept.ended.contains(&key)
    }

    /// Whether the job is under way.
    pub(crate) fn holds(&self, provider: &Provider, id: &str) -> bool {
        self.lock().jobs.contains_key(&(provider.clone(), id.to_owned()))
    }

    /// Waits for the end of a job.
    pub(crate) fn keep(&self, provider: &Provider, id: &str, call: Unfinished) {
        let now = Instant::now();
        let mut given_up = Vec::new();
        let mut kept = self.lock();
        if kept.swept.is_none_or(|swept| now.duration_since(swept) > SWEEP) {
            kept.swept = Some(now);
            let late = |job: &mut Job| now.duration_since(job.seen) > PATIENCE;
            given_up.extend(kept.jobs.extract_if(|_, job| late(job)).map(|(_, job)| job));
        }
        if kept.jobs.len() >= MOST_JOBS
            && let Some(oldest) =
                kept.jobs.iter().min_by_key(|(_, job)| job.seen).map(|(key, _)| key.clone())
        {
            given_up.extend(kept.jobs.remove(&oldest));
        }
        let job = Job { call, seen: now };
        given_up.extend(kept.jobs.insert((provider.clone(), id.to_owned()), job));
        drop(kept);
        for job in given_up {
            job.call.give_up();
        }
    }

    /// Takes over what a response said of a job, and ends it if it has ended.
    pub(crate) fn told(&self, provider: &Provider, id: &str, reply: Reply) -> Option<AiCost> {
        let key = (provider.clone(), id.to_owned());
        let mut kept = self.lock();
        let job = kept.jobs.get_mut(&key)?;
        job.seen = Instant::now();
        if !job.call.told(reply) {
            return None;
        }
        let ended = kept.jobs.remove(&key);
        if kept.ended.len() >= MOST_JOBS {
            kept.ended.pop_front();
        }
        kept.ended.push_back(key);
        drop(kept);
        ended.and_then(|job| job.call.finish())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for (_, job) in self.jobs.drain() {
            job.call.give_up();
        }
    }
}
