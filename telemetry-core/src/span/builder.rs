use std::borrow::Cow;
use std::future::Future;
use std::time::Duration;

use super::draft::{Draft, Identity};
use super::run::Guard;
use super::{CallSite, EncodedAttributes, Run, Span, SpanDescription, SpanKind, TryRun};
use crate::attribute::{Key, Value};
use crate::clock::Ticks;
use crate::context::{Context, SpanContext};
use crate::error::{ByType, Classify, ErrorClass};
use crate::pipeline::{Pipeline, with_local};
use crate::scope::Scope;

/// A span about to start; made by [`span!`](crate::span!) or, in a layer, by [`SpanBuilder::new`].
///
/// ```
/// use telemetry_core::{Scope, SpanBuilder, SpanKind};
///
/// static SCOPE: Scope = Scope::new("my-queue-client", "1.0.0");
///
/// let mut span = SpanBuilder::new(&SCOPE, "send orders").kind(SpanKind::Producer).start();
/// span.set("messaging.system", "my-queue");
/// span.end();
/// ```
#[derive(Debug)]
#[must_use = "a span starts with `start`, `run` or `in_scope`"]
pub struct SpanBuilder {
    draft: Box<Draft>,
    parent: Parent,
}

#[derive(Debug)]
enum Parent {
    Current,
    Given(Context),
    None,
    /// A root of the context's pipeline and baggage.
    NoneIn(Context),
}

impl SpanBuilder {
    /// A span of `scope`. The name tells operations apart, not requests: few different ones.
    #[inline]
    pub fn new(scope: &'static Scope, name: impl Into<Cow<'static, str>>) -> Self {
        let mut draft = with_local(|local| local.take_draft()).unwrap_or_default();
        draft.identity = Identity { scope, name: name.into(), kind: SpanKind::Internal };
        Self { draft, parent: Parent::Current }
    }

    /// The span's role; internal by default.
    #[inline]
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.draft.identity.kind = kind;
        self
    }

    /// Starts beneath `parent` instead of the current context, and in its pipeline.
    #[inline]
    pub fn parent(mut self, parent: &Context) -> Self {
        self.parent = Parent::Given(parent.clone());
        self
    }

    /// Starts a trace of its own. The pipeline and the baggage stay the current ones.
    #[inline]
    pub fn root(mut self) -> Self {
        self.parent = Parent::None;
        self
    }

    /// Starts a trace of its own with a link to the span that is current now: for work that the present
    /// one causes and doesn't wait for, and that would else keep its trace open. Unlike
    /// [`SpanBuilder::root`] it needn't be carried: a task without a context has pipeline and baggage of
    /// the present one.
    ///
    /// ```
    /// use telemetry_core::span;
    ///
    /// # async fn send_receipt() {}
    /// # async fn handler() {
    /// tokio::spawn(span!("receipt.send").detached().run(send_receipt()));
    /// # }
    /// ```
    pub fn detached(mut self) -> Self {
        let present = Context::current();
        if let Some(span) = present.span_context() {
            self.draft.add_link(span, &[]);
        }
        self.parent = Parent::NoneIn(present);
        self
    }

    /// Sets an attribute that is known before the operation starts.
    #[inline(always)]
    pub fn attribute<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        self.draft.attributes_mut().set(key, value.into());
        self
    }

    /// Sets several attributes, each key's to the value at the same place; what has no partner is left
    /// out.
    #[inline]
    pub fn attributes(mut self, keys: &[Key], values: &[Value<'_>]) -> Self {
        self.draft.attributes_mut().set_all(keys, values);
        self
    }

    /// Those of a place in the code such as [`span!`](crate::span!), whose keys stay and of which some are
    /// known when it is compiled: where the thread's spans are left out for the most part they are only
    /// encoded once this one turns out to be recorded.
    #[doc(hidden)]
    #[inline]
    pub fn known_attributes(mut self, site: &'static CallSite, values: &[Value<'_>]) -> Self {
        let is_doubtful = std::mem::take(&mut self.draft.is_doubtful);
        let is_aside = is_doubtful && self.draft.set_aside(site, values);
        if !is_aside {
            self.draft.attributes.set_known(site, values);
        }
        self
    }

    /// Sets attributes that were encoded before.
    #[inline]
    pub fn encoded_attributes(mut self, attributes: &EncodedAttributes) -> Self {
        self.draft.attributes.append(attributes);
        self
    }

    /// Links to another span that isn't the parent, with what there is to say about it: a batch to the
    /// messages in it, a job to the request that enqueued it. Beyond the [`Limits`](crate::Limits) they
    /// are left out and counted in the record.
    ///
    /// ```
    /// use telemetry_core::{Context, span};
    ///
    /// let request = Context::current().span_context().cloned();
    /// let mut job = span!("job.run");
    /// if let Some(request) = &request {
    ///     job = job.link(request, &[]);
    /// }
    /// job.in_scope(|| { /* … */ });
    /// ```
    pub fn link(mut self, span: &SpanContext, attributes: &[(&str, Value<'_>)]) -> Self {
        self.draft.add_link(span, attributes);
        self
    }

    /// Starts the span. Whoever has it ends it; see [`Span`].
    #[inline]
    pub fn start(self) -> Span {
        self.start_at(None, |_| ())
    }

    /// Starts the span, which `describe` tells about only where it is recorded, or where a sampler or a
    /// handler reads attributes: a layer whose spans are left out for the most part is spared the work.
    ///
    /// ```
    /// use telemetry_core::{Scope, SpanBuilder, SpanKind};
    ///
    /// static SCOPE: Scope = Scope::new("my-queue-client", "1.0.0");
    ///
    /// # let headers = [("orders", 3)];
    /// let span = SpanBuilder::new(&SCOPE, "send orders").kind(SpanKind::Producer).start_with(|span| {
    ///     for (queue, count) in headers {
    ///         span.attribute("messaging.destination.name", queue);
    ///         span.attribute("messaging.batch.message_count", count);
    ///     }
    /// });
    /// span.end();
    /// ```
    #[inline]
    pub fn start_with(self, describe: impl FnOnce(&mut SpanDescription<'_>)) -> Span {
        self.start_at(None, |draft| describe(&mut SpanDescription::new(draft)))
    }

    /// Starts the span of what began `ago` before now: for what is only heard of once it is over, as from a
    /// library that reports how long something took. It began no earlier than the local root that it is
    /// beneath.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_core::{Scope, SpanBuilder};
    ///
    /// static SCOPE: Scope = Scope::new("my-queue-client", "1.0.0");
    ///
    /// fn sent(took: Duration) {
    ///     SpanBuilder::new(&SCOPE, "send orders").start_ago(took).end();
    /// }
    /// # sent(Duration::from_millis(3));
    /// ```
    pub fn start_ago(self, ago: Duration) -> Span {
        self.start_at(Some(Ticks::ago(ago)), |_| ())
    }

    #[inline]
    fn start_at(self, started: Option<Ticks>, describe: impl FnOnce(&mut Draft)) -> Span {
        let Self { draft, parent } = self;
        match parent {
            Parent::Current => {
                Context::with_current(|frame| Span::start(draft, frame, false, started, describe))
            }
            Parent::Given(context) => {
                Span::start(draft, context.0.as_ref(), false, started, describe)
            }
            Parent::None => {
                Context::with_current(|frame| Span::start(draft, frame, true, started, describe))
            }
            Parent::NoneIn(context) => {
                Span::start(draft, context.0.as_ref(), true, started, describe)
            }
        }
    }

    /// The record in the making, for bridges.
    #[cfg(feature = "tracing")]
    pub(crate) fn draft_mut(&mut self) -> &mut Draft {
        &mut self.draft
    }

    /// Like [`SpanBuilder::parent`], for a start later or elsewhere.
    #[cfg(feature = "tracing")]
    pub(crate) fn within(mut self, parent: Context) -> Self {
        self.parent = Parent::Given(parent);
        self
    }

    /// A root of the context's pipeline and baggage, for a start later or elsewhere.
    #[cfg(feature = "tracing")]
    pub(crate) fn root_in(mut self, context: Context) -> Self {
        self.parent = Parent::NoneIn(context);
        self
    }

    /// Starts the span that began at `started`.
    #[cfg(feature = "tracing")]
    pub(crate) fn start_since(self, started: Ticks) -> Span {
        self.start_at(Some(started), |_| ())
    }

    /// A future that runs `work` within the span: current at every poll, ended with the output, with
    /// the outcome `cancelled` when it is dropped before, `panicked` when it panics. The span starts
    /// at the first poll.
    pub fn run<F: Future>(self, work: F) -> Run<F> {
        Run::new(self, work)
    }

    /// Like [`SpanBuilder::run`]; an `Err` sets the status and `error.type`
    /// ([`ErrorClass`]). The error may be of any type that can be classed ([`Classify`]): all
    /// `Error`s, boxed ones, `anyhow::Error`, `eyre::Report`.
    pub fn try_run<F, T, E, By>(self, work: F) -> TryRun<F, ByType<By>>
    where
        F: Future<Output = Result<T, E>>,
        E: Classify<By>,
    {
        TryRun::new(self, work, ByType::<By>::NEW)
    }

    /// Like [`SpanBuilder::try_run`] for errors of any type, whose class the closure tells.
    ///
    /// ```
    /// use telemetry_core::{ErrorClass, span};
    ///
    /// # async fn place() -> Result<(), u16> { Err(503) }
    /// # async fn handler() {
    /// let class = |status: &u16| ErrorClass::of_http_status(*status).unwrap_or(ErrorClass::OTHER);
    /// let placed = span!("order.place").try_run_with(place(), class).await;
    /// # }
    /// ```
    pub fn try_run_with<F, T, E, C>(self, work: F, class: C) -> TryRun<F, C>
    where
        F: Future<Output = Result<T, E>>,
        C: Fn(&E) -> ErrorClass,
    {
        TryRun::new(self, work, class)
    }

    /// Runs `work` within the span on the calling thread.
    pub fn in_scope<R>(self, work: impl FnOnce() -> R) -> R {
        let mut guard = Guard::new(self.start());
        let result = guard.span.lent(work);
        guard.complete = true;
        result
    }

    /// Like [`SpanBuilder::in_scope`]; an `Err` sets the status and `error.type`.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    pub fn try_in_scope<T, E: Classify<By>, By>(
        self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.try_in_scope_with(work, Classify::class)
    }

    /// Like [`SpanBuilder::try_in_scope`] for errors of any type, whose class the closure tells.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    pub fn try_in_scope_with<T, E>(
        self,
        work: impl FnOnce() -> Result<T, E>,
        class: impl FnOnce(&E) -> ErrorClass,
    ) -> Result<T, E> {
        let mut guard = Guard::new(self.start());
        let result = guard.span.lent(work);
        if let Err(error) = &result {
            guard.span.fail_as(&class(error));
        }
        guard.complete = true;
        result
    }

    /// The pipeline in which the span would be recorded.
    pub fn pipeline(&self) -> Option<Pipeline> {
        match &self.parent {
            Parent::Given(context) => context
                .0
                .as_deref()
                .and_then(|frame| frame.home.as_ref())
                .map(|home| Pipeline::of_ring(home.clone()))
                .or_else(Pipeline::current),
            _ => Pipeline::current(),
        }
    }
}
