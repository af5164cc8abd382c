//! Events and logs: something that happened at a point in time ([`Event`], [`emit!`](crate::emit!)).
//!
//! An event is a log record with a name, as the
//! [logs data model](https://opentelemetry.io/docs/specs/otel/logs/data-model/) has it.

mod builder;
mod macros;
mod record;
mod severity;

pub use builder::Event;
pub use record::LogRef;
pub use severity::Severity;

pub(crate) use record::{Parts, attribute_buffer, encode, event_parts, event_span, record_len};
