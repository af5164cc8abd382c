use std::cell::{Cell, Ref, RefCell};
use std::sync::Arc;

use super::lent_ring::LentRing;
use super::ring::{Fate, Ring};
use super::shared::Shared;
use super::{Origin, SamplingResult, Signal, global};
use crate::context::{Frame, FrameArc, OwnFrame, SpanId, TraceId};
use crate::ids::IdGenerator;
use crate::span::Draft;

thread_local! {
    static LOCAL: Local = Local::new();
}

/// Runs `work` with the calling thread's own storage; none while that is being destroyed.
#[inline]
pub(crate) fn with_local<R>(work: impl FnOnce(&Local) -> R) -> Option<R> {
    LOCAL.try_with(work).ok()
}

/// What a thread keeps to itself, so that making a record takes no lock and no allocation: its
/// rings, its random numbers, and the buffers and frames of spans that have ended.
pub(crate) struct Local {
    ids: IdGenerator,
    /// The ring of the pipeline used last, in front of the others.
    rings: RefCell<Vec<Arc<Ring>>>,
    /// The global pipeline's ring, and the state of the global at which it was looked up.
    global: RefCell<(u64, Option<Arc<Ring>>)>,
    buffers: RefCell<Vec<Vec<u8>>>,
    frames: RefCell<Vec<OwnFrame>>,
    #[expect(clippy::vec_box, reason = "drafts are handed about as boxes")]
    drafts: RefCell<Vec<Box<Draft>>>,
    /// How sure it is, from 0 to 3, that the next span isn't recorded.
    doubt: Cell<u8>,
}

impl Local {
    /// Frames, drafts and buffers kept at the most, of each.
    const KEPT: usize = 64;
    /// Up to this size as many are kept, 64 KiB in all.
    const KEPT_SMALL: usize = 1024;
    /// Up to this size a few are kept, 32 KiB in all; what grew beyond isn't.
    const KEPT_LARGE: usize = 8 * 1024;

    fn new() -> Self {
        Self {
            ids: IdGenerator::seeded(),
            rings: RefCell::default(),
            global: RefCell::new((0, None)),
            buffers: RefCell::default(),
            frames: RefCell::default(),
            drafts: RefCell::default(),
            doubt: Cell::new(0),
        }
    }

    /// A random id.
    #[inline]
    pub(crate) fn trace_id(&self) -> TraceId {
        self.ids.trace_id()
    }

    /// A random id.
    #[inline]
    pub(crate) fn span_id(&self) -> SpanId {
        self.ids.span_id()
    }

    /// The calling thread's ring of the global pipeline; none without one.
    #[inline]
    pub(crate) fn global_ring(&self) -> Option<Arc<Ring>> {
        let state = global::state();
        let cached = self.global.borrow();
        if cached.0 == state {
            return cached.1.clone();
        }
        drop(cached);
        self.look_up_global(state)
    }

    /// The same, lent: counting who has it would lock the memory twice for each root.
    #[inline]
    pub(crate) fn lend_global_ring(&self) -> Option<LentRing<'_>> {
        let state = global::state();
        let cached = self.global.borrow();
        if cached.0 == state {
            return Ref::filter_map(cached, |(_, ring)| ring.as_ref()).ok().map(LentRing::Cached);
        }
        drop(cached);
        self.look_up_global(state).map(LentRing::Found)
    }

    /// The number of the global pipeline; none without one.
    #[inline]
    pub(crate) fn global_id(&self) -> Option<u64> {
        let state = global::state();
        let cached = self.global.borrow();
        if cached.0 == state {
            return cached.1.as_ref().map(|ring| ring.shared.id);
        }
        drop(cached);
        self.look_up_global(state).map(|ring| ring.shared.id)
    }

    #[cold]
    fn look_up_global(&self, state: u64) -> Option<Arc<Ring>> {
        let ring = global::shared().map(|shared| self.ring_of(&shared));
        // Where a span starts while another one has it lent, it is looked up again.
        let cached = self.global.try_borrow_mut();
        let before =
            cached.map(|mut cached| std::mem::replace(&mut *cached, (state, ring.clone())));
        // Last, as in `find_ring`.
        drop(before);
        ring
    }

    /// The calling thread's ring of `shared`, made at first sight.
    #[inline]
    pub(crate) fn ring_of(&self, shared: &Arc<Shared>) -> Arc<Ring> {
        if let Some(first) = self.rings.borrow().first()
            && first.shared.id == shared.id
        {
            return Arc::clone(first);
        }
        self.find_ring(shared)
    }

    #[cold]
    fn find_ring(&self, shared: &Arc<Shared>) -> Arc<Ring> {
        let mut ended = Vec::new();
        let mut rings = self.rings.borrow_mut();
        match rings.iter().position(|ring| ring.shared.id == shared.id) {
            Some(place) => rings.swap(0, place),
            None => {
                // The rings of pipelines that have ended are let go of here.
                ended.extend(rings.extract_if(.., |ring| ring.shared.is_stopped()));
                rings.insert(0, shared.new_ring());
            }
        }
        let found = Arc::clone(&rings[0]);
        drop(rings);
        // Last, for what goes with a pipeline may be the program's own and make spans.
        ended.iter().for_each(|ring: &Arc<Ring>| ring.retire());
        found
    }

    /// Writes a record to the calling thread's ring of `home`'s pipeline.
    #[inline]
    pub(crate) fn push(
        &self,
        home: &Ring,
        fate: Fate,
        length: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        self.with_ring(home, |ring| ring.push(fate, length, write));
    }

    /// Does `work` with the calling thread's ring of `home`'s pipeline.
    #[inline]
    fn with_ring(&self, home: &Ring, work: impl FnOnce(&Ring)) {
        let rings = self.rings.borrow();
        match rings.first() {
            Some(first) if first.shared.id == home.shared.id => work(first),
            _ => {
                drop(rings);
                work(&self.ring_of(&home.shared));
            }
        }
    }

    /// Counts a span that starts.
    #[inline]
    pub(crate) fn count_started(&self, home: &Ring, origin: Origin, result: SamplingResult) {
        self.with_ring(home, |ring| ring.count_started(origin, result));
    }

    /// Counts a record that the sampler left out.
    #[inline]
    pub(crate) fn count_sampled_out(&self, home: &Ring, signal: Signal) {
        self.with_ring(home, |ring| ring.count_sampled_out(signal));
    }

    /// A buffer, with what is left of an earlier record.
    #[inline]
    pub(crate) fn take_buffer(&self) -> Vec<u8> {
        self.buffers.borrow_mut().pop().unwrap_or_default()
    }

    /// Keeps a buffer for the next record.
    #[inline]
    pub(crate) fn keep_buffer(&self, buffer: Vec<u8>) {
        let mut buffers = self.buffers.borrow_mut();
        if buffers.len() < Self::kept(buffer.capacity()) {
            buffers.push(buffer);
        }
    }

    /// A draft, with what is left of an earlier span.
    #[inline]
    pub(crate) fn take_draft(&self) -> Box<Draft> {
        let mut draft = self.drafts.borrow_mut().pop().unwrap_or_default();
        draft.is_doubtful = self.doubt.get() > 1;
        draft
    }

    /// Remembers whether a span is recorded, as processors do with branches: one exception doesn't change
    /// what is expected.
    #[inline]
    pub(crate) fn note_recording(&self, is_recording: bool) {
        let doubt = self.doubt.get();
        let doubt = if is_recording { doubt.saturating_sub(1) } else { (doubt + 1).min(3) };
        self.doubt.set(doubt);
    }

    /// Keeps a draft for the next span.
    #[inline]
    pub(crate) fn keep_draft(&self, mut draft: Box<Draft>) {
        let mut drafts = self.drafts.borrow_mut();
        if drafts.len() < Self::kept(draft.capacity()) {
            draft.recycle();
            drafts.push(draft);
        }
    }

    /// Up to how many are kept of a thing of so many bytes.
    #[inline]
    fn kept(bytes: usize) -> usize {
        if bytes <= Self::KEPT_SMALL {
            Self::KEPT
        } else if bytes <= Self::KEPT_LARGE {
            Self::KEPT / 16
        } else {
            0
        }
    }

    /// A frame that nobody else has, with what is left of an earlier span.
    #[inline]
    pub(crate) fn take_frame(&self) -> OwnFrame {
        self.frames.borrow_mut().pop().unwrap_or_else(new_frame)
    }

    /// Keeps a frame for the next span, if it isn't in use elsewhere.
    #[inline]
    pub(crate) fn keep_frame(&self, frame: FrameArc) {
        let mut frames = self.frames.borrow_mut();
        if frames.len() < Self::KEPT
            && let Ok(frame) = FrameArc::try_unique(frame)
        {
            frames.push(frame);
        }
    }
}

#[cold]
fn new_frame() -> OwnFrame {
    OwnFrame::new(Frame::default())
}

impl Drop for Local {
    fn drop(&mut self) {
        for ring in self.rings.get_mut() {
            ring.retire();
        }
    }
}
