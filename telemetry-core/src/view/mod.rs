//! Metrics and log lines that are declared as data over events and spans ([`View`]), without touching
//! the code that emits them.
//!
//! ```
//! use std::time::Duration;
//! use telemetry_core::view::{counter, histogram};
//! use telemetry_core::{Pipeline, emit};
//!
//! let pipeline = Pipeline::builder()
//!     .view(
//!         histogram("forge.metrics.stage_latency_ms")
//!             .of_event("forge.stage.stop")
//!             .measure("duration")
//!             .unit("ms")
//!             .buckets(&[10.0, 100.0, 1000.0])
//!             .by(["stage"]),
//!     )
//!     .view(counter("forge.metrics.stage_failures").of_event("forge.stage.stop").when("outcome", "error"))
//!     .build()?;
//! pipeline.scoped(|| {
//!     emit!(
//!         "forge.stage.stop",
//!         { duration: Duration::from_millis(20) },
//!         "stage" = "parse", "outcome" = "error", "sample_id" = 17
//!     );
//! });
//! assert!(pipeline.flush(Duration::from_secs(5)).is_complete());
//! let metrics = pipeline.metrics();
//! let latency = metrics.histogram("forge.metrics.stage_latency_ms", &[("stage", "parse")]).unwrap();
//! assert_eq!(latency.buckets, [0, 1, 0, 0]);
//! assert_eq!(metrics.sum("forge.metrics.stage_failures", &[]), 1.0);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Views are given to [`PipelineBuilder::view`](crate::PipelineBuilder::view) and checked when the
//! pipeline is built. The collector runs them over the records that it sweeps, so they cost the
//! threads that emit nothing, and what they say lags behind by a sweep; [`Pipeline::flush`] waits for
//! it. A span that a view is over is looked at also when it isn't sampled. Records that a ring had no
//! room for are missing, and [counted](crate::Ledger). Log lines that views make are not looked at by
//! views again.
//!
//! # Attributes
//!
//! Of a record's attributes only those become labels that [`View::by`] and [`View::by_as`] name, and
//! only texts (their first 256 bytes), numbers and truths. One that is missing leaves its label out.
//! Besides its attributes a span has `duration`, `span.name`, `span.kind` (`server`) and `status.code`
//! (`unset`, `ok`, `error`); an event has `event.name` and `severity` (`WARN`). They win over
//! attributes of the same name.
//!
//! # Durations
//!
//! A duration is a number of seconds: a span's `duration`, and the `duration` of an event, which a
//! [`std::time::Duration`] becomes when it is the value of an attribute.
//!
//! # Units
//!
//! What is measured is converted to [`View::unit`], where both units are of the same kind: times
//! (`ns`, `us`, `ms`, `s`, `min`, `h`, `d`), sizes (`By`, `kBy`, `MBy`, `GBy`, `KiBy`, `MiBy`,
//! `GiBy`), shares (`1`, `%`). The measure's own unit is told by [`View::measured_in`], or else by the
//! last word of its name: `duration` and `seconds`, `ms`, `us`, `ns`, `bytes`. A measure of no known
//! unit is taken as it is.
//!
//! # Budgets
//!
//! A view has at most 2,000 series, a summary 500 ([`View::max_series`]). What is beyond shares a series
//! with the label `otel.metric.overflow`, so that totals stay right. A series of a summary takes one or
//! two KiB for measures within three orders of magnitude, and 40 KiB at the most.
//!
//! [`Pipeline::flush`]: crate::Pipeline::flush

mod aggregate;
mod area;
mod check;
mod condition;
mod definition;
mod error;
mod lines;
mod names;
mod pattern;
mod plan;
mod quantiles;
mod record;
mod series;
mod share;
mod sketch;
mod sources;
mod unit;
mod views;

pub use condition::{Condition, above, absent, any_of, at_least, at_most, below, not, present};
pub use definition::{View, counter, histogram, last_value, log, ratio, sum, summary};
pub use error::ViewError;

pub(crate) use check::Checked;
pub(crate) use lines::LineCounts;
pub(crate) use names::Names;
pub(crate) use pattern::Pattern;
pub(crate) use sources::Sources;
pub(crate) use views::Views;
