//! Spans: how long an operation took, beneath which other, and how it ended.
//!
//! [`span!`](crate::span!) begins one around a future or a closure; [`SpanBuilder`] is what layers
//! use, whose [`Span`] is owned by a future, a body or a stream.

mod active;
mod active_slab;
mod active_slot;
mod announce;
mod aside;
mod attributes;
mod begin;
#[cfg(feature = "tracing")]
mod bridged;
mod builder;
mod call_site;
mod description;
mod draft;
mod encoded_attributes;
mod failure;
#[cfg(feature = "macros")]
pub(crate) mod function;
mod guard;
mod kind;
mod links;
mod macros;
#[cfg(feature = "tracing")]
mod mirror;
mod moment;
mod record;
mod run;
mod span_event;
mod span_ref;
mod status;
mod times;

pub use active::{ActiveSpan, ActiveSpans};
pub use builder::SpanBuilder;
#[doc(hidden)]
pub use call_site::CallSite;
pub use description::SpanDescription;
pub use encoded_attributes::EncodedAttributes;
pub use guard::Span;
pub use kind::SpanKind;
pub(crate) use links::LinkLimits;
pub use links::LinkRef;
pub use moment::SpanMoment;
pub use run::{Run, TryRun};
pub use span_event::SpanEventRef;
pub use span_ref::SpanRef;
pub use status::Status;

pub(crate) use active::ActiveLists;
pub(crate) use active_slab::Slab;
pub(crate) use attributes::AttributeBuffer;
pub(crate) use draft::Draft;
