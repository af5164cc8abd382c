use std::sync::atomic::{AtomicU64, Ordering};

use super::ring::{Ring, Starts};
use super::{DropReason, Signal};

/// Counts of one signal, added up.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SignalTotals {
    pub(super) ended: u64,
    pub(super) sampled_out: u64,
    pub(super) pushed: u64,
    pub(super) dropped: [u64; DropReason::COUNT],
    /// Records that were made for those inside the pipeline alone.
    pub(super) unsampled: u64,
    /// Of spans, where starts are counted.
    pub(super) started: Starts<u64>,
}

/// What the collector has swept, and the counts of rings that are gone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) retired: [SignalTotals; Signal::COUNT],
    /// Records taken out of rings.
    pub(super) swept: [u64; Signal::COUNT],
    /// Records given to the sinks.
    pub(super) accepted: [u64; Signal::COUNT],
    /// Records that were swept, seen by those who wanted them, and given to no sink.
    pub(super) sampled_out: [u64; Signal::COUNT],
    /// Records that wait for a decision.
    pub(super) held: [u64; Signal::COUNT],
}

impl SignalTotals {
    /// Adds what `ring` has counted.
    ///
    /// The order of reading matters: a record is counted as ended first and pushed or dropped later,
    /// so reading the later counts first can only see an end without its fate, never the reverse.
    pub(super) fn add(&mut self, ring: &Ring, signal: Signal) {
        let index = signal as usize;
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        for reason in DropReason::ALL {
            self.dropped[reason as usize] += read(&ring.counts.dropped[index][reason as usize]);
        }
        self.pushed += read(&ring.counts.pushed[index]);
        self.sampled_out += read(&ring.counts.sampled_out[index]);
        self.unsampled += read(&ring.counts.unsampled[index]);
        self.ended += read(&ring.counts.ended[index]);
        // A span starts before it ends.
        if signal == Signal::Spans {
            let all = self.started.iter_mut().flatten().zip(ring.counts.started.iter().flatten());
            all.for_each(|(sum, count)| *sum += read(count));
        }
    }
}
