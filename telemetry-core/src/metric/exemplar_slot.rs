use std::sync::Arc;

use super::{Exemplar, Number};
use crate::context::{SpanId, TraceId};
use crate::sampling::Rescued;

/// What there is of one bucket.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// The latest exemplar.
    pub(super) taken: Option<Taken>,
    /// One that may become the exemplar.
    open: Option<Open>,
}

/// A measurement that is an exemplar.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) value: Number,
    pub(super) unix_nanos: u64,
    pub(super) span: Option<(TraceId, SpanId)>,
}

/// A measurement in a trace that sampling leaves out and that the tail may keep.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) taken: Taken,
    pub(super) trace: TraceId,
    pub(super) rescued: Arc<Rescued>,
}

impl Slot {
    /// So long one is waited for, in nanoseconds: the time that a tail has for its decision unless it is
    /// given another.
    const PATIENCE: u64 = 30_000_000_000;

    /// Has a measurement wait for what becomes of its trace, unless there is one that does.
    pub(super) fn wait(&mut self, open: Open) {
        let before = self.open.as_ref().map(|open| open.taken.unix_nanos);
        let is_free =
            before.is_none_or(|before| open.taken.unix_nanos.abs_diff(before) > Self::PATIENCE);
        if is_free {
            self.open = Some(open);
        }
    }

    /// The exemplar, which is the one that waited if its trace was kept meanwhile.
    pub(super) fn read(&mut self) -> Option<Exemplar> {
        if let Some(open) = self.open.take_if(|open| open.rescued.has(open.trace))
            && self.taken.as_ref().is_none_or(|it| it.unix_nanos <= open.taken.unix_nanos)
        {
            self.taken = Some(open.taken);
        }
        self.taken.as_ref().map(|taken| Exemplar {
            value: taken.value,
            time_unix_nanos: taken.unix_nanos,
            trace_id: taken.span.map(|(trace_id, _)| trace_id),
            span_id: taken.span.map(|(_, span_id)| span_id),
        })
    }
}
