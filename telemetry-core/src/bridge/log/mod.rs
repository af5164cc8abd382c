//! From the [`log`](https://docs.rs/log) facade: [`Logger`] makes every record of it a log record here,
//! which belongs to the span that is current, native or `tracing`'s.
//!
//! ```
//! use telemetry_core::bridge::Directives;
//! use telemetry_core::bridge::log::Logger;
//! use telemetry_core::testing::Capture;
//!
//! let directives: Directives = "info,hyper=warn".parse()?;
//! Logger::new(directives).install()?;
//! let capture = Capture::start();
//! capture.run(|| log::info!(target: "orders", lines = 3; "order placed"));
//! let event = &capture.events()[0];
//! assert_eq!((event.scope, event.body.as_str()), ("orders", "order placed"));
//! assert_eq!(event.attribute("lines").unwrap(), &3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The target becomes the instrumentation scope, of which there are 1,024 at the most; key-values become
//! attributes, as long as 8 KiB each. The queries that sqlx logs this way are left out;
//! `telemetry-db` shows them sanitised. So is what telemetry's own threads log.
//!
//! A program has one logger. Where that is `tracing_log::LogTracer`, which makes `tracing` events of
//! records, those come through [`bridge::tracing`](crate::bridge) and this isn't needed. Where both
//! bridges are installed and `tracing` hands its events to `log` as well (`log-always`), each makes one
//! record all the same.

mod logger;
mod values;

pub use logger::Logger;
