mod start;

use std::fmt;
use std::path::PathBuf;

use telemetry_core::propagation::Propagators;
use telemetry_core::{CpuBudget, Limits, Sampler, Sink, Tail, View};

use crate::Telemetry;
use crate::config::{Config, Console, Settings, Variables};
use crate::error::InitError;
use crate::notice::say;
use start::{Start, Started};

/// Configures telemetry in code; made by [`builder!`](crate::builder!) or [`Telemetry::builder`].
///
/// The environment's settings win over what is said here, so that whoever runs the program has the
/// last word. All of them are listed in `docs/ENVIRONMENT.md`.
///
/// ```no_run
/// use telemetry_core::{Ratio, Sampler};
///
/// # fn main() -> Result<(), telemetry_export::InitError> {
/// let tenth = Sampler::TraceIdRatio(Ratio::new(0.1).expect("between 0 and 1"));
/// let telemetry = telemetry_export::builder!()
///     .environment("staging")
///     .sampler(Sampler::ParentBased(Box::new(tenth)))
///     .otlp_endpoint("http://collector:4318")
///     .init()?;
/// # drop(telemetry);
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until it starts telemetry"]
pub struct TelemetryBuilder {
    settings: Settings,
    sinks: Vec<Box<dyn Sink>>,
    views: Vec<View>,
    /// Instead of the process's environment.
    variables: Option<Variables>,
}

impl TelemetryBuilder {
    pub(crate) fn new() -> Self {
        Self {
            settings: Settings::default(),
            sinks: Vec::new(),
            views: Vec::new(),
            variables: None,
        }
    }

    /// The calling package; for [`builder!`](crate::builder!).
    #[doc(hidden)]
    pub fn package(mut self, name: &str, version: &str, debug_build: bool) -> Self {
        self.settings.debug_build = debug_build;
        self.service_name(name).service_version(version)
    }

    /// The service's name; `OTEL_SERVICE_NAME` and `service.name` in `OTEL_RESOURCE_ATTRIBUTES` win.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.settings.service_name = Some(name.into());
        self
    }

    /// The service's version; `service.version` in `OTEL_RESOURCE_ATTRIBUTES` wins.
    pub fn service_version(mut self, version: impl Into<String>) -> Self {
        self.settings.service_version = Some(version.into());
        self
    }

    /// Where the service runs, `production` or `staging`; `TELEMETRY_ENVIRONMENT` and
    /// `deployment.environment.name` in `OTEL_RESOURCE_ATTRIBUTES` win. Without any of them a build
    /// with debug assertions is `development`, and of others nothing is said.
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.settings.environment = Some(name.into());
        self
    }

    /// Anything else that is to be known about the service; `OTEL_RESOURCE_ATTRIBUTES` wins.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.attributes.push((key.into(), value.into()));
        self
    }

    /// The base URL of an OTLP receiver, as in `OTEL_EXPORTER_OTLP_ENDPOINT`, which wins.
    pub fn otlp_endpoint(mut self, url: impl Into<String>) -> Self {
        self.settings.otlp_endpoint = Some(url.into());
        self
    }

    /// A header that an OTLP receiver asks for; `OTEL_EXPORTER_OTLP_HEADERS` replaces them all.
    pub fn otlp_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.otlp_headers.push((name.into(), value.into()));
        self
    }

    /// What is shown where the program runs; `TELEMETRY_CONSOLE` wins, and so do the
    /// `OTEL_*_EXPORTER` that are set.
    pub fn console(mut self, console: Console) -> Self {
        self.settings.console = console;
        self
    }

    /// A file to which spans and logs are appended as JSON lines; `TELEMETRY_FILE` wins.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.file = Some(path.into());
        self
    }

    /// Which traces are recorded; `OTEL_TRACES_SAMPLER` wins.
    pub fn sampler(mut self, sampler: Sampler) -> Self {
        self.settings.sampler = Some(sampler);
        self
    }

    /// How much a record holds; the variables `OTEL_*_LIMIT` win, each for what it is about.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// Whether [`Pipeline::active_spans`](telemetry_core::Pipeline::active_spans) lists all spans and not
    /// only local roots and those of layers.
    pub fn list_all_spans(mut self, all: bool) -> Self {
        self.settings.list_all_spans = all;
        self
    }

    /// Whether native spans are shown to other layers of the program's `tracing` subscriber, such as
    /// `fmt` and Sentry, as
    /// [`PipelineBuilder::mirror_to_tracing`](telemetry_core::PipelineBuilder::mirror_to_tracing) says;
    /// not by default. `TELEMETRY_MIRROR` wins.
    ///
    /// ```no_run
    /// use telemetry_core::bridge;
    /// use tracing_subscriber::layer::SubscriberExt;
    /// use tracing_subscriber::util::SubscriberInitExt;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// // … and the layers that are to see them
    /// tracing_subscriber::registry().with(bridge::tracing::layer()).init();
    /// let telemetry = telemetry_export::builder!().mirror_to_tracing(true).init()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tracing")]
    pub fn mirror_to_tracing(mut self, on: bool) -> Self {
        self.settings.mirror = on;
        self
    }

    /// In which headers context travels to and from other services, W3C's by default;
    /// `OTEL_PROPAGATORS` wins.
    pub fn propagators(mut self, propagators: Propagators) -> Self {
        self.settings.propagators = Some(propagators);
        self
    }

    /// Rescues traces that the sampler leaves out and that fail, are slow, new or marked; without one
    /// none are, unless `TELEMETRY_RESCUE` asks for it.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use telemetry_core::{Ratio, Sampler, Tail};
    ///
    /// let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.1).unwrap())));
    /// let telemetry = telemetry_export::Telemetry::builder()
    ///     .sampler(tenth)
    ///     .tail(Tail::default().slower_than(Duration::from_secs(1)))
    ///     .init()?;
    /// # Ok::<(), telemetry_export::InitError>(())
    /// ```
    pub fn tail(mut self, tail: Tail) -> Self {
        self.settings.tail = Some(tail);
        self
    }

    /// Lowers detail while telemetry takes more processor time than this; without one it never does,
    /// unless `TELEMETRY_CPU_BUDGET` asks for it, which wins.
    ///
    /// ```no_run
    /// use telemetry_core::CpuBudget;
    ///
    /// # fn main() -> Result<(), telemetry_export::InitError> {
    /// // One per cent of a core.
    /// let telemetry = telemetry_export::builder!().cpu_budget(CpuBudget::default()).init()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cpu_budget(mut self, budget: CpuBudget) -> Self {
        self.settings.cpu_budget = Some(budget);
        self
    }

    /// Whether there are metrics of telemetry itself (`otel.sdk.*`, `telemetry.*`): what waits, what was
    /// delivered or lost and why; and, with the feature `process`, those of the process. By default
    /// [`init`](Self::init) has them and [`build`](Self::build) doesn't; `TELEMETRY_SELF_METRICS` wins.
    pub fn self_telemetry(mut self, on: bool) -> Self {
        self.settings.self_telemetry = Some(on);
        self
    }

    /// Which events and log records are recorded, all by default; see
    /// [`PipelineBuilder::event_sampler`](telemetry_core::PipelineBuilder::event_sampler).
    pub fn event_sampler(mut self, sampler: Sampler) -> Self {
        self.settings.event_sampler = Some(sampler);
        self
    }

    /// Baggage entries that become attributes of what is made under them; see
    /// [`PipelineBuilder::baggage_attributes`](telemetry_core::PipelineBuilder::baggage_attributes).
    pub fn baggage_attributes<K: Into<String>>(
        mut self,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        self.settings.baggage_attributes = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Baggage entries that become labels of metrics, those of the layers included; see
    /// [`PipelineBuilder::baggage_labels`](telemetry_core::PipelineBuilder::baggage_labels).
    pub fn baggage_labels<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.settings.baggage_labels = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Each panic of the program becomes a log record of its span, from [`init`](Self::init) on; see
    /// [`capture_panics`](telemetry_core::error::capture_panics).
    pub fn capture_panics(mut self) -> Self {
        self.settings.capture_panics = true;
        self
    }

    /// A sink of your own, besides those that are configured.
    pub fn sink(mut self, sink: Box<dyn Sink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// A metric or log line that is declared over events or spans
    /// ([`telemetry_core::view`]), exported like every other.
    ///
    /// ```no_run
    /// use telemetry_core::view::{counter, histogram};
    ///
    /// # fn main() -> Result<(), telemetry_export::InitError> {
    /// let telemetry = telemetry_export::builder!()
    ///     .view(counter("orders.placed").of_span("order.place").by(["order.country"]))
    ///     .view(histogram("orders.duration").of_span("order.place").measure("duration").unit("ms"))
    ///     .init()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn view(mut self, view: View) -> Self {
        self.views.push(view);
        self
    }

    /// Reads these variables instead of the process's environment: for tests, and for programs that
    /// keep their settings elsewhere.
    pub fn variables<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        self.variables = Some(Variables::of(variables));
        self
    }

    /// Starts telemetry for the whole program: all work that isn't scoped to another pipeline is
    /// recorded, and, with the features `tracing` and `log`, what goes through those as well, unless the
    /// program has set a subscriber or a logger already. Says on standard error where each signal goes.
    ///
    /// # Errors
    ///
    /// [`InitError`] when a setting isn't allowed, telemetry is running already, or the system
    /// refuses a file or a thread.
    pub fn init(self) -> Result<Telemetry, InitError> {
        let panics = self.settings.capture_panics;
        let Started { pipeline, config, summary } = match self.start(true)? {
            Start::Running(started) => *started,
            Start::Disabled(summary) => {
                say(summary);
                return Ok(Telemetry::disabled());
            }
        };
        // Whatever becomes of it, dropping it ends the threads.
        let telemetry = Telemetry::new(pipeline.clone(), config.debug);
        pipeline.install_global().map_err(InitError::AlreadyInstalled)?;
        if panics {
            telemetry_core::error::capture_panics();
        }
        say(format_args!("{summary}{}", subscribe(&config)));
        Ok(telemetry)
    }

    /// Starts telemetry without making it the program's: only work within
    /// [`Pipeline::scoped`](telemetry_core::Pipeline::scoped) or
    /// [`Pipeline::context`](telemetry_core::Pipeline::context) is recorded. Says nothing unless
    /// something is wrong.
    ///
    /// # Errors
    ///
    /// [`InitError`] when a setting isn't allowed, or the system refuses a file or a thread.
    pub fn build(self) -> Result<Telemetry, InitError> {
        Ok(match self.start(false)? {
            Start::Running(started) => Telemetry::new(started.pipeline, started.config.debug),
            Start::Disabled(_) => Telemetry::disabled(),
        })
    }
}

/// Sets the `tracing` subscriber and the `log` crate's logger; gives what is to be said about it.
#[cfg_attr(not(any(feature = "log", feature = "tracing")), expect(unused_variables))]
fn subscribe(config: &Config) -> &'static str {
    #[cfg(feature = "log")]
    crate::subscriber::install_logger(&config.levels);
    #[cfg(feature = "tracing")]
    if !crate::subscriber::install(&config.levels) {
        return "; tracing has a subscriber already: add telemetry_core::bridge::tracing::layer() to it";
    }
    ""
}

/// Headers and URLs may be secret, so of the settings nothing is shown but the service.
impl fmt::Debug for TelemetryBuilder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sinks: Vec<&str> = self.sinks.iter().map(|sink| sink.name()).collect();
        out.debug_struct("TelemetryBuilder")
            .field("service_name", &self.settings.service_name)
            .field("service_version", &self.settings.service_version)
            .field("environment", &self.settings.environment)
            .field("sinks", &sinks)
            .finish_non_exhaustive()
    }
}
