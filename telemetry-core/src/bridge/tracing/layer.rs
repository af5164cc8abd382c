use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_core::dispatcher::WeakDispatch;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event as TracingEvent, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

use super::event_fields::EventFields;
use super::open::Open;
use super::site::Site;
use super::slab::Slab;
use super::span_fields::{LateFields, SpanFields, set_failed};
use super::{entered, metrics, mirror};
use crate::bridge::text::Text;
use crate::context::Context;
use crate::event::Event;
use crate::pipeline::Pipeline;
use crate::span::SpanBuilder;

/// The bridge; add it to any [`Registry`](tracing_subscriber::Registry). Which spans and events come
/// through is the business of `tracing`'s own filters, global or of this layer.
///
/// ```
/// use telemetry_core::bridge::{self, Directives};
/// use tracing_subscriber::layer::{Layer, SubscriberExt};
///
/// let directives: Directives = "info,hyper=warn".parse()?;
/// let bridge: bridge::tracing::Layer = bridge::tracing::layer();
/// let subscriber = tracing_subscriber::registry()
///     .with(tracing_subscriber::fmt::layer())
///     .with(bridge.with_filter(directives.filter()));
/// # drop(subscriber);
/// # Ok::<(), telemetry_core::bridge::DirectiveError>(())
/// ```
#[derive(Debug)]
pub struct Layer {
    /// Tells layers apart.
    number: u64,
    open: Slab,
    dispatch: OnceLock<WeakDispatch>,
}

/// The bridge from `tracing` into the current pipeline; see [`bridge::tracing`](crate::bridge::tracing).
///
/// ```
/// use telemetry_core::bridge;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(bridge::tracing::layer());
/// tracing::subscriber::with_default(subscriber, || tracing::info!("started"));
/// ```
pub fn layer() -> Layer {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    Layer { number, open: Slab::new(), dispatch: OnceLock::new() }
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // There is only ever one, unless somebody shares the subscriber: then any of them will do.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        if let Some(original) = mirror::original(attributes.metadata()) {
            return self.open.insert(id.into_u64(), Open::Mirror(original));
        }
        // Taken now, for the span may start later and elsewhere.
        let above = attributes.parent().and_then(|parent| self.nearest(parent, &context));
        let is_root = !attributes.is_contextual() && above.is_none();
        let above = above.unwrap_or_else(Context::current);
        if !Pipeline::is_of(above.0.as_ref()) {
            return;
        }
        let metadata = attributes.metadata();
        let site = Site::of(metadata);
        let mut builder = SpanBuilder::new(site.scope, metadata.name());
        builder = if is_root { builder.root_in(above) } else { builder.within(above) };
        let private = site.is_private.then(|| metadata.target());
        attributes.record(&mut SpanFields { draft: builder.draft_mut(), private });
        self.open.insert(id.into_u64(), Open::new(builder));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        let metadata = context.metadata(id);
        if metadata.is_some_and(mirror::is_mirror) {
            // The native span has it.
            return;
        }
        let private = metadata.filter(|it| Site::of(it).is_private).map(|it| it.target());
        values.record(&mut LateFields { slab: &self.open, id: id.into_u64(), private });
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: LayerContext<'_, S>) {
        if let Some(context) = self.open.context(follows.into_u64())
            && let Some(linked) = context.span_context()
        {
            self.open.with(id.into_u64(), |open| {
                if let Some(draft) = open.draft_mut() {
                    draft.add_link(linked, &[]);
                }
            });
        }
    }

    fn on_event(&self, event: &TracingEvent<'_>, context: LayerContext<'_, S>) {
        let metadata = event.metadata();
        #[cfg(feature = "log")]
        crate::bridge::twin::remember(metadata.file(), metadata.line());
        if !Pipeline::is_current() {
            return;
        }
        let site = Site::of(metadata);
        if site.has_metrics {
            metrics::record(event, site);
            if !site.has_message {
                return;
            }
        }
        let parent = event.parent().and_then(|parent| self.nearest(parent, &context));
        let mut message = Text::new();
        let mut record = Event::new(site.scope, site.event_name).severity(site.severity);
        let (fields, text) = (&mut record, &mut message);
        let mut fields = EventFields { event: fields, message: text, site, exception: None };
        event.record(&mut fields);
        let exception = fields.exception;
        if let Some(exception) = &exception {
            exception.describe(&mut record);
        }
        let record = record.body(message.as_str());
        match &parent {
            Some(parent) => record.context(parent).emit(),
            None => record.emit(),
        }
        if site.is_failure {
            self.with_span_of(event, |open| {
                open.draft_mut().map(set_failed);
            });
        }
        if let Some(exception) = &exception {
            self.with_span_of(event, |open| {
                if let Some(span) = open.started() {
                    span.add_exception(exception);
                }
            });
        }
    }

    fn on_enter(&self, id: &Id, _: LayerContext<'_, S>) {
        // The native context that a mirror stands for is moved by who tells of it.
        if !mirror::is_telling() {
            entered::enter(self.number, &self.open, id.into_u64());
        }
    }

    fn on_exit(&self, id: &Id, _: LayerContext<'_, S>) {
        if !mirror::is_telling() {
            entered::exit(self.number, id.into_u64());
        }
    }

    fn on_close(&self, id: Id, _: LayerContext<'_, S>) {
        // Ended outside the lock that `remove` takes.
        let mut open = self.open.remove(id.into_u64());
        // One that was never entered starts only now.
        if let Some(context) = open.as_mut().and_then(Open::context) {
            entered::forget(context.span_id());
        }
    }
}

impl Layer {
    /// The open spans.
    pub(super) fn open(&self) -> &Slab {
        &self.open
    }

    /// The context of the span or of its nearest ancestor that no filter left out.
    fn nearest<S>(&self, id: &Id, context: &LayerContext<'_, S>) -> Option<Context>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let found = self.open.context(id.into_u64());
        found.or_else(|| self.nearest_above(id)).or_else(|| {
            let mut above = context.span(id)?.scope().skip(1);
            above.find_map(|ancestor| self.open.context(ancestor.id().into_u64()))
        })
    }

    /// The context of the nearest ancestor that no filter left out. The context that a layer is given
    /// doesn't show a span that the layer's own filter left out; the registry does.
    #[cold]
    pub(super) fn nearest_above(&self, id: &Id) -> Option<Context> {
        let dispatch = self.dispatch.get()?.upgrade()?;
        let span = dispatch.downcast_ref::<Registry>()?.span(id)?;
        let mut above = span.scope().skip(1);
        above.find_map(|ancestor| self.open.context(ancestor.id().into_u64()))
    }

    /// Shows `work` the span in which an error was told of, unless a native one is beneath it.
    #[cold]
    fn with_span_of(&self, event: &TracingEvent<'_>, work: impl FnOnce(&mut Open)) {
        let id = event.parent().map(Id::into_u64).or_else(|| entered::current(self.number));
        if let Some(id) = id {
            self.open.with(id, work);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Capture;
    use tracing_subscriber::layer::SubscriberExt;

    #[test]
    fn a_span_held_open_does_not_grow_with_what_happens_in_it() {
        let dispatch = Dispatch::new(Registry::default().with(layer()));
        let bridge = dispatch.downcast_ref::<Layer>().unwrap();
        let capture = Capture::start();
        let held = tracing::dispatcher::with_default(&dispatch, || {
            capture.run(|| tracing::info_span!("held", progress = 0))
        });
        let id = held.id().unwrap().into_u64();
        let capacity = || {
            bridge
                .open
                .with(id, |open| open.draft_mut().map_or(0, |draft| draft.capacity()))
                .unwrap()
        };
        let mut sizes = std::collections::BTreeSet::new();
        tracing::dispatcher::with_default(&dispatch, || {
            for step in 0..5_000 {
                held.in_scope(|| {
                    tracing::info!(step, "a step");
                    tracing::info_span!("child", step).in_scope(|| ());
                });
                held.record("progress", step);
                sizes.insert(capacity());
            }
        });
        assert_eq!(sizes.len(), 1, "{sizes:?}");
        assert!(capacity() < 2048);
        drop(held);
        let ended = capture.spans_named("held").remove(0);
        assert_eq!(
            (ended.attributes.len(), ended.attribute("progress").unwrap()),
            (1, &4_999.into())
        );
    }
}
