use std::cell::RefCell;
use std::collections::HashMap;

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event as TracingEvent, Subscriber};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

use super::entered;
use super::fields::{EventFields, SpanFields, severity};
use super::open::OpenSpans;
use crate::context::Context;
use crate::event::Event;
use crate::pipeline::Pipeline;
use crate::scope::Scope;
use crate::span::SpanBuilder;

/// The bridge; add it to any [`Registry`](tracing_subscriber::Registry). Which spans and events come
/// through is the business of `tracing`'s own filters, global or of this layer.
#[derive(Debug)]
pub struct Layer {
    open: OpenSpans,
}

/// The bridge from `tracing` into the current pipeline; see [`bridge::tracing`](crate::bridge::tracing).
pub fn layer() -> Layer {
    Layer { open: OpenSpans::new() }
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        let metadata = attributes.metadata();
        let builder = SpanBuilder::new(scope_of(metadata.target()), metadata.name());
        let builder = if attributes.is_root() {
            builder.root()
        } else if let Some(parent) = attributes.parent() {
            match self.nearest(parent, &context) {
                Some(parent) => builder.parent(&parent),
                None => builder.root(),
            }
        } else {
            builder
        };
        if builder.pipeline().is_none() {
            return;
        }
        let mut span = builder.start();
        attributes.record(&mut SpanFields(&mut span));
        self.open.insert(id, span);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: LayerContext<'_, S>) {
        self.open.update(id, |span| values.record(&mut SpanFields(span)));
    }

    fn on_event(&self, event: &TracingEvent<'_>, context: LayerContext<'_, S>) {
        if Pipeline::current().is_none() {
            return;
        }
        let metadata = event.metadata();
        let parent = event.parent().and_then(|parent| self.nearest(parent, &context));
        let record =
            Event::new(scope_of(metadata.target()), "").severity(severity(*metadata.level()));
        let mut fields = EventFields { event: Some(record), target: metadata.target() };
        event.record(&mut fields);
        if let Some(record) = fields.event {
            match &parent {
                Some(parent) => record.context(parent).emit(),
                None => record.emit(),
            }
        }
    }

    fn on_enter(&self, id: &Id, _: LayerContext<'_, S>) {
        if let Some(context) = self.open.context(id) {
            entered::enter(id.into_u64(), context);
        }
    }

    fn on_exit(&self, id: &Id, _: LayerContext<'_, S>) {
        entered::exit(id.into_u64());
    }

    fn on_close(&self, id: Id, _: LayerContext<'_, S>) {
        // Ended outside the lock that `remove` takes.
        drop(self.open.remove(&id));
    }
}

impl Layer {
    /// The context of the span or of its nearest ancestor that no filter left out.
    fn nearest<S>(&self, id: &Id, context: &LayerContext<'_, S>) -> Option<Context>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        self.open.context(id).or_else(|| {
            context.span(id)?.scope().skip(1).find_map(|ancestor| self.open.context(&ancestor.id()))
        })
    }
}

/// The scope named after a target, remembered by each thread.
fn scope_of(target: &'static str) -> &'static Scope {
    thread_local! {
        static SCOPES: RefCell<HashMap<usize, &'static Scope>> = RefCell::default();
    }
    // Targets are constants of the program: an address tells them apart, also where equal ones have
    // several.
    let place = target.as_ptr() as usize ^ target.len().rotate_left(48);
    let found = SCOPES.try_with(|scopes| {
        *scopes.borrow_mut().entry(place).or_insert_with(|| Scope::of_name(target))
    });
    found.unwrap_or_else(|_| Scope::of_name(target))
}
