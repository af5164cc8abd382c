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
//! Fields become attributes under their own names. Honoured besides: `otel.name` (the span's name),
//! `otel.kind`, `otel.status_code` (`OK`, `ERROR`) and `otel.status_description`. The target becomes
//! the instrumentation scope.
//!
//! Left out are the fields in which sqlx logs the text of queries with its literals; `telemetry-db`
//! shows them sanitised.
//!
//! `tracing` drops the value of a field that wasn't declared with the span before any layer can see
//! it; for those there is [`Span::current_set`](crate::Span::current_set).

mod entered;
mod fields;
mod layer;
mod open;

pub use layer::{Layer, layer};
