use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::ring::Ring;
use super::shared::Shared;
use super::{Signal, global};
use crate::context::{Frame, SpanId, TraceId};
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
#[derive(Debug)]
pub(crate) struct Local {
    ids: IdGenerator,
    /// The ring of the pipeline used last, in front of the others.
    rings: RefCell<Vec<Arc<Ring>>>,
    /// The global pipeline's ring, and the state of the global at which it was looked up.
    global: RefCell<(u64, Option<Arc<Ring>>)>,
    buffers: RefCell<Vec<Vec<u8>>>,
    frames: RefCell<Vec<Arc<Frame>>>,
    #[expect(clippy::vec_box, reason = "drafts are handed about as boxes")]
    drafts: RefCell<Vec<Box<Draft>>>,
    kept_bytes: Cell<usize>,
}

impl Local {
    /// Frames and buffers kept at the most.
    const KEPT: usize = 64;
    /// A buffer that grew beyond this isn't kept.
    const KEPT_BUFFER: usize = 8 * 1024;
    /// Bytes of all kept buffers.
    const KEPT_BYTES: usize = 32 * 1024;

    fn new() -> Self {
        Self {
            ids: IdGenerator::seeded(),
            rings: RefCell::default(),
            global: RefCell::new((0, None)),
            buffers: RefCell::default(),
            frames: RefCell::default(),
            drafts: RefCell::default(),
            kept_bytes: Cell::new(0),
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

    #[cold]
    fn look_up_global(&self, state: u64) -> Option<Arc<Ring>> {
        let ring = global::shared().map(|shared| self.ring_of(&shared));
        *self.global.borrow_mut() = (state, ring.clone());
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
        let mut rings = self.rings.borrow_mut();
        match rings.iter().position(|ring| ring.shared.id == shared.id) {
            Some(place) => rings.swap(0, place),
            None => {
                // The rings of pipelines that have ended are let go of here.
                rings.retain(|ring| {
                    let ended = ring.shared.is_stopped();
                    if ended {
                        ring.retire();
                    }
                    !ended
                });
                rings.insert(0, shared.new_ring());
            }
        }
        Arc::clone(&rings[0])
    }

    /// Writes a record to the calling thread's ring of `home`'s pipeline.
    #[inline]
    pub(crate) fn push(
        &self,
        home: &Ring,
        signal: Signal,
        length: usize,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let rings = self.rings.borrow();
        match rings.first() {
            Some(first) if first.shared.id == home.shared.id => first.push(signal, length, write),
            _ => {
                drop(rings);
                self.ring_of(&home.shared).push(signal, length, write);
            }
        }
    }

    /// Counts a record that the sampler left out.
    #[inline]
    pub(crate) fn count_sampled_out(&self, home: &Ring, signal: Signal) {
        self.ring_of(&home.shared).count_sampled_out(signal);
    }

    /// An empty buffer.
    #[inline]
    pub(crate) fn take_buffer(&self) -> Vec<u8> {
        match self.buffers.borrow_mut().pop() {
            Some(buffer) => {
                self.kept_bytes.set(self.kept_bytes.get().saturating_sub(buffer.capacity()));
                buffer
            }
            None => Vec::with_capacity(256),
        }
    }

    /// Keeps a buffer for the next record.
    #[inline]
    pub(crate) fn keep_buffer(&self, mut buffer: Vec<u8>) {
        let capacity = buffer.capacity();
        let mut buffers = self.buffers.borrow_mut();
        let kept = self.kept_bytes.get() + capacity;
        if buffers.len() < Self::KEPT && capacity <= Self::KEPT_BUFFER && kept <= Self::KEPT_BYTES {
            buffer.clear();
            self.kept_bytes.set(kept);
            buffers.push(buffer);
        }
    }

    /// An empty draft.
    #[inline]
    pub(crate) fn take_draft(&self) -> Box<Draft> {
        match self.drafts.borrow_mut().pop() {
            Some(draft) => {
                self.kept_bytes.set(self.kept_bytes.get().saturating_sub(draft.capacity()));
                draft
            }
            None => Box::default(),
        }
    }

    /// Keeps a draft for the next span.
    #[inline]
    pub(crate) fn keep_draft(&self, mut draft: Box<Draft>) {
        let capacity = draft.capacity();
        let mut drafts = self.drafts.borrow_mut();
        let kept = self.kept_bytes.get() + capacity;
        if drafts.len() < Self::KEPT && capacity <= Self::KEPT_BUFFER && kept <= Self::KEPT_BYTES {
            draft.recycle();
            self.kept_bytes.set(kept);
            drafts.push(draft);
        }
    }

    /// A frame that nobody else has, with what is left of an earlier span.
    #[inline]
    pub(crate) fn take_frame(&self) -> Arc<Frame> {
        self.frames.borrow_mut().pop().unwrap_or_default()
    }

    /// Keeps a frame for the next span, if it isn't in use elsewhere.
    #[inline]
    pub(crate) fn keep_frame(&self, frame: Arc<Frame>) {
        let mut frames = self.frames.borrow_mut();
        if frames.len() < Self::KEPT && Arc::strong_count(&frame) == 1 {
            frames.push(frame);
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        for ring in self.rings.get_mut() {
            ring.retire();
        }
    }
}
