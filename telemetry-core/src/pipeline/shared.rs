use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::Thread;
use std::time::Instant;

use super::counts::{SignalTotals, Totals};
use super::own_thread::OwnThreads;
use super::ring::{Pool, Ring};
use super::sink_thread::SinkThread;
use super::{DropReason, Ledger, Options, Signal, SignalLedger};
use crate::budget::Detail;
use crate::metric::{Registration, Registry};
use crate::resource::Resource;
use crate::sampling::Sampler;
use crate::span::ActiveLists;
use crate::sync::lock;

/// What the threads of a pipeline have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Tells pipelines apart in caches.
    pub(crate) id: u64,
    pub(crate) resource: Resource,
    pub(crate) sampler: Sampler,
    pub(crate) options: Options,
    /// How much is recorded at present.
    pub(crate) detail: Detail,
    /// The spans that are under way.
    pub(crate) active: ActiveLists,
    pub(crate) registry: Arc<Registry>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) sinks: Vec<SinkThread>,
    /// Rings of all threads that ever wrote, until the collector has emptied those of ended ones.
    pub(super) rings: Mutex<Vec<Arc<Ring>>>,
    /// For records made while a thread's own storage is being destroyed.
    pub(super) overflow: Mutex<Option<Arc<Ring>>>,
    /// Counts of the collector and of rings that are gone.
    pub(super) totals: Mutex<Totals>,
    pub(super) sweeps: Sweeps,
    pub(super) collector: OnceLock<Thread>,
    /// The threads of the pipeline itself.
    pub(crate) own_threads: OwnThreads,
    /// What keeps the pipeline's own observable instruments registered, by subject.
    pub(super) registrations: Mutex<Vec<(Cow<'static, str>, Vec<Registration>)>>,
    woken: AtomicBool,
    stopped: AtomicBool,
}

/// Whether a pipeline was ever built in this process.
static EXISTED: AtomicBool = AtomicBool::new(false);

/// Whether there may be a pipeline: one look spares a program that never starts telemetry all others.
#[inline]
pub(crate) fn may_exist() -> bool {
    // Whoever has a pipeline, or anything made by it, has it from a thread that has written this.
    EXISTED.load(Ordering::Relaxed)
}

impl Shared {
    pub(super) fn new(
        resource: Resource,
        sampler: Sampler,
        options: Options,
        detail: Detail,
        registry: Arc<Registry>,
        ring_bytes: usize,
        sinks: Vec<SinkThread>,
    ) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        EXISTED.store(true, Ordering::Relaxed);
        Self {
            id: NEXT.fetch_add(1, Ordering::Relaxed),
            resource,
            sampler,
            options,
            detail,
            active: ActiveLists::default(),
            registry,
            pool: Arc::new(Pool::new(ring_bytes)),
            sinks,
            rings: Mutex::default(),
            overflow: Mutex::default(),
            totals: Mutex::default(),
            sweeps: Sweeps::default(),
            collector: OnceLock::new(),
            own_threads: OwnThreads::default(),
            registrations: Mutex::default(),
            woken: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        }
    }

    /// A ring for the calling thread.
    pub(super) fn new_ring(self: &Arc<Self>) -> Arc<Ring> {
        let ring = Arc::new(Ring::new(Arc::clone(self)));
        lock(&self.rings).push(Arc::clone(&ring));
        ring
    }

    /// Runs `work` with the ring that threads share while their own storage is being destroyed.
    pub(crate) fn with_overflow<R>(self: &Arc<Self>, work: impl FnOnce(&Ring) -> R) -> R {
        let mut overflow = lock(&self.overflow);
        let result = work(overflow.get_or_insert_with(|| self.new_ring()));
        if self.has_ended()
            && let Some(ring) = overflow.take()
        {
            self.let_go(&ring);
        }
        result
    }

    /// Whether the collector has made its last sweep, so that nobody looks after the rings.
    pub(super) fn has_ended(&self) -> bool {
        lock(&self.sweeps.state).ended
    }

    /// Forgets a ring to which nothing is written any more, but for what it has counted. A ring that is
    /// kept here keeps all of this alive.
    pub(super) fn let_go(&self, ring: &Ring) {
        self.let_go_of(|one| std::ptr::eq(one, ring));
    }

    /// Forgets what would keep all of this alive, after the collector's last sweep.
    pub(super) fn close(&self) {
        let overflow = lock(&self.overflow).take();
        self.let_go_of(|ring| {
            let is_overflow = overflow.as_deref().is_some_and(|one| std::ptr::eq(one, ring));
            is_overflow || ring.orphaned.load(Ordering::Acquire)
        });
    }

    fn let_go_of(&self, is_meant: impl Fn(&Ring) -> bool) {
        let mut rings = lock(&self.rings);
        let mut totals = lock(&self.totals);
        rings.retain(|ring| {
            let is_meant = is_meant(ring);
            if is_meant {
                for signal in Signal::ALL {
                    totals.retired[signal as usize].add(ring, signal);
                }
            }
            !is_meant
        });
    }

    /// Runs `work` while the collector doesn't go through the rings.
    pub(crate) fn between_sweeps<R>(&self, work: impl FnOnce() -> R) -> R {
        let _rings = lock(&self.rings);
        work()
    }

    /// Wakes the collector, once a sweep: the one system call a producer may make.
    #[cold]
    pub(crate) fn wake_collector(&self) {
        if !self.woken.swap(true, Ordering::Relaxed)
            && let Some(collector) = self.collector.get()
        {
            collector.unpark();
        }
    }

    /// See [`Pipeline::ledger`](super::Pipeline::ledger).
    pub(crate) fn ledger(&self) -> Ledger {
        // Sinks first: what a sink has accepted is then never more than what was given to it.
        let sinks = self.sinks.iter().map(SinkThread::ledger).collect();
        let rings = lock(&self.rings);
        let totals = *lock(&self.totals);
        let account = |signal: Signal| {
            let index = signal as usize;
            let sum = added_up(&totals, &rings, signal);
            SignalLedger {
                ended: sum.ended,
                sampled_out: sum.sampled_out + totals.sampled_out[index],
                dropped: DropReason::ALL.map(|reason| (reason, sum.dropped[reason as usize])),
                in_ring: sum.pushed.saturating_sub(totals.swept[index]),
                held: totals.held[index],
                accepted: totals.accepted[index],
            }
        };
        let handlers = &self.options.interest.handlers;
        Ledger {
            spans: account(Signal::Spans),
            logs: account(Signal::Logs),
            sinks,
            handlers: handlers.ledger(),
            dropped_starts: handlers.starts.dropped(),
        }
    }

    /// What the rings have counted of a signal.
    pub(super) fn counted(&self, signal: Signal) -> SignalTotals {
        let rings = lock(&self.rings);
        let totals = *lock(&self.totals);
        added_up(&totals, &rings, signal)
    }

    /// Records of a signal that the collector has taken out of rings and doesn't hold any more.
    pub(super) fn processed(&self, signal: Signal) -> u64 {
        let totals = lock(&self.totals);
        totals.swept[signal as usize].saturating_sub(totals.held[signal as usize])
    }

    /// Keeps instruments registered as long as the pipeline is, in place of earlier ones on the same
    /// subject.
    pub(crate) fn keep(&self, subject: Cow<'static, str>, registrations: Vec<Registration>) {
        let mut kept = lock(&self.registrations);
        kept.retain(|(earlier, _)| *earlier != subject);
        kept.push((subject, registrations));
    }

    pub(super) fn sweep_begins(&self) {
        self.woken.store(false, Ordering::Relaxed);
    }

    /// Whether records are no longer taken.
    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Has no more records taken; the collector looks until `deadline` for those that are being written.
    pub(super) fn stop(&self, deadline: Instant) {
        // Before the collector can see that it is to end.
        let mut state = lock(&self.sweeps.state);
        state.stop_by = state.stop_by.max(Some(deadline));
        drop(state);
        self.stopped.store(true, Ordering::Relaxed);
    }
}

/// What the rings have counted of a signal, those included that are gone.
fn added_up(totals: &Totals, rings: &[Arc<Ring>], signal: Signal) -> SignalTotals {
    let mut sum = totals.retired[signal as usize];
    rings.iter().for_each(|ring| sum.add(ring, signal));
    sum
}

/// Lets others wait for the collector's next whole sweep.
#[derive(Debug, Default)]
pub(super) struct Sweeps {
    pub(super) state: Mutex<SweepState>,
    pub(super) done: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct SweepState {
    /// Sweeps asked for, numbered.
    pub(super) requested: u64,
    /// The last of them that a whole sweep has answered.
    pub(super) completed: u64,
    /// Until when the last of those waits who wait.
    pub(super) until: Option<Instant>,
    /// Until when a shutdown waits for what is still being written.
    pub(super) stop_by: Option<Instant>,
    pub(super) ended: bool,
    /// Whether the last sweep came too soon for some record.
    pub(super) has_left_some: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pipeline, Scope, SpanBuilder};
    use std::sync::mpsc;
    use std::time::Duration;

    static SCOPE: Scope = Scope::new("tests", "");

    fn one_span(pipeline: &Pipeline) {
        pipeline.scoped(|| SpanBuilder::new(&SCOPE, "work").in_scope(|| ()));
    }

    #[test]
    fn nothing_keeps_a_pipeline_that_was_shut_down_once_its_threads_have_ended() {
        let pipeline = Pipeline::builder().build().unwrap();
        let shared = Arc::downgrade(pipeline.shared());
        let (go_on, told) = mpsc::channel::<()>();
        let (did, done) = mpsc::channel();
        let thread = {
            let pipeline = pipeline.clone();
            std::thread::spawn(move || {
                one_span(&pipeline);
                did.send(()).unwrap();
                told.recv().unwrap();
                // Too late, and counted.
                one_span(&pipeline);
            })
        };
        done.recv().unwrap();
        assert!(pipeline.shutdown(Duration::from_secs(10)).is_complete());
        go_on.send(()).unwrap();
        thread.join().unwrap();
        let spans = pipeline.ledger().spans;
        assert_eq!((spans.ended, spans.total_dropped()), (2, 1));
        drop(pipeline);
        let until = Instant::now() + Duration::from_secs(30);
        while shared.strong_count() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(shared.strong_count(), 0);
    }
}
