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
//! # Mirrors of native spans
//!
//! [`PipelineBuilder::mirror_to_tracing`](crate::PipelineBuilder::mirror_to_tracing) has native spans shown
//! to the other layers of the program's subscriber. Names in `tracing` are fixed when the program is built,
//! so that all have the name `telemetry.span`, the target `telemetry::span` and the level `INFO`; a directive
//! such as `telemetry::span=off` leaves them out for a layer. What tells them apart are their fields:
//!
//! | field | is |
//! |---|---|
//! | `otel.name` | the span's name at its start, 256 bytes of it; `tracing-opentelemetry` takes it for its own |
//! | `otel.kind` | its kind, unless that is internal |
//! | `trace_id`, `span_id` | its ids, in hexadecimal digits |
//! | `attributes` | those it starts with, as `key=value`, 1 KiB of them |
//!
//! What the start didn't know is recorded in fields of its own when the span ends, just before it closes:
//!
//! | field | is |
//! |---|---|
//! | `otel.name` | the name once more, if it was changed |
//! | `otel.status_code`, `otel.status_description` | the status, unless that was never set: `OK` or `ERROR`, and what it says |
//! | `error.type` | the attribute of that name |
//! | `late_attributes` | the other attributes that were set or changed after the start, as `key=value`, 1 KiB of them |
//!
//! Texts pass [`redact::text`](crate::redact::text) before. What sinks leave out or hash is there as it is.
//! Links and span events aren't shown.
//!
//! Spans that sampling leaves out are shown as well, but for their end, which nobody keeps. Those of the
//! bridge are not, since they come from `tracing`. In a mirror, `tracing` spans and events belong to the
//! native span, and so does what `Span::current` of `tracing` is carried to (`in_current_span`).
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

pub(crate) mod ended;
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
