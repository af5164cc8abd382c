use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::thread::Thread;

use super::Options;
use super::counts::Totals;
use super::ring::{Pool, Ring};
use super::sink_thread::SinkThread;
use crate::metric::Registry;
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
            active: ActiveLists::default(),
            registry,
            pool: Arc::new(Pool::new(ring_bytes)),
            sinks,
            rings: Mutex::default(),
            overflow: Mutex::default(),
            totals: Mutex::default(),
            sweeps: Sweeps::default(),
            collector: OnceLock::new(),
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
        work(overflow.get_or_insert_with(|| self.new_ring()))
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

    pub(super) fn sweep_begins(&self) {
        self.woken.store(false, Ordering::Relaxed);
    }

    /// Whether records are no longer taken.
    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
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
    pub(super) ended: bool,
}
