use std::collections::HashMap;
use std::time::{Duration, Instant};

use telemetry_core::{SpanRef, TraceId};

use super::{TraceTree, TreeSpan};

/// Traces whose spans are still coming in; bounded in bytes and in time.
#[derive(Debug)]
pub(super) struct Traces {
    open: HashMap<TraceId, Open>,
    bytes: usize,
    capacity: usize,
    /// Spans given up since the last call of [`Traces::finished`].
    evicted: u64,
}

#[derive(Debug)]
struct Open {
    tree: TraceTree,
    bytes: usize,
    since: Instant,
    /// When the local root came in.
    rooted: Option<Instant>,
}

/// Traces to be shown now.
#[derive(Debug, Default)]
pub(super) struct Finished {
    pub(super) trees: Vec<TraceTree>,
    /// Spans given up for want of room.
    pub(super) evicted: u64,
}

impl Default for Traces {
    fn default() -> Self {
        Self::with_capacity(1024 * 1024)
    }
}

impl Traces {
    /// How long spans are waited for after their root: more than two sweeps of the collector.
    const SETTLES: Duration = Duration::from_millis(250);
    /// How long a trace is waited for whose root doesn't end.
    const PATIENCE: Duration = Duration::from_secs(30);

    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self { open: HashMap::new(), bytes: 0, capacity: bytes, evicted: 0 }
    }

    pub(super) fn add(&mut self, span: &SpanRef<'_>, now: Instant) {
        let entry = TreeSpan::of(span);
        let bytes = entry.bytes();
        while self.bytes + bytes > self.capacity && self.evict() {}
        let trace = span.trace_id();
        let open = self.open.entry(trace).or_insert_with(|| Open {
            tree: TraceTree::new(trace),
            bytes: 0,
            since: now,
            rooted: None,
        });
        if entry.parent().is_none() {
            open.rooted = Some(now);
        }
        open.tree.push(entry);
        open.bytes += bytes;
        self.bytes += bytes;
    }

    /// Takes the traces that have settled or were waited for long enough, oldest first.
    pub(super) fn finished(&mut self, now: Instant) -> Finished {
        self.take(|open| {
            let since = |at: Instant| now.duration_since(at);
            open.rooted.is_some_and(|at| since(at) >= Self::SETTLES)
                || since(open.since) >= Self::PATIENCE
        })
    }

    /// Takes all traces.
    pub(super) fn all(&mut self) -> Finished {
        self.take(|_| true)
    }

    fn take(&mut self, ready: impl Fn(&Open) -> bool) -> Finished {
        let mut taken: Vec<Open> =
            self.open.extract_if(|_, open| ready(open)).map(|(_, open)| open).collect();
        self.bytes -= taken.iter().map(|open| open.bytes).sum::<usize>();
        taken.sort_by_key(|open| open.rooted.unwrap_or(open.since));
        Finished {
            trees: taken.into_iter().map(|open| open.tree).collect(),
            evicted: std::mem::take(&mut self.evicted),
        }
    }

    /// Gives up the trace that has waited longest; false when there is none.
    fn evict(&mut self) -> bool {
        let oldest = self.open.iter().min_by_key(|(_, open)| open.since);
        let Some(trace) = oldest.map(|(trace, _)| *trace) else {
            return false;
        };
        if let Some(open) = self.open.remove(&trace) {
            self.bytes -= open.bytes;
            self.evicted += open.tree.spans().len() as u64;
        }
        true
    }
}
