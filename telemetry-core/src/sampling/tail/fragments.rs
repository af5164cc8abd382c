use std::collections::{HashMap, VecDeque};
use std::mem;
use std::time::Instant;

use super::Tail;
use super::evidence::{Evidence, Reason};
use super::fragment::Fragment;
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
    /// Traces that were kept, the recent ones and those before: what still comes of them is kept too.
    kept: [HashMap<TraceId, Reason>; 2],
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
    /// Kept traces that are remembered, of the recent ones.
    const REMEMBERED: usize = 4096;

    pub(crate) fn new(tail: Tail) -> Self {
        Self {
            evidence: Evidence::new(tail.clone()),
            tail,
            fragments: HashMap::new(),
            oldest: VecDeque::new(),
            ended: VecDeque::new(),
            kept: Default::default(),
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
        if let Some(known) = self.remembered(trace) {
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

    fn remembered(&self, trace: TraceId) -> Option<Reason> {
        self.kept.iter().find_map(|kept| kept.get(&trace)).copied()
    }

    fn keep(&mut self, trace: TraceId, reason: Reason, out: &mut Released) {
        if let Some(fragment) = self.remove(trace) {
            Frames::new(&fragment.frames).for_each(|framed| out.keep(framed.frame, reason));
        }
        if self.kept[0].len() >= Self::REMEMBERED {
            self.kept[1] = mem::take(&mut self.kept[0]);
        }
        self.kept[0].insert(trace, reason);
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
