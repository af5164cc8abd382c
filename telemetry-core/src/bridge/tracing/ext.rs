use tracing::Span;

use super::span_fields::set;
use super::{Layer, Open};
use crate::attribute::Value;
use crate::bridge::text::cut;
use crate::context::{Context, SpanContext};

/// What a [`tracing::Span`] can't say itself, said to the bridge that has it. Everything does nothing
/// for a span that is disabled or that no bridge has.
///
/// The bridge is found through [`Option`], boxes and filters around it; not through
/// `tracing_subscriber::reload`, which hides what it holds.
///
/// ```
/// use telemetry_core::Context;
/// use telemetry_core::bridge::tracing::SpanExt as _;
///
/// # let extracted = Context::current();
/// let span = tracing::info_span!("orders.receive");
/// span.set_parent(&extracted);
/// span.set_attribute("messaging.message.id", "17");
/// span.in_scope(|| { /* … */ });
/// ```
pub trait SpanExt {
    /// The context in which the span is current: to be carried elsewhere, or sent with a request. For
    /// a span that a filter keeps from the bridge, that of its nearest ancestor which isn't. The span
    /// starts with it: its parent is settled.
    fn context(&self) -> Option<Context>;

    /// Starts the span beneath `parent` instead, such as what
    /// [`extract`](crate::propagation::extract) gave, in its pipeline. Whether it was in time: before
    /// the span is entered, has a child or an event, or is asked for its context.
    fn set_parent(&self, parent: &Context) -> bool;

    /// Links the span to another one; `follows_from` does so for another `tracing` span.
    fn add_link(&self, span: &SpanContext, attributes: &[(&str, Value<'_>)]);

    /// Sets an attribute, whether a field of its name was declared or not. `otel.name` and its like
    /// mean what they mean as fields.
    fn set_attribute<'v>(&self, key: &str, value: impl Into<Value<'v>>);
}

impl SpanExt for Span {
    fn context(&self) -> Option<Context> {
        let found = self.with_subscriber(|(id, dispatch)| {
            let layer = dispatch.downcast_ref::<Layer>()?;
            layer.open().context(id.into_u64()).or_else(|| layer.nearest_above(id))
        });
        found.flatten()
    }

    fn set_parent(&self, parent: &Context) -> bool {
        with_open(self, |open| open.set_parent(parent)).unwrap_or(false)
    }

    fn add_link(&self, span: &SpanContext, attributes: &[(&str, Value<'_>)]) {
        with_open(self, |open| {
            if let Some(draft) = open.draft_mut() {
                draft.add_link(span, attributes);
            }
        });
    }

    fn set_attribute<'v>(&self, key: &str, value: impl Into<Value<'v>>) {
        let value = value.into();
        with_open(self, |open| match open {
            Open::Mirror(Context(Some(frame))) => frame.set_late(key, value),
            _ => {
                if let Some(draft) = open.draft_mut() {
                    set(draft, key, value);
                }
            }
        });
    }
}

fn with_open<R>(span: &Span, work: impl FnOnce(&mut Open) -> R) -> Option<R> {
    let done = span.with_subscriber(|(id, dispatch)| {
        dispatch.downcast_ref::<Layer>()?.open().with(id.into_u64(), work)
    });
    done.flatten()
}

/// Sets an attribute on the span that the calling thread is in, `tracing`'s or native, from code that
/// has no handle on it. Unlike `Span::current().record(..)` it needs no field that was declared with
/// the span: of those that weren't, `tracing` drops the value before anybody can see it.
///
/// ```
/// use telemetry_core::bridge::tracing::record_current;
///
/// tracing::info_span!("orders.place").in_scope(|| record_current("order.total", 129.5));
/// ```
pub fn record_current<'v>(key: &str, value: impl Into<Value<'v>>) {
    match value.into() {
        Value::Str(text) => crate::Span::current_set(key, cut(text)),
        value => crate::Span::current_set(key, value),
    }
}
