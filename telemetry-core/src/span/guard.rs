use std::borrow::Cow;
use std::mem;
use std::time::Duration;

use super::Status;
use super::active::Place;
use super::begin::{Above, begin};
use super::draft::Draft;
use super::times::Times;
use crate::attribute::{Key, Value};
use crate::clock::Ticks;
use crate::context::{Context, Entered, FrameArc};
use crate::pipeline::{Signal, with_local};

/// An operation under way. Whoever carries the operation out owns the span; it ends exactly once, by
/// [`Span::end`] or when it is dropped, on whatever thread that happens.
///
/// It is current only inside a closure, [`Span::in_scope`]; a future that owns a span wraps each poll
/// in it. Without a pipeline all of this does nothing, and what was current stays the parent.
///
/// ```
/// use telemetry_core::span;
///
/// let mut span = span!("order.place", "order.id" = 17).start();
/// span.in_scope(|| { /* spans that start here are its children */ });
/// span.set("order.lines", 3);
/// span.end();
/// ```
///
/// No guard makes a span current, for guards can be dropped out of order and held across an `.await`:
///
/// ```compile_fail,E0599
/// # use telemetry_core::span;
/// let span = span!("order.place").start();
/// let entered = span.enter();
/// ```
///
/// ```compile_fail,E0599
/// # use telemetry_core::span;
/// let span = span!("order.place").start();
/// let entered = span.context().enter();
/// ```
#[derive(Debug)]
pub struct Span {
    pub(super) context: Context,
    pub(super) started: Ticks,
    /// Of a span that is recorded.
    pub(super) recording: Option<Box<Draft>>,
    /// Whether there is a pipeline that counts the span.
    pub(super) counted: bool,
    /// Among the active spans.
    pub(super) place: Place,
}

impl Span {
    /// Starts a span beneath `parent`, or as a root in `parent`'s pipeline; now, unless it is said
    /// when.
    #[inline]
    pub(super) fn start(
        mut draft: Box<Draft>,
        parent: Option<&FrameArc>,
        root: bool,
        started: Option<Ticks>,
        describe: impl FnOnce(&mut Draft),
    ) -> Self {
        let above = parent.map(|frame| &**frame);
        let begun = with_local(|local| {
            let global;
            let home = match above.and_then(|frame| frame.home.as_ref()) {
                Some(home) => home,
                None => {
                    global = local.lend_global_ring()?;
                    &global
                }
            };
            Some(begin(local, home, Above { frame: above, root }, started, &mut draft, describe))
        });
        let Some((frame, started)) = begun.flatten() else {
            return Self::passing_through(parent, draft);
        };
        let place = Place::of(&frame, &draft, started);
        draft.announce(&frame, started);
        #[cfg(feature = "tracing")]
        draft.mirror(&frame, parent, root);
        let recording = if frame.recording {
            if let Some(home) = &frame.home {
                let limits = &home.shared.options.limits;
                draft.attributes_mut().limit(limits.spans);
                if let Some(links) = &mut draft.links {
                    links.limit(limits.links);
                }
            }
            Some(draft)
        } else {
            with_local(|local| local.keep_draft(draft));
            None
        };
        Self { context: Context(Some(frame)), started, recording, counted: true, place }
    }

    /// A span that nobody records: the parent stays what it was.
    #[cold]
    fn passing_through(parent: Option<&FrameArc>, draft: Box<Draft>) -> Self {
        with_local(|local| local.keep_draft(draft));
        Self {
            context: Context(parent.cloned()),
            started: Ticks::NONE,
            recording: None,
            counted: false,
            place: Place::NONE,
        }
    }

    /// Whether what is set here will be seen by anybody.
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.recording.is_some()
    }

    /// Sets an attribute, replacing an earlier value of the same key. Beyond the [`Limits`](crate::Limits)
    /// they are left out and counted in the record.
    #[inline]
    pub fn set<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        if let Some(recording) = &mut self.recording {
            recording.attributes.set(key, value.into());
        }
    }

    /// Sets several attributes, each key's to the value at the same place; what has no partner is left
    /// out. Cheaper than one by one, and without a copy of the key's text in the code.
    #[inline]
    pub fn set_all(&mut self, keys: &[Key], values: &[Value<'_>]) {
        if let Some(recording) = &mut self.recording {
            recording.attributes.set_all(keys, values);
        }
    }

    /// Renames the span, as when a route is known only at the end.
    pub fn set_name(&mut self, name: impl Into<Cow<'static, str>>) {
        if let Some(recording) = &mut self.recording {
            recording.identity.name = name.into();
            self.rename_in_list();
        }
    }

    /// The record in the making, for bridges; none of a span that isn't recorded.
    #[cfg(feature = "tracing")]
    pub(crate) fn draft_mut(&mut self) -> Option<&mut Draft> {
        self.recording.as_deref_mut()
    }

    /// Sets the status.
    pub fn set_status(&mut self, status: Status) {
        if let Some(recording) = &mut self.recording {
            recording.status = status;
        }
    }

    /// The context in which the span is current, to be carried elsewhere.
    #[inline]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Runs `work` with the span current on the calling thread.
    #[inline]
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        self.context.in_scope(work)
    }

    /// Runs `work` with the span current, as [`Span::in_scope`] does, and lends the context instead of
    /// cloning it: for a future that owns a span and is polled often.
    ///
    /// ```
    /// use telemetry_core::{Context, span};
    ///
    /// let mut span = span!("order.place").start();
    /// let trace = span.context().trace_id();
    /// assert_eq!(span.lent(|| Context::current().trace_id()), trace);
    /// assert_eq!(span.context().trace_id(), trace);
    /// ```
    #[inline]
    pub fn lent<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let entered = Entered::enter(mem::take(&mut self.context));
        let lent = Lent { span: self, entered: Some(entered) };
        let result = work();
        lent.leave();
        result
    }

    /// How long the span has been running, by its own monotonic clock; zero without a pipeline, where
    /// nobody needs it and the clock isn't read.
    #[inline]
    pub fn elapsed(&self) -> Duration {
        if !self.counted {
            return Duration::ZERO;
        }
        let times = self.context.0.as_deref().map(|frame| Times::until_now(frame, self.started));
        Duration::from_nanos(times.unwrap_or_default().nanos())
    }

    /// Ends the span and returns the duration that its record carries; zero without a pipeline.
    #[inline]
    pub fn end(mut self) -> Duration {
        Duration::from_nanos(self.finish())
    }

    /// Ends the span and shows `measure` the duration that its record carries, together with the span's
    /// context: what is entered in a histogram there may have the span as its exemplar.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, Scope, span};
    ///
    /// static SCOPE: Scope = Scope::new("my-queue-client", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let duration = pipeline.meter(&SCOPE).histogram("queue.send.duration").unit("s").build();
    /// let span = pipeline.scoped(|| span!("send").start());
    /// span.end_with(|took, context| duration.record_in(took.as_secs_f64(), &[], context));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn end_with<R>(mut self, measure: impl FnOnce(Duration, &Context) -> R) -> R {
        self.finish_with(None, |nanos, context| measure(Duration::from_nanos(nanos), context))
    }

    /// Sets an attribute on the span that is current, from code that doesn't own it.
    ///
    /// ```
    /// use telemetry_core::{Span, span};
    ///
    /// span!("order.place").in_scope(|| Span::current_set("order.total", 129.5));
    /// ```
    pub fn current_set<'v>(key: &str, value: impl Into<Value<'v>>) {
        Context::with_current(|frame| {
            if let Some(frame) = frame {
                frame.set_late(key, value.into());
            }
        });
    }

    /// Ends the span, if it hasn't ended, and gives its nanoseconds.
    #[inline]
    fn finish(&mut self) -> u64 {
        self.finish_with(None, |nanos, _| nanos)
    }

    /// Ends a span that isn't recorded: nobody asks how long it took, so the clock isn't read.
    #[inline]
    fn leave(&mut self) {
        let counted = mem::take(&mut self.counted);
        if let Some(frame) = self.context.0.take().filter(|_| counted) {
            self.place.leave(&frame);
            count_sampled_out(frame);
        }
    }

    /// Ends the span now, unless it is said when, if it hasn't ended.
    #[inline]
    pub(super) fn finish_with<R>(
        &mut self,
        at: Option<Times>,
        measure: impl FnOnce(u64, &Context) -> R,
    ) -> R {
        let counted = mem::take(&mut self.counted);
        let Some(frame) = self.context.0.as_deref().filter(|_| counted) else {
            return measure(0, &self.context);
        };
        let times = at.unwrap_or_else(|| Times::until_now(frame, self.started));
        let result = measure(times.nanos(), &self.context);
        if let Some(frame) = self.context.0.take() {
            self.place.leave(&frame);
            match self.recording.take() {
                Some(recording) => recording.submit(frame, times),
                None => count_sampled_out(frame),
            }
        }
        result
    }
}

/// A span whose context is its thread's current one until this is left.
struct Lent<'a> {
    span: &'a mut Span,
    entered: Option<Entered>,
}

impl Lent<'_> {
    #[inline(always)]
    fn leave(mut self) {
        self.end();
        // As with what is entered: dropping is for panics.
        mem::forget(self);
    }

    #[inline(always)]
    fn end(&mut self) {
        if let Some(entered) = self.entered.take() {
            self.span.context = entered.leave();
        }
    }
}

impl Drop for Lent<'_> {
    #[cold]
    #[inline(never)]
    fn drop(&mut self) {
        self.end();
    }
}

impl Drop for Span {
    #[inline]
    fn drop(&mut self) {
        if self.recording.is_some() {
            self.finish();
        } else {
            self.leave();
        }
    }
}

#[inline]
fn count_sampled_out(frame: FrameArc) {
    // Nobody records what was set; what stands for the span elsewhere ends with it.
    #[cfg(feature = "tracing")]
    if frame.has_late()
        && let Some(mirror) = frame.mirror()
    {
        mirror.close();
    }
    let mut left_out = Some(frame);
    with_local(|local| {
        if let Some(frame) = left_out.take() {
            if let Some(home) = &frame.home {
                local.count_sampled_out(home, Signal::Spans);
            }
            local.keep_frame(frame);
        }
    });
    // The thread's own storage is gone.
    if let Some(home) = left_out.and_then(|frame| frame.home.clone()) {
        home.shared.with_overflow(|ring| ring.count_sampled_out(Signal::Spans));
    }
}
