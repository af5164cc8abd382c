use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::ring::{Found, Frames, Lease, Segment};
use super::shared::Shared;
use super::sink_thread::SinkThread;
use super::{Batch, DropReason, Signal};
use crate::budget::{self, Governor};
use crate::clock;
use crate::handler::Feed;
use crate::notice::Notice;
use crate::sampling::{Fragments, Released, Tail};
use crate::sync::lock;
use crate::view::{LineCounts, Views};

/// Empties the rings and gives batches to the sinks.
pub(super) struct Collector {
    shared: Arc<Shared>,
    #[expect(clippy::vec_box, reason = "segments are handed over as boxes, to and from the pool")]
    segments: Vec<Box<Segment>>,
    /// Holds unsampled spans until their trace's end.
    tail: Option<Fragments>,
    views: Views,
    handlers: Feed,
    idle_sweeps: u32,
    /// Rings that were being written to when the last sweep came by.
    missed: usize,
    /// Where there is a budget.
    governor: Option<Governor>,
    begun: Instant,
}

/// What became of the records of one sweep, by signal.
#[derive(Default)]
struct Swept {
    records: [u64; Signal::COUNT],
    sampled_out: [u64; Signal::COUNT],
    accepted: [u64; Signal::COUNT],
    /// Sampled records that lay among others.
    sorted: Option<Box<Segment>>,
    released: Released,
    lines: LineCounts,
}

impl Collector {
    const RE_ANCHOR: Duration = Duration::from_secs(1);
    /// Sweeps without a record after which unused memory is given back, and again after as many.
    const IDLE_SWEEPS: u32 = 50;
    /// How often it comes again at the end at the least, a millisecond apart, however little time there is.
    const LAST_LOOKS: u32 = 50;

    pub(super) fn new(shared: Arc<Shared>, tail: Option<Tail>, views: Views) -> Self {
        let rescued = shared.options.interest.rescued.clone().unwrap_or_default();
        let tail = tail.map(|tail| Fragments::new(tail, rescued));
        let handlers = Feed::new(Arc::clone(&shared.options.interest.handlers));
        Self {
            shared,
            segments: Vec::new(),
            tail,
            views,
            handlers,
            idle_sweeps: 0,
            missed: 0,
            governor: None,
            begun: Instant::now(),
        }
    }

    /// Has detail lowered where a budget asks for it.
    pub(super) fn governed_by(mut self, governor: Option<Governor>) -> Self {
        self.governor = governor;
        self
    }

    /// The body of the collector's thread: sweeps every `interval` until the pipeline stops.
    pub(super) fn run(mut self, interval: Duration) {
        let mut anchored = Instant::now();
        loop {
            let (requested, until, stopping) = {
                let state = lock(&self.shared.sweeps.state);
                (state.requested, state.until, self.shared.is_stopped())
            };
            self.sweep(stopping);
            if stopping {
                let is_all = self.sweep_the_rest();
                self.answer(requested, Some(is_all));
                return self.shared.close();
            }
            if let Some(until) = until {
                self.come_again(until);
            }
            self.answer(requested, None);
            self.keep_to_budget();
            if anchored.elapsed() >= Self::RE_ANCHOR {
                clock::re_anchor();
                anchored = Instant::now();
            }
            if lock(&self.shared.sweeps.state).requested == requested && !self.shared.is_stopped() {
                thread::park_timeout(interval);
            }
        }
    }

    /// Lowers detail when too much was spent, or brings it back.
    fn keep_to_budget(&mut self) {
        let now = self.begun.elapsed();
        let Some(governor) = self.governor.as_mut().filter(|governor| governor.is_due(now)) else {
            return;
        };
        let Some(verdict) = governor.judge(now, budget::spent(&self.shared)) else {
            return;
        };
        self.shared.detail.set_used(verdict.used);
        if verdict.step != verdict.before {
            self.shared.detail.set(verdict.step);
            self.shared.registry.say_again(Notice::DetailChanged {
                from: verdict.before,
                to: verdict.step,
                used_percent: (verdict.used * 100.0) as u64,
            });
        }
    }

    /// Tells those who wait that a sweep which began after their request is done; of the last one, whether it has
    /// left nothing.
    fn answer(&self, requested: u64, ended: Option<bool>) {
        let mut state = lock(&self.shared.sweeps.state);
        state.completed = requested;
        if state.requested == requested {
            state.until = None;
        }
        if let Some(is_all) = ended {
            (state.ended, state.has_left_some) = (true, !is_all);
        }
        self.shared.sweeps.done.notify_all();
    }

    fn sweep(&mut self, last: bool) {
        self.sweep_rings(last, false);
    }

    /// Sweeps; `again`, if only for what was being written when an earlier sweep came by.
    fn sweep_rings(&mut self, last: bool, again: bool) {
        self.shared.sweep_begins();
        self.gather(again);
        self.handlers.begin();
        let mut swept = Swept::default();
        // What many threads have left in nearly empty segments is put together.
        let mut sparse: Option<Box<Segment>> = None;
        for mut segment in std::mem::take(&mut self.segments) {
            self.views.observe(&segment);
            self.handlers.observe(&segment);
            for (total, records) in swept.records.iter_mut().zip(segment.records) {
                *total += records;
            }
            if segment.unsampled > 0 {
                self.sort(segment, &mut swept);
            } else if !segment.is_sparse() {
                self.hand_over(segment, &mut swept);
            } else if sparse.as_mut().is_some_and(|sparse| sparse.absorb(&mut segment)) {
                self.shared.pool.release(segment);
            } else if let Some(filled) = sparse.replace(segment) {
                self.hand_over(filled, &mut swept);
            }
        }
        if let Some(segment) = sparse {
            self.hand_over(segment, &mut swept);
        }
        self.release(&mut swept, last);
        if let Some(sorted) = swept.sorted.take() {
            self.hand_over_own(sorted, &mut swept);
        }
        self.handlers.end(&self.shared.registry);
        self.hand_over_lines(&mut swept);
        self.shared.sinks.iter().for_each(SinkThread::wake);
        self.enter(&swept);
        self.give_back_memory(swept.records.iter().sum());
    }

    /// Tells the sampled records of a segment from the others.
    fn sort(&mut self, segment: Box<Segment>, swept: &mut Swept) {
        let now = Instant::now();
        for framed in Frames::new(&segment.bytes) {
            let signal = framed.fate.signal;
            if framed.fate.sampled {
                self.add_sorted(framed.frame, signal, swept);
            } else if let (Signal::Spans, Some(tail)) = (signal, &mut self.tail) {
                tail.take(&framed, now, &mut swept.released);
            } else {
                swept.sampled_out[signal as usize] += 1;
            }
        }
        self.shared.pool.release(segment);
    }

    fn add_sorted(&self, frame: &[u8], signal: Signal, swept: &mut Swept) {
        if swept.sorted.as_ref().is_some_and(|sorted| !sorted.fits(frame.len()))
            && let Some(filled) = swept.sorted.take()
        {
            self.hand_over_own(filled, swept);
        }
        swept.sorted.get_or_insert_with(Segment::growing).append(frame, 1, signal);
    }

    /// Adds what the tail has decided to keep.
    fn release(&mut self, swept: &mut Swept, last: bool) {
        let Some(tail) = &mut self.tail else {
            return;
        };
        tail.end_sweep(Instant::now(), &mut swept.released);
        if last {
            tail.end(&mut swept.released);
        }
        let released = std::mem::take(&mut swept.released);
        swept.sampled_out[Signal::Spans as usize] += released.sampled_out;
        for framed in Frames::new(&released.frames) {
            self.add_sorted(framed.frame, Signal::Spans, swept);
        }
    }

    /// Gives the log lines that views have made to the sinks.
    fn hand_over_lines(&mut self, swept: &mut Swept) {
        let (segments, counts) = self.views.end_of_sweep();
        for segment in segments {
            swept.records[Signal::Logs as usize] += segment.records[Signal::Logs as usize];
            self.hand_over(segment, swept);
        }
        swept.lines = counts;
    }

    /// Enters a sweep into the account, all of it at once.
    fn enter(&self, swept: &Swept) {
        let mut totals = lock(&self.shared.totals);
        for index in 0..Signal::COUNT {
            totals.swept[index] += swept.records[index];
            totals.sampled_out[index] += swept.sampled_out[index];
            totals.accepted[index] += swept.accepted[index];
        }
        let made = &mut totals.retired[Signal::Logs as usize];
        made.ended += swept.lines.made;
        made.pushed += swept.lines.kept();
        made.dropped[DropReason::RingFull as usize] += swept.lines.without_room;
        made.dropped[DropReason::TooLarge as usize] += swept.lines.too_large;
        totals.held[Signal::Spans as usize] = self.tail.as_ref().map_or(0, Fragments::held);
    }

    /// Comes again for what was being written when the last sweep came by, as long as there is time for the end,
    /// and for some looks in any case: a busy machine may suspend a thread in the middle of a write for long.
    /// Nothing is added to a ring that was emptied after the pipeline stopped, so there is an end to it. Whether
    /// all came.
    fn sweep_the_rest(&mut self) -> bool {
        let mut looks = 0;
        while self.missed > 0 || self.left_in_rings() > 0 {
            let stop_by = lock(&self.shared.sweeps.state).stop_by;
            if looks >= Self::LAST_LOOKS && stop_by.is_none_or(|by| by <= Instant::now()) {
                return false;
            }
            looks += 1;
            thread::sleep(Duration::from_millis(1));
            self.sweep(true);
        }
        true
    }

    /// Comes again for the segments that were being written to when the sweep came by, for the sake of
    /// the records in them that had ended before: somebody waits for those, until then.
    fn come_again(&mut self, until: Instant) {
        thread::yield_now();
        while self.missed > 0 && Instant::now() < until && !self.shared.is_stopped() {
            self.sweep_rings(false, true);
            if self.missed > 0 {
                thread::sleep(Duration::from_millis(1));
            }
        }
    }

    fn left_in_rings(&self) -> u64 {
        let ledger = self.shared.ledger();
        Signal::ALL.into_iter().map(|signal| ledger.of(signal).in_ring).sum()
    }

    /// Takes all segments that hold records, and retires the rings of ended threads. Counts the rings that
    /// were being written to, or, `again`, those of them that still are.
    fn gather(&mut self, again: bool) {
        self.missed = 0;
        while let Some(segment) = self.shared.pool.next_full() {
            self.segments.push(segment);
        }
        let mut rings = lock(&self.shared.rings);
        rings.retain(|ring| {
            // Asked before the slot is emptied: nothing comes into it afterwards.
            let orphaned = ring.orphaned.load(Ordering::Acquire);
            let found = ring.slot.take();
            let is_missed =
                matches!(found, Found::Busy) && (!again || ring.missed.load(Ordering::Relaxed));
            ring.missed.store(is_missed, Ordering::Relaxed);
            self.missed += usize::from(is_missed);
            if let Found::Segment(segment) = found {
                self.segments.push(segment);
            }
            if orphaned {
                let mut totals = lock(&self.shared.totals);
                for signal in Signal::ALL {
                    totals.retired[signal as usize].add(ring, signal);
                }
            }
            !orphaned
        });
        drop(rings);
        // A segment that was filled up while the slots were emptied.
        while let Some(segment) = self.shared.pool.next_full() {
            self.segments.push(segment);
        }
    }

    /// Gives a segment of the pool to the sinks.
    fn hand_over(&self, segment: Box<Segment>, swept: &mut Swept) {
        swept.accept(&segment);
        if self.is_wanted(&segment) {
            let records = segment.records;
            self.dispatch(records, Lease::new(segment, &self.shared.pool));
        } else {
            self.shared.pool.release(segment);
        }
    }

    /// Gives a segment to the sinks that was put together here.
    fn hand_over_own(&self, segment: Box<Segment>, swept: &mut Swept) {
        swept.accept(&segment);
        if self.is_wanted(&segment) {
            self.dispatch(segment.records, Lease::of_own(segment));
        }
    }

    /// A batch for each signal.
    fn dispatch(&self, records: [u64; Signal::COUNT], lease: Lease) {
        let (lease, all) = (Arc::new(lease), records.iter().sum());
        for signal in Signal::ALL {
            let own = records[signal as usize];
            let mut sinks = self.shared.sinks.iter().filter(|sink| sink.accepts(signal)).peekable();
            if own > 0 && sinks.peek().is_some() {
                let batch = Arc::new(Batch::new(signal, own, all, Arc::clone(&lease)));
                sinks.for_each(|sink| sink.offer(&batch));
            }
        }
    }

    /// Whether some sink takes some of the records.
    fn is_wanted(&self, segment: &Segment) -> bool {
        Signal::ALL.into_iter().any(|signal| {
            segment.records[signal as usize] > 0
                && self.shared.sinks.iter().any(|sink| sink.accepts(signal))
        })
    }

    fn give_back_memory(&mut self, swept: u64) {
        self.idle_sweeps = if swept == 0 { self.idle_sweeps + 1 } else { 0 };
        if self.idle_sweeps == Self::IDLE_SWEEPS {
            self.idle_sweeps = 0;
            self.shared.pool.shrink(1);
        }
    }
}

impl Swept {
    /// Counts a segment as given to the sinks.
    fn accept(&mut self, segment: &Segment) {
        for (accepted, records) in self.accepted.iter_mut().zip(segment.records) {
            *accepted += records;
        }
    }
}
