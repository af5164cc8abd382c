//! Where telemetry goes: [`init!`] starts it, and the environment chooses between a readable console,
//! JSON lines, OTLP and Prometheus.
//!
//! ```no_run
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let telemetry = telemetry_export::init!()?; // named after this package; OTEL_* win
//!     telemetry_core::span!("greet").in_scope(|| println!("hello"));
//!     drop(telemetry); // delivers what is left
//!     Ok(())
//! }
//! ```
//!
//! At start-up one line on standard error says where each signal goes:
//!
//! ```text
//! telemetry: shop 1.4.0 (development): spans -> console; metrics -> prometheus (pull); logs -> console; sampler parentbased_always_on
//! ```
//!
//! With nothing set, a terminal gets the readable [`console`] and anything else JSON lines on standard
//! output; once an OTLP endpoint is set, everything goes there as well (instead of the JSON lines).
//! Metrics can always be pulled ([`Telemetry::prometheus`]). No port is ever bound. Values of `OTEL_*`
//! that aren't allowed are warned of and ignored; those of `TELEMETRY_*` are errors.
//!
//! | feature | gives | for |
//! |---|---|---|
//! | `log` (default) | a logger for the `log` crate where the program has none | `log` |
//! | `tls` (default) | `https` endpoints | rustls with ring and Mozilla's root certificates |
//! | `tracing` (default) | a `tracing` subscriber where the program has none | `tracing-subscriber`'s registry |
//! | `axum` | [`Telemetry::metrics_route`](Telemetry#method.metrics_route) | axum's router |
//! | `process` | metrics of the process, where there are those of telemetry itself | nothing; it reads what the system says of the process |
//! | `signal` | `shutdown_signal` | tokio's signal handling |
//! | `tokio` | `TokioMetrics`, metrics of tokio's runtimes | tokio |

#![forbid(unsafe_code)]

mod builder;
mod config;
pub mod console;
mod error;
mod json;
mod lines;
mod notice;
mod otlp;
mod prometheus;
mod resource;
#[cfg(feature = "signal")]
mod signal;
mod sinks;
#[cfg(any(feature = "log", feature = "tracing"))]
mod subscriber;
mod summary;
mod sync;
mod telemetry;
mod time;
#[cfg(feature = "tokio")]
mod tokio_metrics;

pub use builder::TelemetryBuilder;
pub use config::{Console, SettingError};
pub use error::InitError;
pub use prometheus::{PrometheusExporter, Rendered};
#[cfg(feature = "signal")]
pub use signal::shutdown_signal;
pub use telemetry::{ShutdownReport, Telemetry};
#[cfg(feature = "tokio")]
pub use tokio_metrics::TokioMetrics;

/// Starts telemetry for the whole program, named after the calling package: `service.name` and
/// `service.version` are its name and version, unless `OTEL_SERVICE_NAME` or
/// `OTEL_RESOURCE_ATTRIBUTES` say otherwise. Short for [`builder!`]`().`[`init`](TelemetryBuilder::init)`()`.
///
/// Gives `Result<`[`Telemetry`]`, `[`InitError`]`>`.
///
/// ```no_run
/// # fn main() -> Result<(), telemetry_export::InitError> {
/// let telemetry = telemetry_export::init!()?;
/// # drop(telemetry);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! init {
    () => {
        $crate::builder!().init()
    };
}

/// A [`TelemetryBuilder`] that knows the calling package's name and version, and whether it is built
/// with debug assertions.
///
/// ```no_run
/// # fn main() -> Result<(), telemetry_export::InitError> {
/// let telemetry = telemetry_export::builder!().environment("production").init()?;
/// # drop(telemetry);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! builder {
    () => {
        $crate::Telemetry::builder().package(
            ::core::env!("CARGO_PKG_NAME"),
            ::core::env!("CARGO_PKG_VERSION"),
            ::core::cfg!(debug_assertions),
        )
    };
}
