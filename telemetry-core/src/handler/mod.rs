//! Functions that are called for events, and for spans that start and end, as in BEAM's
//! [`telemetry`](https://hexdocs.pm/telemetry/).
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU64, Ordering};
//! use std::time::Duration;
//! use telemetry_core::handler::On;
//! use telemetry_core::{Pipeline, emit};
//!
//! let pipeline = Pipeline::builder().build()?;
//! let retries = Arc::new(AtomicU64::new(0));
//! let seen = Arc::clone(&retries);
//! pipeline.attach("count-retries", [On::event("forge.stage.retry")], move |occurrence| {
//!     let attempt = occurrence.measurement("attempt").unwrap_or_default();
//!     seen.fetch_add(attempt as u64, Ordering::Relaxed);
//! })?;
//! pipeline.scoped(|| emit!("forge.stage.retry", { attempt: 2, delay_ms: 250 }, "stage" = "parse"));
//! assert!(pipeline.flush(Duration::from_secs(5)).is_complete());
//! assert_eq!(retries.load(Ordering::Relaxed), 2);
//! assert!(pipeline.detach("count-retries"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A handler is [attached](crate::Pipeline::attach) under an id to as many names and beginnings of
//! names as it needs ([`On`]), at any time, and [detached](crate::Pipeline::detach) by its id. It sees
//! what is wanted whether it is sampled or not. Its calls never block who emits: they come from a
//! thread of the handler's own, a sweep of the collector later, in the order of what each thread has
//! emitted, and a span's start before its end.
//!
//! One that is slow or panics harms no other. Half a mebibyte waits for it; what comes beyond is
//! dropped and counted. Calls that panic, that take longer than 100 ms, and drops are counted in the
//! [`Ledger`](crate::Ledger), and a [notice](crate::Notice::HandlerTrouble) says so once a minute at the
//! most; the handler stays attached.

mod attached;
mod feed;
mod handlers;
mod ledger;
mod occurrence;
mod on;
mod starts;

pub use handlers::AttachError;
pub use ledger::HandlerLedger;
pub use occurrence::{Occasion, Occurrence};
pub use on::On;

pub(crate) use feed::Feed;
pub(crate) use handlers::Handlers;
