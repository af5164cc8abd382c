use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::collector::Collector;
use super::shared::Shared;
use super::sink_thread::SinkThread;
use super::{Limits, Options, Pipeline, Sink, self_telemetry, start};
use crate::budget::{self, CpuBudget, Detail, Governor};
use crate::clock;
#[cfg(any(test, feature = "testing"))]
use crate::clock::TickSource;
use crate::context::Propagators;
use crate::metric::{ExemplarFilter, Meter, Registry, Settings};
use crate::notice::{Notice, NoticeHandler};
use crate::resource::Resource;
use crate::sampling::{Sampler, Tail};
use crate::view::{Checked, Sources, View, Views};

/// Configures a [`Pipeline`]; made by [`Pipeline::builder`].
///
/// ```
/// use telemetry_core::{Pipeline, Ratio, Resource, Sampler};
///
/// let pipeline = Pipeline::builder()
///     .resource(Resource::default().with("service.name", "support-desk"))
///     .sampler(Sampler::TraceIdRatio(Ratio::new(0.1).unwrap()))
///     .build()?;
/// # drop(pipeline);
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct PipelineBuilder {
    resource: Resource,
    sampler: Sampler,
    options: Options,
    tail: Option<Tail>,
    sinks: Vec<Box<dyn Sink>>,
    views: Vec<View>,
    ring_bytes: usize,
    sink_bytes: usize,
    sweep_interval: Duration,
    metrics: Settings,
    on_notice: Option<NoticeHandler>,
    self_telemetry: bool,
    cpu_budget: Option<CpuBudget>,
}

impl PipelineBuilder {
    pub(super) fn new() -> Self {
        Self {
            resource: Resource::default(),
            sampler: Sampler::default(),
            options: Options::default(),
            tail: None,
            sinks: Vec::new(),
            views: Vec::new(),
            ring_bytes: 4 * 1024 * 1024,
            sink_bytes: 4 * 1024 * 1024,
            sweep_interval: Duration::from_millis(100),
            metrics: Settings::default(),
            on_notice: None,
            self_telemetry: false,
            cpu_budget: None,
        }
    }

    /// What the telemetry is about; empty by default.
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resource = resource;
        self
    }

    /// Which traces are recorded; by default all, but those whose remote parent wasn't.
    pub fn sampler(mut self, sampler: Sampler) -> Self {
        self.sampler = sampler;
        self
    }

    /// In which headers a context travels to and from other processes; by default W3C's `traceparent`,
    /// `tracestate` and `baggage`.
    pub fn propagators(mut self, propagators: Propagators) -> Self {
        self.options.propagators = propagators;
        self
    }

    /// Baggage entries that become attributes of each span and event that is made under them, and
    /// labels of [`Operation`](crate::Operation)'s metrics; none by default, since what a caller sends
    /// is neither few in number nor meant for everybody. What is set in code wins.
    ///
    /// ```
    /// use telemetry_core::{Baggage, Context, testing::Capture, Pipeline, span};
    ///
    /// let capture = Capture::with(Pipeline::builder().baggage_attributes(["tenant.id"]));
    /// capture.run(|| {
    ///     let baggage = Baggage::default().with("tenant.id", "acme").with("user.id", "17");
    ///     Context::current().with_baggage(baggage).in_scope(|| span!("work").in_scope(|| ()));
    /// });
    /// let span = &capture.spans()[0];
    /// assert_eq!(span.attribute("tenant.id").unwrap(), &"acme");
    /// assert!(span.attribute("user.id").is_none());
    /// ```
    pub fn baggage_attributes<K: Into<Box<str>>>(
        mut self,
        keys: impl IntoIterator<Item = K>,
    ) -> Self {
        self.options.baggage_attributes = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Baggage entries that become labels of all that counters and histograms record beneath them, those
    /// of the layers included; none by default, since what a caller sends is neither few in number nor
    /// meant for everybody. Of each the first 256 bytes count, an attribute of the same key wins, and the
    /// budget of series holds for each instrument. What goes up and down has none, for it might do so in
    /// different contexts.
    ///
    /// ```
    /// use telemetry_core::{Baggage, Context, Pipeline, Scope};
    ///
    /// static SCOPE: Scope = Scope::new("shop", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().baggage_labels(["tenant.id"]).build()?;
    /// let orders = pipeline.meter(&SCOPE).counter("shop.orders").build();
    /// let baggage = Baggage::default().with("tenant.id", "acme").with("user.id", "17");
    /// Context::current().with_baggage(baggage).in_scope(|| orders.add(1, &[]));
    /// assert_eq!(pipeline.metrics().sum("shop.orders", &[("tenant.id", "acme")]), 1.0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn baggage_labels<K: Into<Box<str>>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys: Vec<Box<str>> = keys.into_iter().map(Into::into).collect();
        self.metrics.baggage_labels = (!keys.is_empty()).then(|| keys.into());
        self
    }

    /// Whether exceptions are recorded as span events besides log records, as
    /// `OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN=logs/dup` asks; not by default.
    pub fn exception_span_events(mut self, also: bool) -> Self {
        self.options.exception_span_events = also;
        self
    }

    /// Rescues unsampled traces that fail, are slow, are new, or are marked; none by default.
    pub fn tail(mut self, tail: Tail) -> Self {
        self.options.interest.rescued = Some(Arc::default());
        self.tail = Some(tail);
        self
    }

    /// Which events and log records are recorded; all by default. A share is decided by the trace's
    /// random bits, so that what belongs together stays together, and by chance outside any trace; what
    /// is kept of a share says in `telemetry.adjusted_count` how many it stands for. Beneath a
    /// parent-based sampler the span's decision holds.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, Ratio, Sampler};
    ///
    /// let hundredth = Sampler::TraceIdRatio(Ratio::new(0.01).unwrap());
    /// let pipeline = Pipeline::builder().event_sampler(hundredth).build()?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn event_sampler(mut self, sampler: Sampler) -> Self {
        self.options.event_sampler = Some(sampler);
        self
    }

    /// Lets callers ask for a trace to be sampled, by a baggage entry with this value; not by default,
    /// since whoever may ask decides what telemetry costs.
    pub fn force_sampling_by_baggage(mut self, key: &str, value: &str) -> Self {
        self.options.forcing_baggage = Some((key.into(), value.into()));
        self
    }

    /// Span events kept in one span (`OTEL_SPAN_EVENT_COUNT_LIMIT`), 128 by default.
    pub fn span_event_limit(mut self, limit: u32) -> Self {
        self.options.span_event_limit = limit;
        self
    }

    /// Adds a sink; it runs on a thread of its own.
    pub fn sink(mut self, sink: Box<dyn Sink>) -> Self {
        self.sinks.push(sink);
        self
    }

    /// Adds a metric or log line that is declared over events or spans; see [`view`](crate::view).
    pub fn view(mut self, view: View) -> Self {
        self.views.push(view);
        self
    }

    /// Bytes that all threads' rings may take together, 4 MiB by default; at least two segments of
    /// 64 KiB.
    pub fn ring_bytes(mut self, bytes: usize) -> Self {
        self.ring_bytes = bytes;
        self
    }

    /// Bytes that the sinks' queues may take together, 4 MiB by default.
    pub fn sink_bytes(mut self, bytes: usize) -> Self {
        self.sink_bytes = bytes;
        self
    }

    /// How often the collector empties the rings, 100 ms by default. When rings run full it comes
    /// sooner by itself.
    pub fn sweep_interval(mut self, interval: Duration) -> Self {
        self.sweep_interval = interval.max(Duration::from_millis(1));
        self
    }

    /// Which measurements may become exemplars; by default those made in a trace that is kept.
    pub fn exemplar_filter(mut self, filter: ExemplarFilter) -> Self {
        self.metrics.exemplar_filter = filter;
        self
    }

    /// How long a reading of metrics waits for the callbacks of observable instruments, one second
    /// by default.
    pub fn observation_timeout(mut self, timeout: Duration) -> Self {
        self.metrics.observation_timeout = timeout;
        self
    }

    /// The observation timeout of a pipeline that was given none.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn patient(mut self, timeout: Duration) -> Self {
        if self.metrics.observation_timeout == Settings::default().observation_timeout {
            self.metrics.observation_timeout = timeout;
        }
        self
    }

    /// Has `handler` told each [`Notice`], once, on a thread of telemetry's own.
    pub fn on_notice(mut self, handler: impl Fn(&Notice) + Send + Sync + 'static) -> Self {
        self.on_notice = Some(Box::new(handler));
        self
    }

    /// How much a record holds.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.options.limits = limits;
        self
    }

    /// Takes the time from somewhere else.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn ticks(mut self, ticks: TickSource) -> Self {
        self.options.ticks = ticks;
        self
    }

    /// Whether [`Pipeline::active_spans`] lists all spans and not only local roots and those of
    /// layers. That makes a span cost up to a tenth more.
    pub fn list_all_spans(mut self, all: bool) -> Self {
        self.options.list_all_spans = all;
        self
    }

    /// Whether the program's `tracing` subscriber is shown each native span too, so that other layers
    /// have them: `fmt` writes them before its lines, Sentry and `tokio-console` list them. Not by
    /// default, since it costs what such a span costs there, and some 3,000 instructions besides; a layer that
    /// writes the attributes has them searched for secrets first.
    ///
    /// What layers see is told [there](crate::bridge::tracing#mirrors-of-native-spans).
    ///
    /// ```
    /// use telemetry_core::{Pipeline, span};
    ///
    /// let pipeline = Pipeline::builder().mirror_to_tracing(true).build()?;
    /// let subscriber = tracing_subscriber::fmt().finish();
    /// tracing::subscriber::with_default(subscriber, || {
    ///     pipeline.scoped(|| {
    ///         span!("order.place", "order.id" = 17).in_scope(|| {
    ///             // INFO telemetry.span{otel.name=order.place trace_id=4bf9… span_id=00f0…
    ///             // attributes=order.id=17}: shop: placed
    ///             tracing::info!("placed");
    ///         });
    ///     });
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[cfg(feature = "tracing")]
    pub fn mirror_to_tracing(mut self, on: bool) -> Self {
        self.options.mirrors = on;
        self
    }

    /// Whether the pipeline has metrics of itself, under OpenTelemetry's `otel.sdk.*` names and
    /// `telemetry.*`: what was made, what waits, what was delivered and lost and why, and the
    /// processor time of its own threads; not by default. They are made of the counts that there are
    /// anyway, when metrics are read; only that of the spans that start costs each of them a few
    /// instructions. All of them are listed in `docs/NAMES.md`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_core::{Pipeline, span};
    ///
    /// let pipeline = Pipeline::builder().self_telemetry(true).build()?;
    /// pipeline.scoped(|| span!("work").in_scope(|| ()));
    /// assert!(pipeline.flush(Duration::from_secs(5)).is_complete());
    /// let attributes = [("otel.component.name", "pipeline")];
    /// assert_eq!(pipeline.metrics().sum("otel.sdk.processor.span.processed", &attributes), 1.0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn self_telemetry(mut self, on: bool) -> Self {
        self.self_telemetry = on;
        self.options.count_starts = on;
        self
    }

    /// Lowers detail, step by step, while telemetry takes more processor time than this; without a
    /// budget, as by default, it never does.
    pub fn cpu_budget(mut self, budget: CpuBudget) -> Self {
        self.cpu_budget = Some(budget);
        self
    }

    /// Starts the pipeline's threads: the collector and one per sink.
    ///
    /// # Errors
    ///
    /// When the system can't start a thread, which the error names (those that were started before it end
    /// then); of the kind `InvalidInput`, with a
    /// [`ViewError`](crate::view::ViewError) inside, when a view makes no sense.
    pub fn build(mut self) -> io::Result<Pipeline> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let views = Checked::all(self.views).map_err(invalid)?;
        self.options.interest.views = Sources::of(&views);
        clock::start();
        #[cfg(feature = "tracing")]
        if self.options.mirrors {
            crate::bridge::tracing::mirror::turn_on();
        }
        let sink_bytes = self.sink_bytes / self.sinks.len().max(1);
        let threads = self.sinks.iter().map(|sink| SinkThread::new(&**sink, sink_bytes)).collect();
        let shared = Arc::new(Shared::new(
            self.resource,
            self.sampler,
            self.options,
            Detail::new(self.cpu_budget.is_some()),
            Arc::new(Registry::new(self.metrics, self.on_notice)),
            self.ring_bytes,
            threads,
        ));
        if self.self_telemetry {
            self_telemetry::register(&shared, &self.sinks);
        }
        if self.cpu_budget.is_some() {
            let meter = Meter::new(Arc::clone(&shared.registry), &self_telemetry::SCOPE);
            shared.keep(Cow::Borrowed("budget"), budget::observe(&meter, &shared));
        }
        let views = Views::new(views, &shared.registry, &shared.pool);
        let collector = Collector::new(Arc::clone(&shared), self.tail, views);
        let collector = collector.governed_by(self.cpu_budget.map(Governor::new));
        start::threads(&shared, self.sinks, collector, self.sweep_interval)?;
        Ok(Pipeline::new(shared))
    }
}

impl std::fmt::Debug for PipelineBuilder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PipelineBuilder")
            .field("resource", &self.resource)
            .field("sampler", &self.sampler)
            .field("options", &self.options)
            .field("tail", &self.tail)
            .field("sinks", &self.sinks.iter().map(|sink| sink.name()).collect::<Vec<_>>())
            .field("views", &self.views.iter().map(View::name).collect::<Vec<_>>())
            .field("ring_bytes", &self.ring_bytes)
            .field("sink_bytes", &self.sink_bytes)
            .field("sweep_interval", &self.sweep_interval)
            .field("metrics", &self.metrics)
            .field("self_telemetry", &self.self_telemetry)
            .field("cpu_budget", &self.cpu_budget)
            .finish_non_exhaustive()
    }
}
