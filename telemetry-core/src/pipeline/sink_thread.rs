use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::sink::{Counts, Receipt};
use super::sink_account::{Account, Collections, SinkFlow};
use super::sink_flushes::{Due, Flushes};
use super::{Batch, Signal, Sink, SinkLedger};
use crate::metric::{ReaderId, Registry};
use crate::resource::Resource;
use crate::sync::lock;

/// The pipeline's side of a sink: its queue and its account. The sink itself lives on its thread.
#[derive(Debug)]
pub(crate) struct SinkThread {
    name: &'static str,
    accepts: [bool; Signal::COUNT],
    capacity: usize,
    queue: Mutex<Queue>,
    /// Something to do for the sink's thread.
    work: Condvar,
    /// Something done, for those who wait.
    done: Condvar,
    account: Mutex<Account>,
    /// Where the duration of readings of metrics goes; nowhere without self-telemetry.
    pub(super) collections: OnceLock<Collections>,
}

#[derive(Debug, Default)]
struct Queue {
    batches: VecDeque<Arc<Batch>>,
    bytes: usize,
    flushes: Flushes,
    stop_by: Option<Instant>,
    ended: bool,
}

/// What the sink's thread does next.
enum Task {
    Export(Arc<Batch>),
    Tick,
    Metrics,
    Flush(Due),
    Stop(Instant),
}

impl SinkThread {
    pub(super) fn new(sink: &dyn Sink, capacity: usize) -> Self {
        Self {
            name: sink.name(),
            accepts: Signal::ALL.map(|signal| sink.accepts(signal)),
            capacity,
            queue: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            account: Mutex::default(),
            collections: OnceLock::new(),
        }
    }

    pub(super) fn accepts(&self, signal: Signal) -> bool {
        self.accepts[signal as usize]
    }

    /// Queues a batch, or drops it when the queue's bytes are used up. The sink's thread hears of it by
    /// [`SinkThread::wake`], once for many.
    pub(super) fn offer(&self, batch: &Arc<Batch>) {
        let records = batch.len() as u64;
        let mut queue = lock(&self.queue);
        // An empty queue takes a batch of any size, or one larger than the queue would never pass.
        let has_room = queue.batches.is_empty() || queue.bytes + batch.bytes() <= self.capacity;
        let fits = !queue.ended && has_room;
        lock(&self.account).offered(batch.signal(), records, fits, queue.ended);
        if fits {
            queue.bytes += batch.bytes();
            queue.flushes.count_queued();
            queue.batches.push_back(Arc::clone(batch));
            if queue.bytes > self.capacity / 2 {
                self.work.notify_one();
            }
        }
    }

    /// Wakes the sink's thread if there is something for it.
    pub(super) fn wake(&self) {
        if !lock(&self.queue).batches.is_empty() {
            self.work.notify_one();
        }
    }

    /// Asks the sink to deliver all that it has; [`SinkThread::wait_for_flush`] waits for it.
    pub(super) fn request_flush(&self, deadline: Instant) -> u64 {
        let mut queue = lock(&self.queue);
        let number = queue.flushes.request(deadline);
        self.work.notify_one();
        number
    }

    /// Whether the flush was done by `deadline`.
    pub(super) fn wait_for_flush(&self, flush: u64, deadline: Instant) -> bool {
        self.wait_until(deadline, |queue| queue.flushes.is_complete(flush) || queue.ended)
    }

    /// Asks the sink's thread to deliver and end by `deadline`.
    pub(super) fn request_stop(&self, deadline: Instant) {
        lock(&self.queue).stop_by.get_or_insert(deadline);
        self.work.notify_one();
    }

    /// Whether the thread had ended by `deadline`.
    pub(super) fn wait_for_end(&self, deadline: Instant) -> bool {
        self.wait_until(deadline, |queue| queue.ended)
    }

    pub(super) fn ledger(&self) -> SinkLedger {
        let account = lock(&self.account);
        let [spans, logs] = account.records;
        SinkLedger { name: self.name, spans, logs, points: account.points }
    }

    /// Where the records are that the sink was given.
    pub(super) fn flow(&self) -> SinkFlow {
        lock(&self.account).flow()
    }

    /// Bytes in the queue, and how many there may be.
    pub(super) fn queue_bytes(&self) -> (usize, usize) {
        (lock(&self.queue).bytes, self.capacity)
    }

    fn wait_until(&self, deadline: Instant, met: impl Fn(&Queue) -> bool) -> bool {
        let mut queue = lock(&self.queue);
        while !met(&queue) {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            let waited = self.done.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// The body of the sink's thread.
    pub(super) fn run(
        &self,
        sink: &mut dyn Sink,
        resource: &Resource,
        registry: &Registry,
        reader: Option<ReaderId>,
    ) {
        let mut schedule = Schedule::new(sink);
        self.guarded(Receipt::default(), || {
            sink.start(resource);
            Receipt::default()
        });
        loop {
            match self.next_task(&mut schedule) {
                Task::Export(batch) => {
                    let lost = Counts { dropped: batch.len() as u64, ..Counts::default() };
                    let lost = Receipt::of(batch.signal(), lost);
                    self.guarded(lost, || sink.export(&batch));
                }
                Task::Tick => self.guarded(Receipt::default(), || sink.tick()),
                Task::Metrics => self.export_metrics(sink, registry, reader, None),
                Task::Flush(due) => {
                    if reader.is_some() {
                        self.export_metrics(sink, registry, reader, Some(due.deadline));
                    }
                    self.guarded(Receipt::default(), || sink.flush(due.deadline));
                    lock(&self.queue).flushes.complete(due);
                    self.done.notify_all();
                }
                Task::Stop(deadline) => {
                    if reader.is_some() {
                        self.export_metrics(sink, registry, reader, Some(deadline));
                    }
                    self.guarded(Receipt::default(), || sink.shutdown(deadline));
                    reader.into_iter().for_each(|reader| registry.remove_reader(reader));
                    return self.end();
                }
            }
        }
    }

    fn export_metrics(
        &self,
        sink: &mut dyn Sink,
        registry: &Registry,
        reader: Option<ReaderId>,
        deadline: Option<Instant>,
    ) {
        let begun = Instant::now();
        let snapshot = registry.snapshot(reader, deadline);
        if let Some(collections) = self.collections.get() {
            collections.record(begun.elapsed(), snapshot.missed_observations);
        }
        let points = snapshot.points() as u64;
        let lost = Receipt {
            points: Counts { dropped: points, ..Counts::default() },
            ..Receipt::default()
        };
        self.guarded(lost, || sink.export_metrics(&snapshot));
    }

    /// Calls the sink and enters its receipt, or `lost` when it panics.
    fn guarded(&self, lost: Receipt, call: impl FnOnce() -> Receipt) {
        let result = catch_unwind(AssertUnwindSafe(call));
        let mut account = lock(&self.account);
        match result {
            Ok(receipt) => account.enter(receipt),
            Err(_) => account.panicked(lost),
        }
    }

    /// Waits for the next thing to do.
    fn next_task(&self, schedule: &mut Schedule) -> Task {
        let mut queue = lock(&self.queue);
        loop {
            let now = Instant::now();
            if queue.stop_by.is_some_and(|deadline| deadline <= now) {
                queue.bytes = 0;
                queue.batches.clear();
                lock(&self.account).abandoned();
            }
            let stops = queue.stop_by.is_some();
            if !stops && let Some(due) = queue.flushes.due() {
                return Task::Flush(due);
            }
            // What is due by the clock comes between batches, and a batch comes between what is due.
            if !stops && let Some(task) = schedule.due(now, queue.batches.is_empty()) {
                return task;
            }
            if let Some(batch) = queue.batches.pop_front() {
                schedule.after_batch();
                queue.flushes.count_left();
                queue.bytes -= batch.bytes();
                lock(&self.account).given(batch.signal(), batch.len() as u64);
                return Task::Export(batch);
            }
            if let Some(deadline) = queue.stop_by {
                return Task::Stop(deadline);
            }
            let wait = schedule.next().map_or(Duration::from_secs(3600), |at| at - now);
            let waited = self.work.wait_timeout(queue, wait);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Nothing is delivered any more: what is left counts as dropped.
    fn end(&self) {
        let mut queue = lock(&self.queue);
        lock(&self.account).end();
        queue.batches.clear();
        queue.ended = true;
        self.done.notify_all();
    }
}

/// When a sink's regular calls are due.
struct Schedule {
    tick: Option<(Duration, Instant)>,
    metrics: Option<(Duration, Instant)>,
    /// Whether something was done by the clock since the last batch.
    served: bool,
}

impl Schedule {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

    fn new(sink: &dyn Sink) -> Self {
        // A zero interval would leave no time for anything else.
        let from_now = |interval: Duration| {
            let interval = interval.clamp(Duration::from_millis(1), Self::LONGEST);
            (interval, Instant::now() + interval)
        };
        Self {
            tick: sink.tick_interval().map(from_now),
            metrics: sink.metrics_interval().map(from_now),
            served: false,
        }
    }

    fn due(&mut self, now: Instant, idle: bool) -> Option<Task> {
        if self.served && !idle {
            return None;
        }
        for (entry, task) in [(&mut self.metrics, Task::Metrics), (&mut self.tick, Task::Tick)] {
            if let Some((interval, at)) = entry
                && *at <= now
            {
                *at = now + *interval;
                self.served = true;
                return Some(task);
            }
        }
        None
    }

    fn after_batch(&mut self) {
        self.served = false;
    }

    fn next(&self) -> Option<Instant> {
        [self.tick, self.metrics].iter().flatten().map(|(_, at)| *at).min()
    }
}
