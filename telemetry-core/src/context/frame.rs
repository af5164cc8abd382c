#[cfg(feature = "tracing")]
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{Baggage, FrameArc, SpanContext};
use crate::attribute::Value;
#[cfg(feature = "tracing")]
use crate::bridge::tracing::mirror::Mirror;
use crate::clock::LocalClock;
use crate::pipeline::Ring;
use crate::sampling::Rescued;
use crate::semconv;
use crate::span::AttributeBuffer;

/// What a [`Context`](super::Context) points to.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) span: SpanContext,
    pub(crate) baggage: Baggage,
    /// The ring of the thread that made the context, which knows the pipeline. Going through the
    /// ring instead of the pipeline keeps the reference count that every span touches on a cache
    /// line of its own thread.
    pub(crate) home: Option<Arc<Ring>>,
    /// Whether the span is recorded.
    pub(crate) recording: bool,
    /// Whether what starts here is sampled whatever the sampler says.
    pub(crate) forced: bool,
    /// The local root's clock.
    pub(crate) clock: Option<LocalClock>,
    /// The span's own frame, when this is a variant of it with other baggage.
    origin: Option<FrameArc>,
    late: Late,
}

impl Frame {
    /// A frame of these values, without a span of this process.
    pub(super) fn new(span: SpanContext, baggage: Baggage, home: Option<Arc<Ring>>) -> Self {
        Self {
            span,
            baggage,
            home,
            recording: false,
            forced: false,
            clock: None,
            origin: None,
            late: Late::default(),
        }
    }

    /// The same context for a change.
    pub(super) fn branch(of: &FrameArc) -> Self {
        let frame = Self::new(of.span.clone(), of.baggage.clone(), of.home.clone());
        let origin = Some(of.origin.as_ref().unwrap_or(of).clone());
        Self { clock: of.clock, forced: of.forced, origin, ..frame }
    }

    /// Whether a span that starts here is sampled whatever the sampler says: because somebody asked
    /// for it, or by the baggage with which `home`'s pipeline lets a caller ask.
    #[inline]
    pub(crate) fn forces_sampling(&self, home: &Ring) -> bool {
        self.forced
            || (!self.baggage.is_empty()
                && home.shared.options.forcing_baggage.as_ref().is_some_and(|(key, value)| {
                    self.baggage.get(key).is_some_and(|given| given == &**value)
                }))
    }

    /// The traces that a tail keeps of those which sampling leaves out, if this one's span is one of them.
    pub(crate) fn rescued(&self) -> Option<&Arc<Rescued>> {
        let home = self.home.as_ref().filter(|_| self.is_recording())?;
        home.shared.options.interest.rescued.as_ref()
    }

    /// Whether the span is recorded, also in a variant of its frame.
    fn is_recording(&self) -> bool {
        self.origin.as_ref().map_or(self.recording, |origin| origin.recording)
    }

    /// The present by the clock of the local root; none outside of any pipeline.
    pub(crate) fn unix_nanos(&self) -> Option<u64> {
        self.home.as_ref().map(|home| home.shared.options.ticks.unix_nanos(self.clock))
    }

    /// Makes this the frame of a span of another process.
    pub(super) fn set_remote(&mut self, span: SpanContext) {
        self.span = SpanContext { remote: true, ..span };
        self.clock = None;
        self.origin = None;
    }

    /// Empties the frame of an earlier span, keeping what is likely to be the same.
    #[inline]
    pub(crate) fn recycle(&mut self) {
        (self.span.remote, self.span.debug) = (false, false);
        if self.span.trace_state.is_some() {
            self.span.trace_state = None;
        }
        if self.origin.is_some() {
            self.origin = None;
        }
        if !self.baggage.is_empty() {
            self.baggage = Baggage::default();
        }
        if *self.late.present.get_mut() != 0 {
            self.forget_what_is_late();
        }
    }

    #[cold]
    #[inline(never)]
    fn forget_what_is_late(&mut self) {
        self.late = Late::default();
    }

    /// Copies the baggage that `home`'s pipeline has a list of to attributes that aren't set.
    #[inline]
    pub(crate) fn baggage_attributes(&self, home: &Ring, attributes: &mut AttributeBuffer) {
        if !self.baggage.is_empty() {
            let listed = &home.shared.options.baggage_attributes;
            let mut set = |(key, value)| attributes.set_if_absent(key, Value::Str(value));
            self.baggage.listed(listed).for_each(&mut set);
        }
    }

    /// Sets the id of the request that the work is done for, where the baggage has it and it looks like
    /// one: 1 to 128 visible ASCII characters.
    #[inline]
    pub(crate) fn request_id(&self, attributes: &mut AttributeBuffer) {
        if !self.baggage.is_empty() {
            let id = self.baggage.get(semconv::telemetry::REQUEST_ID);
            let is_id = |id: &&str| {
                (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
            };
            if let Some(id) = id.filter(is_id) {
                attributes.set_if_absent(semconv::telemetry::REQUEST_ID, Value::Str(id));
            }
        }
    }

    /// Sets an attribute on the frame's span from code that doesn't own the span.
    pub(crate) fn set_late(&self, key: &str, value: Value<'_>) {
        if let Some(origin) = &self.origin {
            return origin.set_late(key, value);
        }
        if self.recording {
            let mut attributes =
                self.late.attributes.lock().unwrap_or_else(PoisonError::into_inner);
            let attributes = attributes.get_or_insert_with(|| {
                let mut attributes = AttributeBuffer::new();
                if let Some(home) = &self.home {
                    attributes.limit(home.shared.options.limits.spans);
                }
                attributes
            });
            attributes.set(key, value);
            self.late.present.fetch_or(Late::ATTRIBUTES, Ordering::Release);
        }
    }

    /// Whether there is something to take from the frame now that its span ends: what was set by
    /// [`Frame::set_late`], or a mirror.
    #[inline]
    pub(crate) fn has_late(&self) -> bool {
        self.late.present.load(Ordering::Acquire) != 0
    }

    /// What was set by [`Frame::set_late`], now that the span ends.
    #[cold]
    pub(crate) fn take_late(&self) -> Option<AttributeBuffer> {
        // What is present stays so: it is what a frame that is used again is emptied by.
        self.late.attributes.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Gives the frame's span, which has just started, a mirror.
    #[cfg(feature = "tracing")]
    pub(crate) fn set_mirror(&self, mirror: Mirror) {
        self.late.present.fetch_or(Late::MIRROR, Ordering::Release);
        // There is none yet.
        let _ = self.late.mirror.set(Box::new(mirror));
    }

    /// The mirror of the frame's span.
    #[cfg(feature = "tracing")]
    pub(crate) fn mirror(&self) -> Option<&Mirror> {
        let own = self.origin.as_deref().unwrap_or(self);
        own.late.mirror.get().map(|mirror| &**mirror)
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self::new(SpanContext::INVALID, Baggage::default(), None)
    }
}

/// What few spans have: attributes that were set on the current span by code that doesn't own it, and
/// what stands for the span in `tracing`. Rare, hence the lock; the flags spare every other span from
/// looking.
#[derive(Debug, Default)]
struct Late {
    present: AtomicU8,
    attributes: Mutex<Option<AttributeBuffer>>,
    #[cfg(feature = "tracing")]
    mirror: OnceLock<Box<Mirror>>,
}

impl Late {
    const ATTRIBUTES: u8 = 1;
    #[cfg(feature = "tracing")]
    const MIRROR: u8 = 2;
}
