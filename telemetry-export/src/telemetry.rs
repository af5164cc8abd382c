use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telemetry_core::{Ledger, MetricSnapshot, Pipeline};

use crate::TelemetryBuilder;
use crate::notice::say;
use crate::prometheus::PrometheusExporter;
use crate::sinks::PATIENCE;

/// Running telemetry, from [`init!`](crate::init!) or [`Telemetry::builder`].
///
/// Keep it as long as the program runs: dropping it delivers what is left, within five seconds, and
/// ends telemetry. (`let _ = init!()` drops at once; give it a name.) A disabled one does nothing,
/// and everything else works as if it weren't there.
///
/// ```no_run
/// use std::time::Duration;
///
/// fn main() -> Result<(), telemetry_export::InitError> {
///     let telemetry = telemetry_export::init!()?;
///     telemetry_core::span!("work").in_scope(|| { /* … */ });
///     let report = telemetry.shutdown(Duration::from_secs(5));
///     if !report.complete {
///         eprintln!("{}", report.ledger);
///     }
///     Ok(())
/// }
/// ```
#[must_use = "telemetry ends when this is dropped"]
pub struct Telemetry {
    /// None when telemetry is disabled.
    pipeline: Option<Pipeline>,
    prometheus: PrometheusExporter,
    debug: bool,
    stopped: AtomicBool,
}

/// What became of everything by the end.
///
/// ```no_run
/// use std::time::Duration;
///
/// # fn main() -> Result<(), telemetry_export::InitError> {
/// let telemetry = telemetry_export::init!()?;
/// let report = telemetry.shutdown(Duration::from_secs(5));
/// if !report.complete {
///     eprintln!("not everything was delivered: {}", report.ledger);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Whether all sinks were done in time. They may have dropped something all the same: the ledger
    /// knows.
    pub complete: bool,
    /// Where every record went.
    pub ledger: Ledger,
}

impl Telemetry {
    /// Configures telemetry in code, for a service that nothing is known of yet;
    /// [`builder!`](crate::builder!) knows the package.
    pub fn builder() -> TelemetryBuilder {
        TelemetryBuilder::new()
    }

    pub(crate) fn new(pipeline: Pipeline, debug: bool) -> Self {
        Self {
            prometheus: PrometheusExporter::new(Some(pipeline.clone())),
            pipeline: Some(pipeline),
            debug,
            stopped: AtomicBool::new(false),
        }
    }

    pub(crate) fn disabled() -> Self {
        Self {
            pipeline: None,
            prometheus: PrometheusExporter::new(None),
            debug: false,
            stopped: AtomicBool::new(true),
        }
    }

    /// Whether anything is recorded; not with `OTEL_SDK_DISABLED=true`.
    pub fn is_enabled(&self) -> bool {
        self.pipeline.is_some()
    }

    /// The engine; none when telemetry is disabled.
    pub fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.as_ref()
    }

    /// All metrics as they stand; empty when telemetry is disabled.
    pub fn metrics(&self) -> MetricSnapshot {
        let metrics = self.pipeline.as_ref().map(Pipeline::metrics);
        metrics.unwrap_or_default()
    }

    /// Where every record went so far; empty when telemetry is disabled.
    pub fn ledger(&self) -> Ledger {
        let ledger = self.pipeline.as_ref().map(Pipeline::ledger);
        ledger.unwrap_or_default()
    }

    /// The metrics in Prometheus' formats, for a handler of your own.
    pub fn prometheus(&self) -> PrometheusExporter {
        self.prometheus.clone()
    }

    /// Delivers all that has ended so far, within `timeout`; whether that was time enough. It blocks,
    /// and may be called on any thread.
    pub fn flush(&self, timeout: Duration) -> bool {
        let report = self.pipeline.as_ref().map(|pipeline| pipeline.flush(timeout));
        report.is_none_or(telemetry_core::FlushReport::is_complete)
    }

    /// Ends telemetry: delivers what is left and stops its threads, within `timeout`. It blocks, may
    /// be called on any thread, in or out of any runtime, and twice. Afterwards telemetry may be
    /// started anew.
    pub fn shutdown(&self, timeout: Duration) -> ShutdownReport {
        self.stopped.store(true, Ordering::Relaxed);
        let report = self.pipeline.as_ref().map(|pipeline| pipeline.shutdown(timeout));
        let report = ShutdownReport {
            complete: report.is_none_or(telemetry_core::FlushReport::is_complete),
            ledger: self.ledger(),
        };
        if self.debug {
            let ledger = report.ledger.to_string();
            ledger.lines().for_each(|line| say(format_args!("ledger: {line}")));
        }
        report
    }
}

#[cfg(feature = "axum")]
impl Telemetry {
    /// The route of `/metrics`, to be put on the program's own router and port:
    /// `Router::new().route("/metrics", telemetry.metrics_route())`. Whoever reaches the port can
    /// read the metrics; put it behind what guards the rest. The metrics are read on a thread for what
    /// blocks, since that waits for the collector and for observable instruments, a second at the most.
    ///
    /// ```
    /// # fn router(telemetry: &telemetry_export::Telemetry) -> axum::Router {
    /// axum::Router::new().route("/metrics", telemetry.metrics_route())
    /// # }
    /// ```
    pub fn metrics_route<S>(&self) -> axum::routing::MethodRouter<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        use axum::http::header::{ACCEPT, CONTENT_TYPE};
        use axum::http::{HeaderMap, StatusCode};

        let exporter = self.prometheus();
        axum::routing::get(async move |headers: HeaderMap| {
            // Several headers of one name mean the same as one with commas.
            let accept: Vec<&str> =
                headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
            let accept = accept.join(",");
            let rendered = aside(move || exporter.render(Some(&accept))).await;
            let rendered = rendered.ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
            Ok::<_, StatusCode>(([(CONTENT_TYPE, rendered.content_type)], rendered.body))
        })
    }
}

/// What `work` gives, which may block: it runs on one of tokio's threads for that, or here where there is
/// no such runtime. Nothing when the runtime ends meanwhile.
#[cfg(feature = "axum")]
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => runtime.spawn_blocking(work).await.ok(),
        Err(_) => Some(work()),
    }
}

#[cfg(feature = "signal")]
impl Telemetry {
    /// [`shutdown_signal`](crate::shutdown_signal), which needs nothing of telemetry and outlives it.
    pub fn shutdown_signal(&self) -> impl Future<Output = ()> + Send + use<> {
        crate::shutdown_signal()
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if self.stopped.load(Ordering::Relaxed) {
            return;
        }
        let report = self.shutdown(PATIENCE);
        if !report.complete {
            say("not everything was delivered before the program's end");
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Telemetry")
            .field("enabled", &self.is_enabled())
            .field("stopped", &self.stopped)
            .finish_non_exhaustive()
    }
}
