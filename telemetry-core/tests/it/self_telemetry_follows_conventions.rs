use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::testing::Capture;
use telemetry_core::view::counter;
use telemetry_core::{
    Batch, Counts, Ledger, Metric, MetricData, MetricSnapshot, Pipeline, Receipt, Sampler, Signal,
    Sink, emit, propagation, span,
};

use crate::support::{HANGS, Headers, sweep};

/// Takes what it is given as each test says.
struct Scripted {
    name: &'static str,
    export: Box<dyn FnMut(&Batch) -> Counts + Send>,
    /// Whether it takes metrics, of which it refuses one and loses another.
    metrics: bool,
}

impl Scripted {
    fn new(name: &'static str, export: impl FnMut(&Batch) -> Counts + Send + 'static) -> Box<Self> {
        Box::new(Self { name, export: Box::new(export), metrics: false })
    }
}

impl Sink for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }
    fn accepts(&self, _: Signal) -> bool {
        true
    }
    fn component_type(&self, exported: &str) -> std::borrow::Cow<'static, str> {
        format!("scripted_{exported}_exporter").into()
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        Receipt::of(batch.signal(), (self.export)(batch))
    }
    fn metrics_interval(&self) -> Option<Duration> {
        self.metrics.then_some(Duration::from_secs(3600))
    }
    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        let exported = snapshot.points() as u64 - 2;
        Receipt { points: Counts { exported, rejected: 1, dropped: 1 }, ..Receipt::default() }
    }
}

fn all(batch: &Batch) -> Counts {
    Counts { exported: batch.len() as u64, ..Counts::default() }
}

fn shape(metric: &Metric) -> (String, String, &'static str) {
    let kind = match metric.data {
        MetricData::Sum { monotonic: true, .. } => "counter",
        MetricData::Sum { .. } => "updowncounter",
        MetricData::Gauge { .. } => "gauge",
        _ => "histogram",
    };
    (metric.name.clone().into_owned(), metric.unit.clone().into_owned(), kind)
}

fn value(metrics: &MetricSnapshot, name: &str, component: &str, error_type: &str) -> f64 {
    let labels = [("otel.component.name", component), ("error.type", error_type)];
    let labels = if error_type.is_empty() { &labels[..1] } else { &labels[..] };
    let Some(MetricData::Sum { points, .. }) = metrics.metric(name).map(|metric| &metric.data)
    else {
        return f64::NAN;
    };
    let points = points.iter().filter(|point| {
        let fails = point.attributes.iter().any(|(key, _)| key == "error.type");
        point.attributes.contains(labels) && fails != error_type.is_empty()
    });
    points.map(|point| point.value.as_f64()).sum()
}

#[test]
fn names_units_kinds_and_attributes_are_those_of_the_registry() {
    let sink = Box::new(Scripted { metrics: true, ..*Scripted::new("scripted", all) });
    let pipeline = Pipeline::builder().self_telemetry(true).sink(sink).build().unwrap();
    pipeline.scoped(|| span!("work").in_scope(|| emit!("done")));
    // The first flush reads the metrics for the first time, the second counts what the first pushed.
    assert!(pipeline.flush(HANGS).is_complete());
    assert!(pipeline.flush(HANGS).is_complete());
    let metrics = pipeline.metrics();
    let of_the_sdk = [
        ("otel.sdk.exporter.log.exported", "{log_record}", "counter"),
        ("otel.sdk.exporter.log.inflight", "{log_record}", "updowncounter"),
        ("otel.sdk.exporter.metric_data_point.exported", "{data_point}", "counter"),
        ("otel.sdk.exporter.span.exported", "{span}", "counter"),
        ("otel.sdk.exporter.span.inflight", "{span}", "updowncounter"),
        ("otel.sdk.log.created", "{log_record}", "counter"),
        ("otel.sdk.metric_reader.collection.duration", "s", "histogram"),
        ("otel.sdk.processor.log.processed", "{log_record}", "counter"),
        ("otel.sdk.processor.log.queue.size", "{log_record}", "updowncounter"),
        ("otel.sdk.processor.span.processed", "{span}", "counter"),
        ("otel.sdk.processor.span.queue.size", "{span}", "updowncounter"),
        ("otel.sdk.span.live", "{span}", "updowncounter"),
        ("otel.sdk.span.started", "{span}", "counter"),
    ];
    let of_ours = [
        ("telemetry.cpu.time", "s", "counter"),
        ("telemetry.log.ended", "{log_record}", "counter"),
        ("telemetry.log.sampled_out", "{log_record}", "counter"),
        ("telemetry.queue.capacity", "By", "updowncounter"),
        ("telemetry.queue.size", "By", "updowncounter"),
        ("telemetry.span.ended", "{span}", "counter"),
        ("telemetry.span.sampled_out", "{span}", "counter"),
    ];
    let expected: Vec<_> = of_the_sdk.iter().chain(&of_ours).collect();
    let found: Vec<_> = metrics.metrics.iter().map(shape).collect();
    // Where the system doesn't tell the time of threads, that one is missing.
    let expected: Vec<_> = expected
        .into_iter()
        .filter(|(name, ..)| cfg!(target_os = "linux") || *name != "telemetry.cpu.time")
        .map(|(name, unit, kind)| ((*name).to_owned(), (*unit).to_owned(), *kind))
        .collect();
    assert_eq!(found, expected);
    assert!(metrics.metrics.iter().all(|metric| !metric.description.is_empty()));

    let mut components = BTreeSet::new();
    for metric in metrics.metrics.iter().filter(|metric| metric.name.starts_with("otel.sdk.")) {
        let sets: Vec<_> = match &metric.data {
            MetricData::Sum { points, .. } => points.iter().map(|it| &it.attributes).collect(),
            MetricData::Histogram { points, .. } => {
                points.iter().map(|it| &it.attributes).collect()
            }
            _ => Vec::new(),
        };
        assert!(!sets.is_empty(), "{}", metric.name);
        let expected: &[&str] = match &*metric.name {
            "otel.sdk.log.created" => &[],
            "otel.sdk.span.live" => &["otel.span.sampling_result"],
            "otel.sdk.span.started" => &["otel.span.parent.origin", "otel.span.sampling_result"],
            _ => &["otel.component.name", "otel.component.type"],
        };
        for attributes in sets {
            let keys = attributes.iter().map(|(key, _)| key.to_owned());
            // On those points alone that are about failures.
            let keys: BTreeSet<_> = keys.filter(|key| key != "error.type").collect();
            assert!(keys.iter().eq(expected), "{}: {keys:?}", metric.name);
            components.extend(attributes.iter().map(|(_, value)| value.to_string()));
        }
    }
    for component in [
        "batching_span_processor",
        "batching_log_processor/scripted",
        "scripted_span_exporter",
        "scripted_metric_exporter/scripted",
        "periodic_metric_reader/scripted",
    ] {
        assert!(components.contains(component), "{component} not in {components:?}");
    }
}

#[test]
fn spans_are_counted_when_they_start_by_origin_and_result_and_live_until_they_end() {
    let traceparent = |flags: &str| {
        let header = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        propagation::extract(&Headers::of(&[("traceparent", &header)]))
    };
    let builder = Pipeline::builder().self_telemetry(true).view(counter("seen").of_span("seen"));
    let capture = Capture::with(builder);
    let started = |origin: &str, result: &str| {
        let labels = [("otel.span.parent.origin", origin), ("otel.span.sampling_result", result)];
        capture.metrics().sum("otel.sdk.span.started", &labels)
    };
    let live = |result: &str| {
        capture.metrics().sum("otel.sdk.span.live", &[("otel.span.sampling_result", result)])
    };
    let (root, seen, left_out, elsewhere) = capture.run(|| {
        let root = span!("root").start();
        root.in_scope(|| span!("inner").in_scope(|| ()));
        let unsampled = traceparent("00");
        let seen = span!("seen").parent(&unsampled).start();
        let left_out = span!("not seen").parent(&unsampled).start();
        let elsewhere = span!("sampled").parent(&traceparent("01")).start();
        (root, seen, left_out, elsewhere)
    });
    assert_eq!(started("none", "RECORD_AND_SAMPLE"), 1.0);
    assert_eq!(started("local", "RECORD_AND_SAMPLE"), 1.0);
    assert_eq!(started("remote", "RECORD_AND_SAMPLE"), 1.0);
    assert_eq!(started("remote", "RECORD_ONLY"), 1.0);
    assert_eq!(started("remote", "DROP"), 1.0);
    assert_eq!((live("RECORD_AND_SAMPLE"), live("RECORD_ONLY"), live("DROP")), (2.0, 1.0, 0.0));
    // On another thread than the one that they started on, which ends.
    thread::spawn(move || drop((root, seen))).join().unwrap();
    assert_eq!((live("RECORD_AND_SAMPLE"), live("RECORD_ONLY")), (1.0, 0.0));
    drop((left_out, elsewhere));
    capture.flush();
    assert_eq!((live("RECORD_AND_SAMPLE"), live("RECORD_ONLY")), (0.0, 0.0));
    assert_eq!(capture.metrics().sum("otel.sdk.span.started", &[]), 5.0);
    assert_eq!(capture.metrics().sum("telemetry.span.ended", &[]), 5.0);
}

#[test]
fn nothing_of_it_is_there_unless_asked_for() {
    let capture = Capture::start();
    capture.run(|| span!("work").in_scope(|| emit!("done")));
    capture.flush();
    assert!(capture.metrics().metrics.is_empty(), "{:?}", capture.metrics());
}

#[test]
fn each_loss_is_told_with_its_cause_and_all_agrees_with_the_ledger() {
    let go = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&go);
    let stalled = Scripted::new("stalled", move |batch| {
        while !gate.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
        all(batch)
    });
    // Panics on the first batch of spans, refuses one of each later one and loses another.
    let mut batches = 0;
    let shaky = Scripted::new("shaky", move |batch| {
        batches += 1;
        assert!(batches > 1, "on purpose");
        Counts { exported: batch.len() as u64 - 2, rejected: 1, dropped: 1 }
    });
    let builder = Pipeline::builder()
        .self_telemetry(true)
        .sink_bytes(256 * 1024)
        .ring_bytes(1024 * 1024)
        .sink(stalled)
        .sink(shaky);
    let capture = Capture::with(builder);
    for _ in 0..20 {
        capture.run(|| (0..500).for_each(|_| span!("work").in_scope(|| ())));
        capture.run(|| (0..10).for_each(|_| emit!("tick")));
        let _ = sweep(capture.pipeline(), Duration::from_millis(100));
    }
    // The metrics and the ledger are read one after the other, so nothing may move in between.
    let begun = Instant::now();
    let is_under_way = |ledger: &Ledger| {
        let shaky = ledger.sinks.iter().find(|sink| sink.name == "shaky").unwrap();
        shaky.spans.queued > 0 || ledger.spans.in_ring > 0
    };
    while is_under_way(&capture.ledger()) {
        assert!(begun.elapsed() < HANGS, "{}", capture.ledger());
        thread::sleep(Duration::from_millis(5));
    }
    let metrics = capture.metrics();
    let ledger = capture.ledger();
    let of = |name: &str, component: &str, error: &str| value(&metrics, name, component, error);
    assert_eq!(metrics.sum("telemetry.span.ended", &[]), 10_000.0);
    assert_eq!(metrics.sum("otel.sdk.log.created", &[]), 200.0);
    assert_eq!(of("otel.sdk.processor.span.queue.size", "pipeline", ""), 0.0);
    let dropped = ledger.spans.total_dropped() as f64;
    let processed = "otel.sdk.processor.span.processed";
    assert_eq!(of(processed, "pipeline", ""), 10_000.0 - dropped);
    assert_eq!(of(processed, "pipeline", "queue_full"), dropped);

    let stalled = ledger.sinks.iter().find(|sink| sink.name == "stalled").unwrap().spans;
    let queue = "batching_span_processor/stalled";
    let waiting = of("otel.sdk.processor.span.queue.size", queue, "");
    let inflight = of("otel.sdk.exporter.span.inflight", "scripted_span_exporter/stalled", "");
    assert!(waiting > 0.0 && inflight > 0.0, "{waiting} {inflight}");
    assert_eq!(waiting + inflight, stalled.queued as f64);
    assert_eq!(of(processed, queue, ""), inflight);
    assert!(stalled.dropped > 0, "{stalled:?}");
    assert_eq!(of(processed, queue, "queue_full"), stalled.dropped as f64);
    let bytes = |name: &str, of: &str| metrics.sum(name, &[("otel.component.name", of)]);
    assert!(bytes("telemetry.queue.size", "stalled") > 0.0);
    assert_eq!(bytes("telemetry.queue.capacity", "pipeline"), 1024.0 * 1024.0);

    let shaky = ledger.sinks.iter().find(|sink| sink.name == "shaky").unwrap().spans;
    let exported = "otel.sdk.exporter.span.exported";
    let exporter = "scripted_span_exporter/shaky";
    assert_eq!(of(exported, exporter, ""), shaky.exported as f64);
    assert_eq!(of(exported, exporter, "rejected"), shaky.rejected as f64);
    let (panicked, given_up) = (of(exported, exporter, "panic"), of(exported, exporter, "_OTHER"));
    assert!(panicked > 0.0 && given_up > 0.0, "{panicked} {given_up}");
    let before = of(processed, "batching_span_processor/shaky", "queue_full");
    assert_eq!(panicked + given_up + before, shaky.dropped as f64);

    go.store(true, Ordering::Release);
    capture.assert_ledger_balances();
    let metrics = capture.metrics();
    let delivered = value(&metrics, exported, "scripted_span_exporter/stalled", "");
    assert_eq!(delivered, 10_000.0 - dropped - stalled.dropped as f64);
    assert_eq!(value(&metrics, "otel.sdk.processor.span.queue.size", queue, ""), 0.0);
}

#[test]
fn records_after_shutdown_say_so_and_those_left_out_are_no_loss() {
    let builder = Pipeline::builder().self_telemetry(true).sampler(Sampler::AlwaysOff);
    let capture = Capture::with(builder);
    capture.run(|| (0..3).for_each(|_| span!("work").in_scope(|| ())));
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    capture.run(|| (0..2).for_each(|_| emit!("late")));
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.span.sampled_out", &[]), 3.0);
    assert_eq!(metrics.sum("otel.sdk.processor.span.processed", &[]), 0.0);
    let processed = "otel.sdk.processor.log.processed";
    assert_eq!(value(&metrics, processed, "pipeline", "already_shutdown"), 2.0);
}

#[test]
fn what_is_left_when_the_time_for_shutting_down_is_over_counts_as_timed_out() {
    let go = Arc::new(AtomicBool::new(false));
    let (gate, (entered, inside)) = (Arc::clone(&go), std::sync::mpsc::channel());
    let stalled = Scripted::new("stalled", move |batch| {
        entered.send(()).unwrap();
        while !gate.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
        all(batch)
    });
    let pipeline = Pipeline::builder().self_telemetry(true).sink(stalled).build().unwrap();
    pipeline.scoped(|| span!("work").in_scope(|| ()));
    inside.recv_timeout(HANGS).unwrap();
    pipeline.scoped(|| (0..2).for_each(|_| span!("work").in_scope(|| ())));
    assert_eq!(pipeline.shutdown(Duration::from_millis(20)).late_sinks, 1);
    // What comes too late for that is still swept.
    while pipeline.ledger().spans.accepted < 3 {
        thread::sleep(Duration::from_millis(1));
    }
    go.store(true, Ordering::Release);
    assert!(pipeline.shutdown(HANGS).is_complete());
    let metrics = pipeline.metrics();
    let processed = "otel.sdk.processor.span.processed";
    assert_eq!(value(&metrics, processed, "batching_span_processor/stalled", ""), 1.0);
    assert_eq!(value(&metrics, processed, "batching_span_processor/stalled", "timeout"), 2.0);
    let exporter = "scripted_span_exporter/stalled";
    assert_eq!(value(&metrics, "otel.sdk.exporter.span.exported", exporter, ""), 1.0);
    assert_eq!(value(&metrics, "otel.sdk.exporter.span.exported", exporter, "_OTHER"), 0.0);
    assert!(pipeline.ledger().balances(), "{}", pipeline.ledger());
}

#[test]
fn sinks_of_one_name_are_told_apart() {
    let (first, second) = (Arc::new(Mutex::new(0)), Arc::new(Mutex::new(0)));
    let mut builder = Pipeline::builder().self_telemetry(true);
    for seen in [&first, &second] {
        let seen = Arc::clone(seen);
        builder = builder.sink(Scripted::new("file", move |batch| {
            *seen.lock().unwrap() += batch.len();
            all(batch)
        }));
    }
    let pipeline = builder.build().unwrap();
    pipeline.scoped(|| span!("work").in_scope(|| ()));
    assert!(pipeline.flush(HANGS).is_complete());
    let metrics = pipeline.metrics();
    for component in ["scripted_span_exporter/file", "scripted_span_exporter/file/1"] {
        assert_eq!(value(&metrics, "otel.sdk.exporter.span.exported", component, ""), 1.0);
    }
    assert_eq!((*first.lock().unwrap(), *second.lock().unwrap()), (1, 1));
}

#[test]
fn points_are_counted_by_what_became_of_them() {
    let sink = Box::new(Scripted { metrics: true, ..*Scripted::new("scripted", all) });
    let pipeline = Pipeline::builder().self_telemetry(true).sink(sink).build().unwrap();
    assert!(pipeline.flush(HANGS).is_complete());
    let (metrics, ledger) = (pipeline.metrics(), pipeline.ledger());
    let exported = "otel.sdk.exporter.metric_data_point.exported";
    let of = |error| value(&metrics, exported, "scripted_metric_exporter/scripted", error);
    assert_eq!(of(""), ledger.sinks[0].points.exported as f64);
    assert_eq!((of("rejected"), of("_OTHER")), (1.0, 1.0));
    let labels = [("otel.component.type", "periodic_metric_reader")];
    let collections = "otel.sdk.metric_reader.collection.duration";
    assert_eq!(metrics.histogram(collections, &labels).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn the_processor_time_of_its_own_threads_grows_with_their_work_and_stays_when_they_end() {
    let spin = Scripted::new("busy", |batch| {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        all(batch)
    });
    let pipeline = Pipeline::builder().self_telemetry(true).sink(spin).build().unwrap();
    let time =
        |thread: &str| pipeline.metrics().sum("telemetry.cpu.time", &[("thread.name", thread)]);
    let begun = Instant::now();
    // Two batches may share a processor with others for long.
    while time("telemetry-busy") < 0.01 || time("telemetry-collector") == 0.0 {
        pipeline.scoped(|| span!("work").in_scope(|| ()));
        assert!(pipeline.flush(HANGS).is_complete());
        assert!(begun.elapsed() < Duration::from_secs(60), "time stands still");
    }
    assert!(time("telemetry-busy") <= begun.elapsed().as_secs_f64());
    let before = time("telemetry-busy");
    assert!(pipeline.shutdown(HANGS).is_complete());
    assert!(time("telemetry-busy") >= before);
}
