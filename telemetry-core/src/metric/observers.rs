use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::observable::{Observable, Observed};
use crate::notice::{Notice, NoticeHandler};
use crate::spawn;
use crate::sync::lock;

/// The thread on which code of users runs: callbacks of observable instruments and the handler of
/// notices. It starts when there is something to do and ends after a while without.
///
/// A callback that doesn't come back holds up its thread: another one takes over then, up to
/// [`Observers::MAX_THREADS`].
pub(super) struct Observers {
    state: Mutex<State>,
    work: Condvar,
    told: Condvar,
    handler: Option<NoticeHandler>,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    /// Threads that wait for a job.
    idle: usize,
    /// Notices that the handler hasn't been told yet.
    untold: usize,
}

enum Job {
    Ask(Arc<Round>, usize),
    Tell(Notice),
}

/// One reading's questions and answers.
struct Round {
    observables: Vec<Arc<Observable>>,
    deadline: Instant,
    answers: Mutex<Answers>,
    answered: Condvar,
}

struct Answers {
    observed: Vec<Option<Observed>>,
    missing: usize,
}

impl Observers {
    /// All but one of them are stuck.
    const MAX_THREADS: usize = 4;
    const IDLE: Duration = Duration::from_secs(2);
    const MAX_JOBS: usize = 4096;

    pub(super) fn new(handler: Option<NoticeHandler>) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            work: Condvar::new(),
            told: Condvar::new(),
            handler,
        })
    }

    /// Asks all `observables`, waiting until `deadline` at the latest. An answer that is missing is
    /// one that came too late.
    pub(super) fn ask(
        self: &Arc<Self>,
        observables: Vec<Arc<Observable>>,
        deadline: Instant,
    ) -> Vec<(Arc<Observable>, Option<Observed>)> {
        if observables.is_empty() {
            return Vec::new();
        }
        let number = observables.len();
        let round = Arc::new(Round {
            observables,
            deadline,
            answers: Mutex::new(Answers {
                observed: (0..number).map(|_| None).collect(),
                missing: number,
            }),
            answered: Condvar::new(),
        });
        self.push((0..number).map(|index| Job::Ask(Arc::clone(&round), index)));
        // Each time that nothing has come for a quarter of the time, another thread takes over.
        let patience = deadline.saturating_duration_since(Instant::now()) / 4;
        let mut missing = number;
        while missing > 0 {
            let left = round.wait(missing, patience);
            if left > 0 && Instant::now() >= deadline {
                break;
            }
            if left == missing {
                self.start_thread();
            }
            missing = left;
        }
        let observed = std::mem::take(&mut lock(&round.answers).observed);
        round.observables.iter().cloned().zip(observed).collect()
    }

    /// Gives a notice to the handler, if there is one.
    pub(super) fn tell(self: &Arc<Self>, notice: Notice) {
        if self.handler.is_some() {
            let mut state = lock(&self.state);
            state.untold += 1;
            // Not behind callbacks that may be slow, and there are few.
            state.jobs.push_front(Job::Tell(notice));
            drop(state);
            self.push([]);
        }
    }

    /// Waits until the handler has been told everything, until `deadline` at the latest, and not for
    /// long, since threads may be stuck in callbacks.
    pub(super) fn wait_for_handler(&self, deadline: Instant) {
        let deadline = deadline.min(Instant::now() + Duration::from_secs(1));
        let mut state = lock(&self.state);
        while state.untold > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let waited = self.told.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn push(self: &Arc<Self>, jobs: impl IntoIterator<Item = Job>) {
        let mut state = lock(&self.state);
        let room = Self::MAX_JOBS.saturating_sub(state.jobs.len());
        state.jobs.extend(jobs.into_iter().take(room));
        let must_start = state.threads == 0;
        drop(state);
        self.work.notify_one();
        if must_start {
            self.start_thread();
        }
    }

    /// Starts a thread, unless one waits for work or there are too many.
    fn start_thread(self: &Arc<Self>) {
        let mut state = lock(&self.state);
        if state.idle > 0 || state.threads >= Self::MAX_THREADS {
            return;
        }
        state.threads += 1;
        let observers = Arc::clone(self);
        if spawn::named("telemetry-observer", move || observers.run()).is_err() {
            // Nothing is observed then, and the readings say so.
            state.threads -= 1;
        }
    }

    fn run(&self) {
        while let Some(job) = self.next_job() {
            match job {
                Job::Ask(round, index) => round.answer(index),
                Job::Tell(notice) => {
                    if let Some(handler) = &self.handler {
                        let _ = catch_unwind(AssertUnwindSafe(|| handler(&notice)));
                    }
                    lock(&self.state).untold -= 1;
                    self.told.notify_all();
                }
            }
        }
    }

    /// Waits for something to do; none when it is time to end.
    fn next_job(&self) -> Option<Job> {
        let mut state = lock(&self.state);
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            let waited = self.work.wait_timeout(state, Self::IDLE);
            let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = guard;
            state.idle -= 1;
            if timeout.timed_out() && state.jobs.is_empty() {
                state.threads -= 1;
                return None;
            }
        }
    }
}

impl Round {
    fn answer(&self, index: usize) {
        let Some(observable) = self.observables.get(index) else { return };
        if Instant::now() >= self.deadline {
            return;
        }
        let observed = observable.ask();
        let mut answers = lock(&self.answers);
        // After the deadline the reader has taken them all.
        if let Some(answer) = answers.observed.get_mut(index) {
            *answer = Some(observed);
            answers.missing -= 1;
            self.answered.notify_all();
        }
    }

    /// Waits until fewer than `missing` answers are, `patience` and until the deadline at the most;
    /// gives how many still are.
    fn wait(&self, missing: usize, patience: Duration) -> usize {
        let until = self.deadline.min(Instant::now() + patience);
        let mut answers = lock(&self.answers);
        while answers.missing >= missing {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.answered.wait_timeout(answers, left);
            answers = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        answers.missing
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Observers").finish_non_exhaustive()
    }
}
