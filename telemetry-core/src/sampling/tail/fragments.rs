use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use super::Tail;
use super::evidence::{Evidence, Reason};
use super::fragment::Fragment;
use super::rescued::Rescued;
use crate::attribute::{ATTRIBUTE_FIELD, Value, put_attribute};
use crate::context::TraceId;
use crate::pipeline::{Fate, FramedRecord, Frames, Signal, begin_frame, end_frame};
use crate::scope::Scope;
use crate::semconv;
use crate::span::SpanRef;

/// The unsampled spans that wait for a decision, by trace.
///
/// A fragment is kept as soon as something speaks for it, and given up one whole sweep and a time of
/// grace after its local root has ended, so that what other threads had not yet written is heard; or when
/// its patience or the room for it has run out.
#[derive(Debug)]
pub(crate) struct Fragments {
    tail: Tail,
    evidence: Evidence,
    fragments: HashMap<TraceId, Fragment>,
    /// In the order in which fragments began; may name some that are gone.
    oldest: VecDeque<(TraceId, Instant)>,
    /// In the order in which local roots ended, and in which sweep.
    ended: VecDeque<(TraceId, Instant, u64)>,
    rescued: Arc<Rescued>,
    bytes: usize,
    held: u64,
    sweep: u64,
}

/// What has been decided.
#[derive(Debug, Default)]
pub(crate) struct Released {
    /// Framed records to be given to the sinks.
    pub(crate) frames: Vec<u8>,
    pub(crate) records: u64,
    /// Records that were given up.
    pub(crate) sampled_out: u64,
}

impl Fragments {
    /// Names of fragments that are gone for which there is room, besides as many as there are fragments.
    const SLACK: usize = 1024;

    pub(crate) fn new(tail: Tail, rescued: Arc<Rescued>) -> Self {
        Self {
            evidence: Evidence::new(tail.clone()),
            tail,
            fragments: HashMap::new(),
            oldest: VecDeque::new(),
            ended: VecDeque::new(),
            rescued,
            bytes: 0,
            held: 0,
            sweep: 0,
        }
    }

    /// Records that wait.
    pub(crate) fn held(&self) -> u64 {
        self.held
    }

    /// Takes an unsampled span.
    pub(crate) fn take(&mut self, framed: &FramedRecord<'_>, now: Instant, out: &mut Released) {
        let span = SpanRef::new(Scope::of_id(framed.scope), framed.record);
        let trace = span.trace_id();
        let is_root = span.parent_span_id().is_none() || span.parent_is_remote();
        let reason = self.evidence.of(&span, is_root);
        if let Some(known) = self.rescued.reason(trace) {
            return out.keep(framed.frame, known);
        }
        let sweep = self.sweep;
        let fragment = self.fragments.entry(trace).or_insert_with(|| {
            self.oldest.push_back((trace, now));
            Fragment::new(now)
        });
        let before = if fragment.records == 0 { 0 } else { fragment.bytes() };
        fragment.frames.extend_from_slice(framed.frame);
        fragment.records += 1;
        self.held += 1;
        self.bytes += fragment.bytes() - before;
        if is_root && fragment.root_ended.is_none() {
            fragment.root_ended = Some(now);
            self.ended.push_back((trace, now, sweep));
        }
        if let Some(reason) = reason {
            self.keep(trace, reason, out);
        }
        self.forget_what_is_gone();
        while self.bytes > self.tail.bytes && self.give_up_oldest(out) {}
    }

    /// Ends a sweep: gives up what nothing has spoken for in time.
    pub(crate) fn end_sweep(&mut self, now: Instant, out: &mut Released) {
        let grace = self.tail.grace;
        while let Some((trace, ended, sweep)) = self.ended.front().copied()
            && sweep < self.sweep
            && now.saturating_duration_since(ended) >= grace
        {
            self.ended.pop_front();
            // A later fragment of the same trace has its own root.
            let decided = |fragment: &Fragment| fragment.root_ended == Some(ended);
            if self.fragments.get(&trace).is_some_and(decided) {
                self.give_up(trace, out);
            }
        }
        let patience = self.tail.patience;
        while let Some((trace, since)) = self.oldest.front().copied() {
            let here = self.fragments.get(&trace).is_some_and(|fragment| fragment.since == since);
            if here && now.saturating_duration_since(since) < patience {
                break;
            }
            self.oldest.pop_front();
            if here {
                self.give_up(trace, out);
            }
        }
        self.sweep += 1;
    }

    /// Gives up everything: nothing will come any more.
    pub(crate) fn end(&mut self, out: &mut Released) {
        while self.give_up_oldest(out) {}
    }

    fn keep(&mut self, trace: TraceId, reason: Reason, out: &mut Released) {
        if let Some(fragment) = self.remove(trace) {
            Frames::new(&fragment.frames).for_each(|framed| out.keep(framed.frame, reason));
        }
        self.rescued.add(trace, reason);
    }

    fn give_up(&mut self, trace: TraceId, out: &mut Released) {
        if let Some(fragment) = self.remove(trace) {
            out.sampled_out += fragment.records;
        }
    }

    fn give_up_oldest(&mut self, out: &mut Released) -> bool {
        let Some((trace, since)) = self.oldest.pop_front() else {
            return false;
        };
        if self.fragments.get(&trace).is_some_and(|fragment| fragment.since == since) {
            self.give_up(trace, out);
        }
        true
    }

    /// Shortens the queues, in which one that stays would else keep the names of all that have come and gone
    /// behind it.
    fn forget_what_is_gone(&mut self) {
        let (fragments, most) = (&self.fragments, 2 * self.fragments.len() + Self::SLACK);
        if self.oldest.len() > most {
            let is_here = |(trace, since): &(TraceId, Instant)| {
                fragments.get(trace).is_some_and(|fragment| fragment.since == *since)
            };
            self.oldest.retain(is_here);
            self.oldest.shrink_to(most);
        }
        if self.ended.len() > most {
            let is_here = |(trace, ended, _): &(TraceId, Instant, u64)| {
                fragments.get(trace).is_some_and(|fragment| fragment.root_ended == Some(*ended))
            };
            self.ended.retain(is_here);
            self.ended.shrink_to(most);
        }
    }

    fn remove(&mut self, trace: TraceId) -> Option<Fragment> {
        let fragment = self.fragments.remove(&trace)?;
        self.bytes -= fragment.bytes();
        self.held -= fragment.records;
        Some(fragment)
    }
}

impl Released {
    /// Adds a record, with the reason for which it was kept.
    fn keep(&mut self, frame: &[u8], reason: Reason) {
        for framed in Frames::new(frame) {
            let scope = Scope::of_id(framed.scope);
            let start = begin_frame(&mut self.frames, Fate::sampled(Signal::Spans), scope);
            self.frames.extend_from_slice(framed.record);
            let (key, reason) = (semconv::telemetry::KEPT_BECAUSE, Value::Str(reason.as_str()));
            put_attribute(&mut self.frames, ATTRIBUTE_FIELD, key, reason);
            end_frame(&mut self.frames, start);
            self.records += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Batch, Pipeline, Receipt, Sink};
    use crate::span::SpanBuilder;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    static SCOPE: Scope = Scope::new("tests", "");

    /// Keeps records as they are encoded.
    struct Keep(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Sink for Keep {
        fn name(&self) -> &'static str {
            "keep"
        }
        fn accepts(&self, signal: Signal) -> bool {
            signal == Signal::Spans
        }
        fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
            self.0.lock().unwrap().extend(batch.spans().map(|span| span.encoded().to_vec()));
            Receipt::exported(batch)
        }
    }

    /// The child of a root that doesn't end, then so many traces of one span.
    fn records(traces: usize) -> Vec<Vec<u8>> {
        let kept = Arc::<Mutex<Vec<_>>>::default();
        let sink = Box::new(Keep(Arc::clone(&kept)));
        let pipeline = Pipeline::builder().sink(sink).ring_bytes(64 << 20).build().unwrap();
        pipeline.scoped(|| {
            let root = SpanBuilder::new(&SCOPE, "stream").start();
            root.in_scope(|| SpanBuilder::new(&SCOPE, "part").in_scope(|| ()));
            (0..traces).for_each(|_| SpanBuilder::new(&SCOPE, "request").root().in_scope(|| ()));
            assert!(pipeline.flush(Duration::from_secs(120)).is_complete());
        });
        let mut records = kept.lock().unwrap().split_off(0);
        records.truncate(traces + 1);
        records
    }

    /// Goes through all records, a hundred in each sweep, ten milliseconds apart.
    fn after(tail: Tail, records: &[Vec<u8>]) -> Fragments {
        let mut fragments = Fragments::new(tail, Arc::default());
        let mut now = Instant::now();
        for sweep in records.chunks(100) {
            let mut out = Released::default();
            for record in sweep {
                let mut frame = Vec::new();
                let fate = Fate { signal: Signal::Spans, sampled: false };
                let start = begin_frame(&mut frame, fate, &SCOPE);
                frame.extend_from_slice(record);
                end_frame(&mut frame, start);
                Frames::new(&frame).for_each(|framed| fragments.take(&framed, now, &mut out));
            }
            fragments.end_sweep(now, &mut out);
            now += Duration::from_millis(10);
        }
        fragments
    }

    #[test]
    fn what_is_gone_takes_no_room_behind_what_stays() {
        let records = records(20_000);
        let tail = || Tail::default().slow(false).first(0);
        let room = |fragments: &Fragments| fragments.oldest.capacity() + fragments.ended.capacity();
        // The part waits for its root, while all others come and go.
        let fragments = after(tail().grace(Duration::ZERO), &records);
        assert!((1..=201).contains(&fragments.held()), "{}", fragments.held());
        assert!(room(&fragments) < 8_192, "{}", room(&fragments));
        // All would wait for long, and give way for want of room.
        let fragments = after(tail().grace(Duration::from_secs(3600)).bytes(32 * 1024), &records);
        assert!((10..=200).contains(&fragments.held()), "{}", fragments.held());
        assert!(room(&fragments) < 8_192, "{}", room(&fragments));
    }
}
