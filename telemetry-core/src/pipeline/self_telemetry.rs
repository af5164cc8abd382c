//! The pipeline's metrics of itself: `otel.sdk.*` as in the
//! [conventions](https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/), and `telemetry.*` for
//! what they lack. Observable instruments over counts that there are anyway: nothing is added to
//! what a record costs.
//!
//! Only the spans that start are counted for its sake. The capacity of a queue in records doesn't exist
//! where it is bounded in bytes, so that isn't there.

use std::borrow::Cow;
use std::sync::{Arc, Weak};

use super::shared::Shared;
use super::sink_account::{Collections, ExporterCounts, SinkFlow};
use super::{DropReason, Origin, SamplingResult, Signal, SignalLedger, Sink};
use crate::attribute::Value;
use crate::metric::{Meter, Observer, Registration};
use crate::scope::Scope;
use crate::semconv;

/// What the pipeline's own metrics come from.
pub(super) static SCOPE: Scope = Scope::new("telemetry-core", env!("CARGO_PKG_VERSION"));

/// Registers all instruments; they stay as long as the pipeline does.
pub(super) fn register(shared: &Arc<Shared>, sinks: &[Box<dyn Sink>]) {
    let meter = Meter::new(Arc::clone(&shared.registry), &SCOPE);
    let names = SinkNames::of(sinks);
    let duration = meter
        .histogram("otel.sdk.metric_reader.collection.duration")
        .unit("s")
        .description("The duration of the collect operation of the metric reader.")
        .buckets(&[0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0])
        .build();
    for (thread, name) in shared.sinks.iter().zip(&names) {
        let component_name = format!("{}/{}", Collections::COMPONENT_TYPE, name.sink);
        let duration = duration.clone();
        let _ = thread.collections.set(Collections { duration, component_name });
    }
    let registry = Register { meter, shared: Arc::downgrade(shared), names: names.into() };
    shared.keep(Cow::Borrowed("pipeline"), registry.all());
}

/// The components that a sink stands for.
#[derive(Debug)]
struct SinkNames {
    /// The sink's name, unlike all others'.
    sink: String,
    /// Type and name of the queue before it, by signal.
    queue: [Component; Signal::COUNT],
    /// Type and name of the exporter, by signal, and at last that of metrics.
    exporter: [Component; Signal::COUNT + 1],
}

#[derive(Debug)]
struct Component {
    kind: Cow<'static, str>,
    name: String,
}

impl Component {
    fn new(kind: impl Into<Cow<'static, str>>, of: &str) -> Self {
        let kind = kind.into();
        Self { name: format!("{kind}/{of}"), kind }
    }

    /// Observes one value of this component; none that is zero unless it always stands for itself.
    fn observe(&self, observer: &mut Observer, value: u64, error_type: Option<&str>) {
        observe(observer, &self.kind, &self.name, value, error_type);
    }
}

impl SinkNames {
    fn of(sinks: &[Box<dyn Sink>]) -> Vec<Self> {
        let mut names: Vec<Self> = Vec::new();
        for sink in sinks {
            let same = names.iter().filter(|earlier| {
                earlier.sink.split('/').next() == Some(sink.name()) || earlier.sink == sink.name()
            });
            let name = match same.count() {
                0 => sink.name().to_owned(),
                earlier => format!("{}/{earlier}", sink.name()),
            };
            names.push(Self {
                queue: ["batching_span_processor", "batching_log_processor"]
                    .map(|kind| Component::new(kind, &name)),
                exporter: ["span", "log", "metric"]
                    .map(|exported| Component::new(sink.component_type(exported), &name)),
                sink: name,
            });
        }
        names
    }
}

/// Makes the instruments.
struct Register {
    meter: Meter,
    shared: Weak<Shared>,
    names: Arc<[SinkNames]>,
}

/// What is counted apart: spans, log records, and points of metrics.
const EXPORTED: [(&str, &str); Signal::COUNT + 1] =
    [("span", "{span}"), ("log", "{log_record}"), ("metric_data_point", "{data_point}")];

impl Register {
    fn all(&self) -> Vec<Registration> {
        let mut all = vec![self.created(), self.started(), self.live(), self.processor_time()];
        for (signal, (name, unit)) in Signal::ALL.into_iter().zip(EXPORTED) {
            all.extend([
                self.ended(signal, name, unit),
                self.sampled_out(signal, name, unit),
                self.queued(signal, name, unit),
                self.processed(signal, name, unit),
                self.inflight(signal, name, unit),
            ]);
        }
        all.extend((0..EXPORTED.len()).map(|index| self.exported(index)));
        all.extend(self.bytes());
        all
    }

    fn created(&self) -> Registration {
        let builder = self.meter.observable_counter("otel.sdk.log.created");
        let builder = builder.unit("{log_record}").description("Log records that were made.");
        builder.callback(self.with(|shared, _, observer| {
            observer.observe(shared.ledger().logs.ended, &[]);
        }))
    }

    fn started(&self) -> Registration {
        let builder = self.meter.observable_counter("otel.sdk.span.started").unit("{span}");
        let builder = builder.description("The number of created spans.");
        builder.callback(self.with(|shared, _, observer| {
            let started = shared.counted(Signal::Spans).started;
            for ((origin, origin_name), row) in Origin::ALL.into_iter().zip(started) {
                for ((_, result_name), count) in SamplingResult::ALL.into_iter().zip(row) {
                    let attributes = [
                        (semconv::otel::SPAN_PARENT_ORIGIN, origin_name.into()),
                        (semconv::otel::SPAN_SAMPLING_RESULT, result_name.into()),
                    ];
                    if count > 0 || matches!(origin, Origin::None) {
                        observer.observe(count, &attributes);
                    }
                }
            }
        }))
    }

    fn live(&self) -> Registration {
        let builder = self.meter.observable_up_down_counter("otel.sdk.span.live").unit("{span}");
        let builder = builder.description("Spans that are recorded and haven't ended yet.");
        builder.callback(self.with(|shared, _, observer| {
            let counted = shared.counted(Signal::Spans);
            let ended_sampled =
                counted.ended.saturating_sub(counted.sampled_out + counted.unsampled);
            for (result, ended) in [
                (SamplingResult::RecordOnly, counted.unsampled),
                (SamplingResult::RecordAndSample, ended_sampled),
            ] {
                let started: u64 = counted.started.iter().map(|row| row[result as usize]).sum();
                let name = SamplingResult::ALL[result as usize].1;
                let attributes = [(semconv::otel::SPAN_SAMPLING_RESULT, name.into())];
                observer.observe(started.saturating_sub(ended), &attributes);
            }
        }))
    }

    fn ended(&self, signal: Signal, name: &str, unit: &'static str) -> Registration {
        let builder = self.meter.observable_counter(format!("telemetry.{name}.ended"));
        let builder = builder.unit(unit).description("Ended, whatever became of it.");
        builder.callback(self.with(move |shared, _, observer| {
            observer.observe(shared.ledger().of(signal).ended, &[]);
        }))
    }

    fn sampled_out(&self, signal: Signal, name: &str, unit: &'static str) -> Registration {
        let builder = self.meter.observable_counter(format!("telemetry.{name}.sampled_out"));
        let builder = builder.unit(unit).description("Left out by the sampler's decision.");
        builder.callback(self.with(move |shared, _, observer| {
            observer.observe(shared.ledger().of(signal).sampled_out, &[]);
        }))
    }

    fn queued(&self, signal: Signal, name: &str, unit: &'static str) -> Registration {
        let name = format!("otel.sdk.processor.{name}.queue.size");
        let builder = self.meter.observable_up_down_counter(name).unit(unit);
        let builder = builder.description("Waiting in the queue of the processor.");
        builder.callback(self.with(move |shared, names, observer| {
            let ledger = shared.ledger();
            let ledger = ledger.of(signal);
            PIPELINE.observe(observer, ledger.in_ring + ledger.held, None);
            for_each_sink(shared, names, |flow, names| {
                let index = signal as usize;
                names.queue[index].observe(observer, flow.queue[index].waiting, None);
            });
        }))
    }

    fn processed(&self, signal: Signal, name: &str, unit: &'static str) -> Registration {
        let builder = self.meter.observable_counter(format!("otel.sdk.processor.{name}.processed"));
        let builder = builder.unit(unit);
        let builder = builder.description("Processed, with or without success.");
        builder.callback(self.with(move |shared, names, observer| {
            PIPELINE.observe(observer, shared.processed(signal), None);
            for (error_type, count) in losses(shared.ledger().of(signal)) {
                PIPELINE.observe(observer, count, Some(error_type));
            }
            for_each_sink(shared, names, |flow, names| {
                let (queue, component) =
                    (flow.queue[signal as usize], &names.queue[signal as usize]);
                component.observe(observer, queue.given, None);
                let losses = [
                    (QUEUE_FULL, queue.full),
                    (ALREADY_SHUTDOWN, queue.shut_down),
                    ("timeout", queue.abandoned),
                ];
                observe_losses(observer, component, &losses);
            });
        }))
    }

    fn inflight(&self, signal: Signal, name: &str, unit: &'static str) -> Registration {
        let name = format!("otel.sdk.exporter.{name}.inflight");
        let builder = self.meter.observable_up_down_counter(name).unit(unit);
        let builder =
            builder.description("Passed to the exporter, and not yet exported or failed.");
        builder.callback(self.with(move |shared, names, observer| {
            for_each_sink(shared, names, |flow, names| {
                let index = signal as usize;
                names.exporter[index].observe(observer, flow.exporter[index].inflight, None);
            });
        }))
    }

    fn exported(&self, index: usize) -> Registration {
        let (name, unit) = EXPORTED[index];
        let builder = self.meter.observable_counter(format!("otel.sdk.exporter.{name}.exported"));
        let builder = builder.unit(unit).description("Exported, with or without success.");
        builder.callback(self.with(move |shared, names, observer| {
            for_each_sink(shared, names, |flow, names| {
                let (component, counts) = (&names.exporter[index], flow.exporter[index]);
                let ExporterCounts { exported, rejected, panicked, given_up, .. } = counts;
                component.observe(observer, exported, None);
                let other = semconv::error::OTHER;
                let losses = [("rejected", rejected), ("panic", panicked), (other, given_up)];
                observe_losses(observer, component, &losses);
            });
        }))
    }

    /// Of rings and queues.
    fn bytes(&self) -> [Registration; 2] {
        let observe = |pick: fn((usize, usize)) -> usize| {
            self.with(move |shared, names, observer| {
                let mut of = |name: &str, bytes| {
                    let name = [(semconv::otel::COMPONENT_NAME, name.into())];
                    observer.observe(pick(bytes) as u64, &name);
                };
                of(PIPELINE.1, shared.pool.bytes());
                for (sink, names) in shared.sinks.iter().zip(names) {
                    of(&names.sink, sink.queue_bytes());
                }
            })
        };
        let size = self.meter.observable_up_down_counter("telemetry.queue.size").unit("By");
        let size = size.description("Memory that waiting records hold.");
        let capacity = self.meter.observable_up_down_counter("telemetry.queue.capacity").unit("By");
        let capacity = capacity.description("Memory that waiting records may hold.");
        [size.callback(observe(|(used, _)| used)), capacity.callback(observe(|(_, all)| all))]
    }

    fn processor_time(&self) -> Registration {
        let builder = self.meter.observable_counter("telemetry.cpu.time").unit("s");
        let builder = builder.description("Processor time of telemetry's own threads.");
        builder.callback(self.with(|shared, _, observer| {
            for (thread, time) in shared.own_threads.processor_times() {
                observer.observe(
                    time.as_secs_f64(),
                    &[(semconv::thread::NAME, thread.as_str().into())],
                );
            }
        }))
    }

    /// A callback that doesn't keep the pipeline.
    fn with(
        &self,
        observe: impl Fn(&Shared, &[SinkNames], &mut Observer) + Send + Sync + 'static,
    ) -> impl Fn(&mut Observer) + Send + Sync + 'static {
        let (shared, names) = (self.shared.clone(), Arc::clone(&self.names));
        move |observer| {
            if let Some(shared) = shared.upgrade() {
                observe(&shared, &names, observer);
            }
        }
    }
}

/// Rings and collector, as a component: a processor before those of the sinks.
const PIPELINE: Pipeline = Pipeline("telemetry_core::Pipeline", "pipeline");

struct Pipeline(&'static str, &'static str);

impl Pipeline {
    fn observe(&self, observer: &mut Observer, value: u64, error_type: Option<&str>) {
        observe(observer, self.0, self.1, value, error_type);
    }
}

const QUEUE_FULL: &str = "queue_full";
const ALREADY_SHUTDOWN: &str = "already_shutdown";

/// What was lost before the collector, in the conventions' words where they have one.
fn losses(ledger: &SignalLedger) -> impl Iterator<Item = (&'static str, u64)> {
    let lost = ledger.dropped.iter().filter(|(_, count)| *count > 0);
    lost.map(|(reason, count)| match reason {
        DropReason::RingFull => (QUEUE_FULL, *count),
        DropReason::ShutDown => (ALREADY_SHUTDOWN, *count),
        DropReason::TooLarge => (reason.as_str(), *count),
    })
}

fn observe_losses(observer: &mut Observer, component: &Component, losses: &[(&str, u64)]) {
    for (error_type, count) in losses.iter().filter(|(_, count)| *count > 0) {
        component.observe(observer, *count, Some(error_type));
    }
}

fn for_each_sink(
    shared: &Shared,
    names: &[SinkNames],
    mut show: impl FnMut(&SinkFlow, &SinkNames),
) {
    for (sink, names) in shared.sinks.iter().zip(names) {
        show(&sink.flow(), names);
    }
}

fn observe(observer: &mut Observer, kind: &str, name: &str, value: u64, error: Option<&str>) {
    let component: [(&str, Value<'_>); 3] = [
        (semconv::otel::COMPONENT_TYPE, kind.into()),
        (semconv::otel::COMPONENT_NAME, name.into()),
        (semconv::error::TYPE, error.unwrap_or_default().into()),
    ];
    observer.observe(value, if error.is_some() { &component[..] } else { &component[..2] });
}
