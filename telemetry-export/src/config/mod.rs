//! What is configured: the environment's settings over the code's, read once and without side
//! effects. `docs/ENVIRONMENT.md` lists them all.

mod endpoint;
mod exporters;
mod limits;
mod otlp;
mod own;
mod pairs;
mod problem;
mod propagators;
mod reader;
mod resource;
mod sampler;
mod variables;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use telemetry_core::propagation::Propagators;
use telemetry_core::{CpuBudget, ExemplarFilter, Limits, Resource, Sampler, Tail, Temporality};

pub use exporters::Console;
pub use problem::SettingError;

pub(crate) use endpoint::Endpoint;
pub(crate) use exporters::{Exporters, Surroundings};
pub(crate) use otlp::{Batching, CertificateFiles, OtlpSignal, Target};
pub(crate) use problem::Problems;
pub(crate) use reader::Reader;
pub(crate) use sampler::name as sampler_name;
pub(crate) use variables::Variables;

/// What the code says; the environment may say otherwise. Not to be shown: it has headers in it.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) service_name: Option<String>,
    pub(crate) limits: Limits,
    pub(crate) list_all_spans: bool,
    pub(crate) service_version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) attributes: Vec<(String, String)>,
    /// Whether the program was built with debug assertions.
    pub(crate) debug_build: bool,
    pub(crate) otlp_endpoint: Option<String>,
    pub(crate) otlp_headers: Vec<(String, String)>,
    pub(crate) console: Console,
    pub(crate) file: Option<PathBuf>,
    pub(crate) sampler: Option<Sampler>,
    pub(crate) tail: Option<Tail>,
    pub(crate) cpu_budget: Option<CpuBudget>,
    /// Whether native spans are shown to other layers of `tracing`.
    pub(crate) mirror: bool,
    /// Whether there are metrics of telemetry itself; if nothing was said, `init` decides.
    pub(crate) self_telemetry: Option<bool>,
    pub(crate) event_sampler: Option<Sampler>,
    pub(crate) propagators: Option<Propagators>,
    /// Baggage entries that become attributes.
    pub(crate) baggage_attributes: Vec<String>,
    /// Baggage entries that become labels.
    pub(crate) baggage_labels: Vec<String>,
    pub(crate) capture_panics: bool,
    /// Whether standard error is a terminal.
    pub(crate) terminal: bool,
}

/// Everything that start-up needs to know.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) disabled: bool,
    /// Whatever is wrong with a setting is an error.
    pub(crate) strict: bool,
    /// Telemetry reports on its own doings.
    pub(crate) debug: bool,
    /// What was said about the service; what can be found out is added at start-up.
    pub(crate) resource: Resource,
    pub(crate) sampler: Sampler,
    /// What is rescued of that which the sampler leaves out.
    pub(crate) tail: Option<Tail>,
    pub(crate) cpu_budget: Option<CpuBudget>,
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "there is no tracing"))]
    pub(crate) mirror: bool,
    pub(crate) self_telemetry: Option<bool>,
    pub(crate) propagators: Propagators,
    pub(crate) exception_span_events: bool,
    pub(crate) span_event_limit: Option<u32>,
    pub(crate) limits: Limits,
    pub(crate) spans: Exporters,
    pub(crate) metrics: Exporters,
    pub(crate) logs: Exporters,
    pub(crate) file: Option<PathBuf>,
    pub(crate) otlp: OtlpConfig,
    /// How often metrics are pushed.
    pub(crate) metrics_interval: Duration,
    pub(crate) exemplar_filter: ExemplarFilter,
    #[cfg(any(feature = "log", feature = "tracing"))]
    pub(crate) levels: crate::subscriber::Levels,
}

/// The settings of OTLP.
#[derive(Clone, Debug)]
pub(crate) struct OtlpConfig {
    /// The signals that go out by OTLP.
    pub(crate) routes: Vec<Route>,
    pub(crate) temporality: Temporality,
}

/// The way of one signal by OTLP.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) signal: OtlpSignal,
    pub(crate) target: Target,
    pub(crate) batching: Batching,
}

impl OtlpConfig {
    pub(crate) fn target(&self, signal: OtlpSignal) -> Option<&Target> {
        let mut routes = self.routes.iter();
        let route = routes.find(|route| route.signal == signal)?;
        Some(&route.target)
    }
}

impl Config {
    /// Reads all settings. Never fails by itself: what is wrong is in the [`Problems`], and each of
    /// those settings counts as unset.
    pub(crate) fn read(variables: &Variables, settings: &Settings) -> (Self, Problems) {
        let mut reader = Reader::new(variables);
        let own = own::read(&mut reader, settings);
        let mut target = |signal| Target::read(&mut reader, signal, settings);
        let traces = target(OtlpSignal::Traces);
        let metrics = target(OtlpSignal::Metrics);
        let logs = target(OtlpSignal::Logs);
        let around = Surroundings {
            console: own.console,
            terminal: settings.terminal,
            file: own.file.is_some(),
        };
        let mut records =
            |variable, otlp| Exporters::of_records(&mut reader, variable, otlp, around);
        let span_exporters = records("OTEL_TRACES_EXPORTER", traces.1);
        let log_exporters = records("OTEL_LOGS_EXPORTER", logs.1);
        let metric_exporters = Exporters::of_metrics(&mut reader, metrics.1, around);
        let span_batching = Batching::of_spans(&mut reader);
        let log_batching = Batching::of_logs(&mut reader);
        let timeout = reader.timeout("OTEL_METRIC_EXPORT_TIMEOUT");
        let metric_batching = Batching::of_metrics(timeout.unwrap_or(Duration::from_secs(30)));
        let interval = reader.duration("OTEL_METRIC_EXPORT_INTERVAL");
        let propagators = propagators::read(&mut reader, settings);
        let exceptions = [("logs", false), ("logs/dup", true)];
        let exceptions = reader.choice("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", &exceptions);
        let event_limit = "OTEL_SPAN_EVENT_COUNT_LIMIT";
        let span_event_limit =
            reader.parsed(event_limit, "use a whole number", |it| it.parse().ok());
        own::check_unsupported(&mut reader);
        let routes = [
            (OtlpSignal::Traces, traces.0, span_exporters, span_batching),
            (OtlpSignal::Logs, logs.0, log_exporters, log_batching),
            (OtlpSignal::Metrics, metrics.0, metric_exporters, metric_batching),
        ];
        let routes = routes.into_iter().filter(|(.., exporters, _)| exporters.otlp);
        let routes = routes.filter_map(|(signal, target, _, batching)| {
            Some(Route { signal, target: target?, batching })
        });
        let config = Self {
            disabled: reader.flag("OTEL_SDK_DISABLED"),
            strict: reader.is_strict(),
            debug: own.debug,
            resource: resource::read(&mut reader, settings),
            sampler: sampler::read(&mut reader)
                .or_else(|| settings.sampler.clone())
                .unwrap_or_default(),
            propagators,
            exception_span_events: exceptions.unwrap_or(false),
            span_event_limit,
            limits: limits::read(&mut reader, settings.limits),
            spans: span_exporters,
            metrics: metric_exporters,
            logs: log_exporters,
            file: own.file,
            tail: own.tail,
            cpu_budget: own.cpu_budget,
            mirror: own.mirror,
            self_telemetry: own.self_telemetry,
            otlp: OtlpConfig {
                routes: routes.collect(),
                temporality: otlp::temporality(&mut reader),
            },
            metrics_interval: interval
                .filter(|interval| !interval.is_zero())
                .unwrap_or(Duration::from_secs(60)),
            exemplar_filter: own::exemplar_filter(&mut reader),
            #[cfg(any(feature = "log", feature = "tracing"))]
            levels: crate::subscriber::Levels::read(&mut reader),
        };
        (config, reader.finish())
    }
}
