//! What a piece of code runs under: [`Context`], the span that is current, its baggage and its
//! pipeline; and the ways it travels, between tasks ([`ContextExt`]) and between processes
//! ([`propagation`]).

mod baggage;
mod frame;
mod future;
mod ids;
pub mod propagation;
mod span_context;

use std::cell::Cell;
use std::mem;
use std::sync::Arc;

pub use baggage::Baggage;
pub use future::{ContextExt, InContext};
pub use ids::{SpanId, TraceId};
pub use span_context::SpanContext;

pub(crate) use frame::Frame;
pub(crate) use propagation::Propagators;

#[cfg(feature = "tracing")]
use crate::bridge::tracing::mirror;
use crate::pipeline::{Ring, with_local};

/// A frame and whoever has it. Nobody has one weakly, and `triomphe` doesn't count that: whether a frame can
/// be used again is a look at it, where the standard library's would lock the memory for each span.
pub(crate) type FrameArc = triomphe::Arc<Frame>;

/// A frame that nobody else has, as a span fills it in.
pub(crate) type OwnFrame = triomphe::UniqueArc<Frame>;

thread_local! {
    static CURRENT: Cell<Option<FrameArc>> = const { Cell::new(None) };
}

/// The span that work belongs to, its baggage and the pipeline that records it. One pointer, cheap to
/// clone, the same on every thread.
///
/// A context is current inside a closure ([`Context::in_scope`]) or a future
/// ([`ContextExt::in_context`]), never by a guard that could be dropped out of order.
///
/// ```
/// use telemetry_core::{Baggage, Context};
///
/// let context = Context::current().with_baggage(Baggage::default().with("tenant.id", "acme"));
/// context.in_scope(|| {
///     assert_eq!(Context::current().baggage().get("tenant.id"), Some("acme"));
/// });
/// assert!(Context::current().baggage().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context(pub(crate) Option<FrameArc>);

impl Context {
    /// The context of no span and no baggage, outside any pipeline but the global one.
    pub const fn none() -> Self {
        Self(None)
    }

    /// The calling thread's current context.
    #[inline]
    pub fn current() -> Self {
        Self::with_current(|frame| Self(frame.cloned()))
    }

    /// The span of this context: one of this process, or a remote parent.
    #[inline]
    pub fn span_context(&self) -> Option<&SpanContext> {
        self.0.as_deref().map(|frame| &frame.span).filter(|span| span.is_valid())
    }

    /// The trace of this context's span; also one that only a header names
    /// ([`Propagator::trace_id_header`](propagation::Propagator::trace_id_header)).
    #[inline]
    pub fn trace_id(&self) -> Option<TraceId> {
        let id = self.0.as_deref().map(|frame| frame.span.trace_id);
        id.filter(|id| *id != TraceId::INVALID)
    }

    /// The baggage.
    pub fn baggage(&self) -> &Baggage {
        static EMPTY: Baggage = Baggage::EMPTY;
        self.0.as_deref().map_or(&EMPTY, |frame| &frame.baggage)
    }

    /// This context with other baggage; the span stays.
    #[must_use]
    pub fn with_baggage(&self, baggage: Baggage) -> Self {
        self.derive(|frame| frame.baggage = baggage)
    }

    /// This context with a span of another process as the parent of what is started in it.
    #[must_use]
    pub fn with_remote(&self, span: SpanContext) -> Self {
        self.derive(|frame| frame.set_remote(span))
    }

    /// This context with everything that starts in it sampled, whatever the sampler or a remote
    /// parent says; for a request that somebody wants to see.
    ///
    /// ```
    /// use telemetry_core::{Context, Pipeline, Sampler, span, testing::Capture};
    ///
    /// let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff));
    /// capture.run(|| Context::current().with_forced_sampling().in_scope(|| {
    ///     span!("request").in_scope(|| span!("query").in_scope(|| ()));
    /// }));
    /// assert_eq!(capture.spans().len(), 2);
    /// ```
    #[must_use]
    pub fn with_forced_sampling(&self) -> Self {
        let home = self.0.as_ref().is_none_or(|frame| frame.home.is_none());
        let home = home.then(|| with_local(|local| local.global_ring()).flatten()).flatten();
        self.derive(|frame| {
            frame.forced = true;
            frame.home = frame.home.take().or(home);
        })
    }

    /// Runs `work` with this context current on the calling thread.
    #[inline]
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let entered = Entered::enter(self.clone());
        let result = work();
        entered.leave();
        result
    }

    /// Where what it points to is; tells contexts of one span apart.
    #[inline]
    pub(crate) fn place(&self) -> usize {
        self.0.as_ref().map_or(0, |frame| FrameArc::as_ptr(frame) as usize)
    }

    /// The span's id; invalid without one.
    #[cfg(feature = "tracing")]
    #[inline]
    pub(crate) fn span_id(&self) -> SpanId {
        self.0.as_deref().map_or(SpanId::INVALID, |frame| frame.span.span_id)
    }

    /// The current context's pipeline with these values from another process.
    pub(crate) fn extracted(remote: Option<SpanContext>, baggage: Baggage) -> Self {
        Self::with_current(|current| {
            if remote.is_none() && baggage.is_empty() {
                let bare = |frame: &FrameArc| !frame.span.is_valid() && frame.baggage.is_empty();
                if current.is_none_or(bare) {
                    return Self(current.cloned());
                }
            }
            let home = current.and_then(|frame| frame.home.clone());
            Self(Some(FrameArc::new(Frame::new(
                remote.unwrap_or(SpanContext::INVALID),
                baggage,
                home,
            ))))
        })
    }

    /// A context of no span whose work `home`'s pipeline records.
    pub(crate) fn of_pipeline(home: Arc<Ring>) -> Self {
        Self(Some(FrameArc::new(Frame::new(SpanContext::INVALID, Baggage::EMPTY, Some(home)))))
    }

    /// A context of this span outside any pipeline, in the memory of `self` if nobody else has it.
    pub(crate) fn of_span(mut self, span: SpanContext) -> Self {
        match self.0.as_mut().and_then(FrameArc::get_mut) {
            Some(frame) => frame.span = span,
            None => self.0 = Some(FrameArc::new(Frame::new(span, Baggage::EMPTY, None))),
        }
        self
    }

    /// Lends the current frame.
    #[inline]
    pub(crate) fn with_current<R>(look: impl FnOnce(Option<&FrameArc>) -> R) -> R {
        // While a thread ends its current context is gone; nothing is current then.
        let mut lent = Lent { frame: CURRENT.try_with(Cell::take).unwrap_or(None) };
        let result = look(lent.frame.as_ref());
        lent.put_back();
        // Dropping it is for panics.
        mem::forget(lent);
        result
    }

    /// Makes `self` current and gives back what was; `self` if the thread ends and nothing is current
    /// any more.
    #[inline(always)]
    pub(crate) fn swap(mut self) -> Self {
        let _ = CURRENT.try_with(|current| self.0 = current.replace(self.0.take()));
        self
    }

    /// Makes `self` current, what stands for it in `tracing` too, and gives back what was; until
    /// [`Context::take_back`]. At each poll of a future: the call would cost as much as what it does.
    #[inline(always)]
    fn enter(self) -> Self {
        #[cfg(feature = "tracing")]
        mirror::enter(self.0.as_deref());
        self.swap()
    }

    /// Makes what was current before [`Context::enter`] current again, and gives back the context that
    /// was entered, which is the one at `place`.
    #[inline(always)]
    fn take_back(self, place: usize) -> Self {
        let left = self.swap();
        #[cfg(feature = "tracing")]
        mirror::leave();
        if left.place() == place { left } else { left.found_instead_of(place) }
    }

    /// A span of `tracing` that was entered within is current still: it stays so until it is left, and finds
    /// then what was before both.
    #[cold]
    #[inline(never)]
    fn found_instead_of(self, place: usize) -> Self {
        let previous = self.swap();
        #[cfg(feature = "tracing")]
        if let Some(lent) = crate::bridge::tracing::give_back(place, previous) {
            return lent;
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (place, previous);
        Self::none()
    }

    fn derive(&self, change: impl FnOnce(&mut Frame)) -> Self {
        let mut frame = self.0.as_ref().map(Frame::branch).unwrap_or_default();
        change(&mut frame);
        Self(Some(FrameArc::new(frame)))
    }
}

/// The current frame while somebody looks at it; put back on drop, also when the closure panics.
struct Lent {
    frame: Option<FrameArc>,
}

impl Lent {
    #[inline(always)]
    fn put_back(&mut self) {
        if let Some(frame) = self.frame.take() {
            // Fails only where there was nothing to lend.
            let _ = CURRENT.try_with(|current| current.set(Some(frame)));
        }
    }
}

impl Drop for Lent {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        self.put_back();
    }
}

/// A context made current until this is left. Private to the crate: what users have is closures and
/// futures, so that exits can't come out of order.
pub(crate) struct Entered {
    /// Where what the context points to is.
    place: usize,
    previous: Context,
}

impl Entered {
    #[inline(always)]
    pub(crate) fn enter(context: Context) -> Self {
        let place = context.place();
        Self { place, previous: context.enter() }
    }

    /// Ends the stay and gives back the context that was entered.
    #[inline(always)]
    pub(crate) fn leave(mut self) -> Context {
        let context = self.end();
        // Nothing is left in it. Dropping it is for when the work panics: code that each poll would
        // have to jump over.
        mem::forget(self);
        context
    }

    #[inline(always)]
    fn end(&mut self) -> Context {
        mem::take(&mut self.previous).take_back(self.place)
    }
}

impl Drop for Entered {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        self.end();
    }
}
