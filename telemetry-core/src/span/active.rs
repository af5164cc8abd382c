use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::active_slab::Slab;
use super::active_slot::{Entry, Reading};
use super::draft::Draft;
use super::{Span, SpanKind};
use crate::clock::{TickSource, Ticks};
use crate::context::{Frame, SpanId, TraceId};
use crate::scope::Scope;
use crate::sync::lock;

/// A span that is under way, as [`Pipeline::active_spans`](crate::Pipeline::active_spans) finds it.
///
/// ```
/// use telemetry_core::{Pipeline, span};
///
/// let pipeline = Pipeline::builder().build()?;
/// let held = pipeline.scoped(|| span!("order.place").start());
/// for span in &pipeline.active_spans() {
///     println!("{} for {:?}, in trace {}", span.name, span.age, span.trace_id);
/// }
/// held.end();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ActiveSpan {
    /// The name so far, of which the first 48 bytes are known.
    pub name: String,
    /// The role.
    pub kind: SpanKind,
    /// How long it has been running.
    pub age: Duration,
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The span above, here or in another process.
    pub parent_span_id: Option<SpanId>,
    /// Whether its trace is sampled.
    pub is_sampled: bool,
    /// The library that made it.
    pub scope: &'static Scope,
}

/// The spans that are under way, the oldest first.
///
/// ```
/// use telemetry_core::{Pipeline, span};
///
/// let pipeline = Pipeline::builder().build()?;
/// let held = pipeline.scoped(|| span!("order.place").start());
/// assert_eq!(pipeline.active_spans().len(), 1);
/// held.end();
/// assert!(pipeline.active_spans().is_empty());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ActiveSpans {
    spans: Vec<ActiveSpan>,
    unlisted: u64,
}

impl ActiveSpans {
    /// Spans that weren't listed since the start, for more than 8,184 of one thread were under way.
    pub fn unlisted(&self) -> u64 {
        self.unlisted
    }

    /// The spans.
    pub fn iter(&self) -> std::slice::Iter<'_, ActiveSpan> {
        self.spans.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

impl IntoIterator for ActiveSpans {
    type Item = ActiveSpan;
    type IntoIter = std::vec::IntoIter<ActiveSpan>;

    fn into_iter(self) -> Self::IntoIter {
        self.spans.into_iter()
    }
}

impl<'a> IntoIterator for &'a ActiveSpans {
    type Item = &'a ActiveSpan;
    type IntoIter = std::slice::Iter<'a, ActiveSpan>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl ActiveSpan {
    fn new(reading: Reading, now: Ticks, ticks: &TickSource) -> Self {
        Self {
            name: reading.name,
            kind: reading.kind,
            age: ticks.between(reading.started, now),
            trace_id: reading.trace_id,
            span_id: reading.span_id,
            parent_span_id: reading.parent,
            is_sampled: reading.sampled,
            scope: reading.scope,
        }
    }
}

/// The lists of a pipeline's threads.
#[derive(Debug, Default)]
pub(crate) struct ActiveLists {
    slabs: Mutex<Slabs>,
}

#[derive(Debug, Default)]
struct Slabs {
    all: Vec<Weak<Slab>>,
    /// At which number those that are gone are forgotten.
    crowded: usize,
}

impl ActiveLists {
    /// A list for another thread.
    pub(crate) fn add(&self) -> Arc<Slab> {
        let slab = Arc::default();
        let mut slabs = lock(&self.slabs);
        if slabs.all.len() >= slabs.crowded {
            slabs.all.retain(|slab| slab.strong_count() > 0);
            slabs.crowded = (slabs.all.len() * 2).max(64);
        }
        slabs.all.push(Arc::downgrade(&slab));
        slab
    }

    /// What is listed now.
    pub(crate) fn read(&self, ticks: &TickSource) -> ActiveSpans {
        let slabs: Vec<Arc<Slab>> =
            lock(&self.slabs).all.iter().filter_map(Weak::upgrade).collect();
        let now = ticks.now();
        let readings = slabs.iter().flat_map(|slab| slab.read());
        let mut spans: Vec<_> =
            readings.map(|reading| ActiveSpan::new(reading, now, ticks)).collect();
        spans.sort_by_key(|span| std::cmp::Reverse(span.age));
        ActiveSpans { spans, unlisted: slabs.iter().map(|slab| slab.unlisted()).sum() }
    }
}

/// The place of a span in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    /// Of a span that isn't listed.
    pub(super) const NONE: Self = Self(u32::MAX);

    /// Lists a span that starts, if it is one of those that are: a local root, one that a layer has
    /// made, of which the kind tells, or any.
    #[inline]
    pub(super) fn of(frame: &Frame, draft: &Draft, started: Ticks) -> Self {
        let Some(home) = &frame.home else {
            return Self::NONE;
        };
        let kind = draft.identity.kind;
        let is_inner = kind == SpanKind::Internal && draft.has_local_parent();
        if is_inner && !home.shared.options.list_all_spans {
            return Self::NONE;
        }
        let entry = Entry {
            scope: draft.identity.scope.id(),
            name: &draft.identity.name,
            kind,
            span: &frame.span,
            parent: draft.parent(),
            started,
        };
        home.active().list(&entry).map_or(Self::NONE, Self)
    }

    /// Takes the span from the list.
    #[inline]
    pub(super) fn leave(self, frame: &Frame) {
        if self != Self::NONE
            && let Some(home) = &frame.home
        {
            home.active().free(self.0);
        }
    }
}

impl Span {
    /// Says in the list what the span is called now.
    pub(super) fn rename_in_list(&self) {
        if let (Some(recording), Some(frame)) = (&self.recording, self.context.0.as_deref())
            && self.place != Place::NONE
            && let Some(home) = &frame.home
        {
            let identity = &recording.identity;
            let (scope, flags) = (identity.scope.id(), frame.span.flags);
            home.active().rename(self.place.0, scope, &identity.name, identity.kind, flags);
        }
    }
}
