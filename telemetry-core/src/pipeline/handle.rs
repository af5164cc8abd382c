use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(any(feature = "log", feature = "tracing"))]
use super::own_thread;
use super::ring::Ring;
use super::shared::{Shared, may_exist};
use super::{AlreadyInstalled, Ledger, Options, PipelineBuilder, global, with_local};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes};
use crate::clock::deadline_in;
use crate::context::{Context, Entered, FrameArc, Propagators, TraceId};
use crate::handler::{AttachError, Occurrence, On};
use crate::metric::{Meter, MetricSnapshot};
use crate::notice::Notice;
use crate::resource::Resource;
use crate::sampling::Candidate;
use crate::scope::Scope;
use crate::span::{ActiveSpans, SpanKind};
use crate::sync::lock;

/// The engine that records: rings, collector, sinks and metrics. A handle, cheap to clone.
///
/// Most programs have one, installed globally by `telemetry_export::init!`; tests have one each.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::{Pipeline, span};
///
/// let pipeline = Pipeline::builder().build()?;
/// pipeline.scoped(|| span!("work").in_scope(|| { /* … */ }));
/// pipeline.shutdown(Duration::from_secs(5));
/// assert_eq!(pipeline.ledger().spans.ended, 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// The ring of the thread that the handle is from. Going through it keeps the reference count
    /// that handles touch on a cache line of that thread.
    home: Arc<Ring>,
}

impl Pipeline {
    /// Configures a pipeline.
    pub fn builder() -> PipelineBuilder {
        PipelineBuilder::new()
    }

    /// The handle of whoever built the pipeline, with a ring that nobody writes to.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { home: Arc::new(Ring::new(shared)) }
    }

    /// The pipeline of this ring.
    #[inline]
    pub(crate) fn of_ring(home: Arc<Ring>) -> Self {
        Self { home }
    }

    /// The formats in which context travels.
    pub fn propagators(&self) -> &Propagators {
        &self.options().propagators
    }

    pub(crate) fn options(&self) -> &Options {
        &self.shared().options
    }

    /// What the sampler decides on a trace that begins here.
    pub(crate) fn samples_root(&self, trace_id: TraceId) -> bool {
        let candidate = Candidate {
            parent: None,
            trace_id,
            scope: "",
            name: "",
            kind: SpanKind::Internal,
            attributes: Attributes::new(&[], ATTRIBUTE_FIELD),
        };
        let decision = self.shared().sampler.decide(&candidate);
        self.shared().detail.lower(decision, None, trace_id).keeps()
    }

    #[inline]
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.home.shared
    }

    /// The pipeline of the present work: the current context's, else the global one; none without
    /// initialisation.
    #[inline]
    pub fn current() -> Option<Self> {
        if !may_exist() {
            return None;
        }
        let scoped = Context::with_current(|frame| frame.and_then(|frame| frame.home.clone()));
        scoped.or_else(|| with_local(|local| local.global_ring()).flatten()).map(Self::of_ring)
    }

    /// The [`id`](Self::id) of the present work's pipeline, found without touching a reference count:
    /// for layers that keep what belongs to a pipeline in a table of their own.
    ///
    /// ```
    /// use telemetry_core::Pipeline;
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// assert_eq!(Pipeline::current_id(), None);
    /// pipeline.scoped(|| assert_eq!(Pipeline::current_id(), Some(pipeline.id())));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn current_id() -> Option<u64> {
        if !may_exist() {
            return None;
        }
        let home = |frame: Option<&FrameArc>| Some(frame?.home.as_ref()?.shared.id);
        Context::with_current(home).or_else(|| with_local(|local| local.global_id()).flatten())
    }

    /// Whether there is a pipeline for what bridges bring of the present work.
    #[cfg(any(feature = "log", feature = "tracing"))]
    #[inline]
    pub(crate) fn is_current() -> bool {
        Context::with_current(Self::is_of)
    }

    /// Whether there is a pipeline for what bridges bring of work in this context.
    #[cfg(any(feature = "log", feature = "tracing"))]
    #[inline]
    pub(crate) fn is_of(frame: Option<&FrameArc>) -> bool {
        let scoped = frame.is_some_and(|frame| frame.home.is_some());
        let global = || with_local(|local| local.global_id().is_some()).unwrap_or(false);
        !own_thread::is_marked() && (scoped || global())
    }

    /// Whether the calling thread is one of telemetry's own.
    #[cfg(feature = "tracing")]
    pub(crate) fn is_own_thread() -> bool {
        own_thread::is_marked()
    }

    /// Makes this the pipeline of all work that isn't scoped to another.
    ///
    /// # Errors
    ///
    /// [`AlreadyInstalled`] when there is one that hasn't been shut down.
    pub fn install_global(&self) -> Result<(), AlreadyInstalled> {
        global::install(self.shared())
    }

    /// Runs `work` with this pipeline for everything that it starts on the calling thread, outside
    /// any span that is current now.
    pub fn scoped<R>(&self, work: impl FnOnce() -> R) -> R {
        let entered = Entered::enter(self.context());
        let result = work();
        entered.leave();
        result
    }

    /// A context of no span whose work this pipeline records; for futures, with
    /// [`ContextExt::in_context`](crate::ContextExt::in_context).
    pub fn context(&self) -> Context {
        with_local(|local| local.ring_of(self.shared()))
            .map_or_else(Context::none, Context::of_pipeline)
    }

    /// What the telemetry is about.
    pub fn resource(&self) -> &Resource {
        &self.shared().resource
    }

    /// Makes instruments under `scope`.
    pub fn meter(&self, scope: &'static Scope) -> Meter {
        Meter::new(Arc::clone(&self.shared().registry), scope)
    }

    /// All metrics as they stand. Waits for observable instruments, for the
    /// [observation timeout](PipelineBuilder::observation_timeout) at the most.
    pub fn metrics(&self) -> MetricSnapshot {
        self.shared().registry.snapshot(None, None)
    }

    /// Lets go of the series of all instruments that nobody has written to for `older_than`, and of
    /// their memory; gives their number. What a series counted is gone from the sums since the start;
    /// if it comes back it counts from zero, with a start of its own.
    ///
    /// Kept are series that a handle is bound to, up-down counters that aren't at zero, and those
    /// whose last values some sink that takes metrics doesn't know yet. A thread gives back what it
    /// keeps of a series when it next looks up attributes, or ends. How long a series has been idle is
    /// known from when metrics were read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_core::{Pipeline, Scope};
    ///
    /// static SCOPE: Scope = Scope::new("shop", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let sent = pipeline.meter(&SCOPE).counter("shop.sent").build();
    /// sent.add(1, &[("session.id", 17.into())]);
    /// assert_eq!(pipeline.expire_series(Duration::from_secs(3600)), 0);
    /// assert_eq!(pipeline.expire_series(Duration::ZERO), 1);
    /// assert!(pipeline.metrics().metric("shop.sent").is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn expire_series(&self, older_than: Duration) -> usize {
        self.shared().registry.expire_series(older_than)
    }

    /// What the pipeline has noticed so far that somebody should know, each once.
    pub fn notices(&self) -> Vec<Notice> {
        self.shared().registry.notices()
    }

    /// The spans that are under way: local roots and those of layers (of another kind than internal),
    /// or all of them ([`PipelineBuilder::list_all_spans`]). Takes no lock that a span would wait for;
    /// one that starts, ends or is renamed at this very moment may be missing.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, span};
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let span = pipeline.scoped(|| span!("import").start());
    /// for span in pipeline.active_spans() {
    ///     println!("{} since {:?}", span.name, span.age);
    /// }
    /// # assert_eq!(pipeline.active_spans().len(), 1);
    /// span.end();
    /// assert!(pipeline.active_spans().is_empty());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn active_spans(&self) -> ActiveSpans {
        self.shared().active.read(&self.shared().options.ticks)
    }

    /// Attaches a handler: it is called for all that `on` names, on a thread of its own, until it is
    /// detached or the pipeline is shut down; see [`handler`](crate::handler).
    ///
    /// # Errors
    ///
    /// [`AttachError`] when the id is taken, a name makes no sense, or there can't be another handler.
    pub fn attach(
        &self,
        id: &str,
        on: impl IntoIterator<Item = On>,
        handler: impl FnMut(&Occurrence<'_>) + Send + 'static,
    ) -> Result<(), AttachError> {
        self.options().interest.handlers.attach(id, on, handler)
    }

    /// Detaches the handler of this id, if there is one; whether there was. What waits for it is
    /// dropped; a call under way goes on.
    pub fn detach(&self, id: &str) -> bool {
        self.options().interest.handlers.detach(id)
    }

    /// Tells pipelines apart: a number that no other pipeline of the process has or will have.
    #[inline]
    pub fn id(&self) -> u64 {
        self.shared().id
    }

    /// Waits until the collector has been through all rings, `timeout` at the most: views and the tail have
    /// then seen all that had ended before. Whether they have. It blocks; whoever reads metrics that views
    /// make asks for it first, lest they lag by a sweep's interval.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_core::{Pipeline, span, view};
    ///
    /// let view = view::counter("shop.orders").of_span("order.place");
    /// let pipeline = Pipeline::builder().view(view).build()?;
    /// pipeline.scoped(|| span!("order.place").in_scope(|| ()));
    /// assert!(pipeline.sweep(Duration::from_secs(5)));
    /// assert!(pipeline.metrics().metric("shop.orders").is_some());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn sweep(&self, timeout: Duration) -> bool {
        self.sweep_by(deadline_in(timeout))
    }

    /// Waits until all that has ended so far is swept and the sinks have delivered it, `timeout` at
    /// the most. May be called on any thread, in or out of any async runtime; it blocks.
    pub fn flush(&self, timeout: Duration) -> FlushReport {
        let deadline = deadline_in(timeout);
        let swept = self.sweep_by(deadline);
        let sinks = &self.shared().sinks;
        let flushes: Vec<u64> = sinks.iter().map(|sink| sink.request_flush(deadline)).collect();
        let waiting = sinks.iter().zip(flushes);
        let late = waiting.filter(|(sink, flush)| !sink.wait_for_flush(*flush, deadline)).count();
        let late_handlers = self.options().interest.handlers.flush(deadline);
        FlushReport { swept, late_sinks: late, late_handlers }
    }

    /// Takes no more records, delivers what there is and ends the threads, `timeout` at the most.
    /// May be called on any thread, in or out of any async runtime, twice, and while the thread
    /// panics. A global pipeline makes way for another.
    pub fn shutdown(&self, timeout: Duration) -> FlushReport {
        let deadline = deadline_in(timeout);
        global::remove(self.shared());
        // The other half is the sinks'.
        self.shared().stop(deadline - deadline.saturating_duration_since(Instant::now()) / 2);
        let swept = self.sweep_by(deadline);
        let sinks = &self.shared().sinks;
        sinks.iter().for_each(|sink| sink.request_stop(deadline));
        // A moment beyond the deadline for the threads to say that they met it.
        let patience = deadline + Duration::from_millis(100);
        let late = sinks.iter().filter(|sink| !sink.wait_for_end(patience)).count();
        let late_handlers = self.options().interest.handlers.shut_down(patience);
        self.shared().registry.wait_for_notices(deadline);
        FlushReport { swept, late_sinks: late, late_handlers }
    }

    /// Where every record went so far.
    pub fn ledger(&self) -> Ledger {
        self.shared().ledger()
    }

    /// Waits for a whole sweep that begins after this call.
    fn sweep_by(&self, deadline: Instant) -> bool {
        let sweeps = &self.shared().sweeps;
        let mut state = lock(&sweeps.state);
        state.requested += 1;
        state.until = state.until.max(Some(deadline));
        let mine = state.requested;
        if let Some(collector) = self.shared().collector.get() {
            collector.unpark();
        }
        while state.completed < mine && !state.ended {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return false;
            };
            let waited = sweeps.done.wait_timeout(state, left);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        !state.has_left_some
    }
}

/// What a flush or a shutdown reached within its time.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::Pipeline;
///
/// let pipeline = Pipeline::builder().build()?;
/// let report = pipeline.flush(Duration::from_secs(60));
/// if !report.is_complete() {
///     eprintln!("{} sinks need longer: {}", report.late_sinks, pipeline.ledger());
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "says whether everything was delivered in time"]
#[non_exhaustive]
pub struct FlushReport {
    /// Whether the collector swept all rings in time.
    pub swept: bool,
    /// Sinks that weren't done in time.
    pub late_sinks: usize,
    /// Handlers that weren't done in time.
    pub late_handlers: usize,
}

impl FlushReport {
    /// Whether everything was done in time.
    pub fn is_complete(self) -> bool {
        self.swept && self.late_sinks == 0 && self.late_handlers == 0
    }
}
