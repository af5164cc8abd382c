//! From the [`tracing`](https://docs.rs/tracing) facade: [`Layer`] makes every `tracing` span a span
//! here and every `tracing` event a log record, nested among native spans in both directions.
//!
//! ```
//! use telemetry_core::bridge;
//! use telemetry_core::testing::Capture;
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! let subscriber = tracing_subscriber::registry().with(bridge::tracing::layer());
//! let capture = Capture::start();
//! tracing::subscriber::with_default(subscriber, || {
//!     capture.run(|| {
//!         tracing::info_span!("order.place", order.id = 17).in_scope(|| {
//!             tracing::info!(lines = 3, "order placed");
//!             telemetry_core::span!("stock.reserve").in_scope(|| ());
//!         });
//!     });
//! });
//! let placed = &capture.spans_named("order.place")[0];
//! assert_eq!(capture.spans_named("stock.reserve")[0].parent_span_id, Some(placed.span_id));
//! assert_eq!(capture.events()[0].body, "order placed");
//! ```
//!
//! Fields become attributes under their own names, as long as 8 KiB each. Honoured besides: `otel.name`
//! (the span's name), `otel.kind`, `otel.status_code` (`OK`, `ERROR`) and `otel.status_description`. The
//! target becomes the instrumentation scope, the name of an event that was given one
//! (`info!(name: "order.placed", ..)`) the record's. A span has failed when `#[instrument(err)]` has seen an
//! error.
//!
//! An event of level error with a field `error` that is an error for `tracing`
//! (`error!(error = &error as &dyn Error, "no receipt")`) is an [`Exception`](crate::Exception): the message
//! of the whole chain as `exception.message`, without secrets and of 2 KiB at the most, its class as
//! `error.type`, and the name `exception` unless it has one. Its type is nothing that `tracing` tells. An
//! error that was written out (`%error`, `?error`) is an attribute like others, as it stands.
//!
//! A span starts when it is first entered, has a child or an event, or closes, as of the time at which
//! it was made; until then [`SpanExt::set_parent`] gives it another parent.
//!
//! # Measurements
//!
//! Fields of events with one of these prefixes go into an instrument of the name that follows, with the
//! event's other fields as attributes; an event without a message is nothing else.
//!
//! | field | instrument |
//! |---|---|
//! | `monotonic_counter.` | [`Counter`](crate::Counter) |
//! | `counter.` | [`UpDownCounter`](crate::UpDownCounter) |
//! | `histogram.` | [`Histogram`](crate::Histogram) |
//! | `gauge.` | [`Gauge`](crate::Gauge) |
//!
//! # What is left out
//!
//! What telemetry's own threads log, such as a sink's client about its requests: there would be something
//! to send for ever.
//!
//! The fields in which sqlx logs the text of queries with its literals; `telemetry-db` shows them
//! sanitised.
//!
//! What values log while they are being logged themselves, from the third on.
//!
//! `tracing` drops the value of a field that wasn't declared with the span before any layer can see
//! it; for those there are [`record_current`] and [`SpanExt::set_attribute`].

mod entered;
mod event_fields;
mod ext;
mod id_hash;
mod layer;
mod metrics;
pub(crate) mod mirror;
pub(crate) mod mirrored;
mod open;
mod site;
mod slab;
mod span_fields;
mod visit;

pub(crate) use entered::give_back;
pub use ext::{SpanExt, record_current};
pub use layer::{Layer, layer};

use open::Open;
