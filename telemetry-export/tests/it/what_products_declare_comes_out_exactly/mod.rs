mod forge;
mod workflow;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use telemetry_core::{Batch, MetricData, Receipt, Severity, Signal, Sink};
use telemetry_export::{Console, Telemetry};

use crate::support::PATIENCE;

/// A log record: name, level and attributes.
type Line = (String, Severity, BTreeMap<String, String>);

/// Keeps the log records that it is given.
struct Lines(Arc<Mutex<Vec<Line>>>);

impl Sink for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn accepts(&self, signal: Signal) -> bool {
        signal == Signal::Logs
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let line = |log: telemetry_core::LogRef<'_>| {
            let attributes =
                log.attributes().map(|(key, value)| (key.to_owned(), value.to_string()));
            (log.event_name().to_owned(), log.severity(), attributes.collect())
        };
        self.0.lock().unwrap().extend(batch.logs().map(line));
        Receipt::exported(batch)
    }
}

fn program() -> (Telemetry, Vec<Line>) {
    let lines = Arc::<Mutex<Vec<Line>>>::default();
    let builder = Telemetry::builder().console(Console::None).variables::<&str, &str>([]);
    let builder = builder.sink(Box::new(Lines(Arc::clone(&lines))));
    let views =
        forge::derived().into_iter().chain(forge::statsd_shaped()).chain(forge::log_rules());
    let telemetry = views.fold(builder, |builder, view| builder.view(view)).build().unwrap();
    let pipeline = telemetry.pipeline().unwrap();
    forge::instruments(pipeline);
    workflow::instruments(pipeline);
    pipeline.scoped(forge::run_of_a_pipeline);
    assert!(telemetry.flush(PATIENCE));
    let lines = lines.lock().unwrap().clone();
    (telemetry, lines)
}

#[test]
fn names_labels_units_and_buckets_are_those_that_were_declared_and_no_others() {
    let (telemetry, _) = program();
    let none: &[f64] = &[];
    let default: &[f64] = &[
        0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0,
        7500.0, 10000.0,
    ];
    let (pipeline, stage, workflow) =
        (&forge::PIPELINE_BUCKETS[..], &forge::STAGE_BUCKETS[..], &workflow::BUCKETS[..]);
    let expected = [
        ("forge.dlq.enqueued", "counter", "", "error,stage", none),
        ("forge.measurement.cache_hits", "counter", "", "measurement", none),
        ("forge.measurement.latency", "histogram", "ms", "measurement", stage),
        ("forge.metrics.artifacts_downloaded", "counter", "", "", none),
        ("forge.metrics.artifacts_uploaded", "counter", "", "deduplication", none),
        ("forge.metrics.batch_size", "gauge", "", "measurement_key", none),
        ("forge.metrics.bytes_written", "counter", "By", "", none),
        ("forge.metrics.cache_hit_rate", "gauge", "%", "measurement_key", none),
        ("forge.metrics.dlq_enqueued", "counter", "", "error,stage", none),
        ("forge.metrics.measurement_cache_hits", "counter", "", "measurement_key", none),
        ("forge.metrics.measurement_cache_misses", "counter", "", "measurement_key", none),
        ("forge.metrics.measurement_latency_ms", "histogram", "ms", "measurement_key", stage),
        ("forge.metrics.pipeline_completed", "counter", "", "outcome", none),
        ("forge.metrics.pipeline_duration_ms", "histogram", "ms", "pipeline_id", pipeline),
        ("forge.metrics.query_latency_ms", "histogram", "ms", "", stage),
        ("forge.metrics.run_samples", "gauge", "", "run_id", none),
        ("forge.metrics.samples_read", "counter", "", "storage_backend", none),
        ("forge.metrics.samples_written", "counter", "", "storage_backend", none),
        ("forge.metrics.stage_executions", "counter", "", "outcome,stage", none),
        ("forge.metrics.stage_latency_ms", "histogram", "ms", "stage", stage),
        ("forge.metrics.stage_retries", "counter", "", "attempt,stage", none),
        ("forge.metrics.success_rate", "gauge", "%", "", none),
        ("forge.pipeline.completed", "counter", "", "outcome", none),
        ("forge.pipeline.duration", "histogram", "ms", "pipeline_id", pipeline),
        ("forge.stage.executions", "counter", "", "outcome,stage", none),
        ("forge.stage.latency", "histogram", "ms", "stage", stage),
        ("forge.stage.retries", "counter", "", "attempt,stage", none),
        ("workflow.db.upsert", "counter", "", "table_name,workflow_name", none),
        ("workflow.db.upsert.duration_ms", "histogram", "ms", "table_name,workflow_name", workflow),
        ("workflow.image.size_bytes", "histogram", "By", "phone_id,workflow_name", default),
        ("workflow.image.uploaded", "counter", "", "phone_id,workflow_name", none),
        ("workflow.retry.count", "counter", "", "step_name,workflow_name", none),
        ("workflow.run.duration_ms", "histogram", "ms", "workflow_name", workflow),
        ("workflow.run.status", "counter", "", "status,workflow_name", none),
        ("workflow.run.total", "counter", "", "workflow_name", none),
        ("workflow.step.duration_ms", "histogram", "ms", "step_name,workflow_name", workflow),
        ("workflow.step.status", "counter", "", "status,step_name,workflow_name", none),
    ];
    let metrics = telemetry.metrics();
    // Other than what telemetry says of itself.
    let declared = metrics
        .metrics
        .iter()
        .filter(|metric| metric.name.starts_with("forge.") || metric.name.starts_with("workflow."));
    let mut found = Vec::new();
    for metric in declared {
        let (kind, sets, bounds): (_, Vec<_>, _) = match &metric.data {
            MetricData::Sum { monotonic: true, points } => {
                ("counter", points.iter().map(|point| &point.attributes).collect(), none)
            }
            MetricData::Gauge { points } => {
                ("gauge", points.iter().map(|point| &point.attributes).collect(), none)
            }
            MetricData::Histogram { bounds, points } => {
                ("histogram", points.iter().map(|point| &point.attributes).collect(), &**bounds)
            }
            other => panic!("{}: {other:?}", metric.name),
        };
        let keys: BTreeSet<String> = sets
            .iter()
            .map(|set| set.iter().map(|(key, _)| key).collect::<Vec<_>>().join(","))
            .collect();
        let keys = keys.into_iter().collect::<Vec<_>>().join(" or ");
        found.push((metric.name.to_string(), kind, metric.unit.to_string(), keys, bounds));
    }
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, kind, unit, labels, bounds)| {
            ((*name).to_owned(), *kind, (*unit).to_owned(), (*labels).to_owned(), *bounds)
        })
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn the_values_are_those_of_the_events() {
    let (telemetry, _) = program();
    let metrics = telemetry.metrics();
    for (name, labels, value) in [
        ("forge.metrics.pipeline_completed", &[("outcome", "failed")][..], 1.0),
        ("forge.metrics.stage_executions", &[("stage", "parse"), ("outcome", "error")], 1.0),
        ("forge.metrics.stage_retries", &[("stage", "parse"), ("attempt", "2")], 1.0),
        ("forge.metrics.measurement_cache_hits", &[("measurement_key", "length")], 3.0),
        ("forge.metrics.measurement_cache_misses", &[("measurement_key", "length")], 1.0),
        ("forge.metrics.dlq_enqueued", &[("stage", "parse"), ("error", "rate_limit")], 1.0),
        ("forge.metrics.success_rate", &[], 50.0),
        ("forge.metrics.cache_hit_rate", &[("measurement_key", "length")], 75.0),
        ("forge.metrics.batch_size", &[("measurement_key", "length")], 32.0),
        ("forge.metrics.samples_written", &[("storage_backend", "s3")], 1.0),
        ("forge.metrics.artifacts_uploaded", &[("deduplication", "false")], 1.0),
        ("forge.metrics.bytes_written", &[], 1024.0),
        ("forge.measurement.cache_hits", &[("measurement", "length")], 3.0),
        ("forge.stage.retries", &[("attempt", "2")], 1.0),
    ] {
        assert_eq!(metrics.sum(name, labels), value, "{name}");
    }
    for (name, buckets, sum) in [
        ("forge.metrics.pipeline_duration_ms", &[0, 0, 0, 1, 0, 0, 0][..], 2000.0),
        ("forge.metrics.stage_latency_ms", &[0, 0, 2, 0, 0, 0, 0, 0], 120.0),
        ("forge.metrics.measurement_latency_ms", &[0, 1, 0, 0, 0, 0, 0, 0], 40.0),
    ] {
        let point = metrics.histogram(name, &[]).unwrap();
        assert_eq!((&point.buckets[..], point.sum), (buckets, sum), "{name}");
    }
}

#[test]
fn log_rules_make_a_line_at_their_level_with_what_they_name() {
    let (telemetry, lines) = program();
    let line = |name: &str| {
        let found: Vec<_> = lines.iter().filter(|line| line.0 == name).collect();
        let [(_, severity, attributes)] = found[..] else { panic!("one {name} in {lines:?}") };
        let attributes = attributes.iter().map(|(key, value)| format!("{key}={value}"));
        (*severity, attributes.collect::<Vec<_>>().join(" "))
    };
    let expected = "exception=Timeout pipeline_id=p-1 run_id=run-1".to_owned();
    assert_eq!(line("forge.pipeline.failed"), (Severity::Error, expected));
    let expected = "duration=0.06 error_type=rate_limit sample_id=s-2 stage=parse".to_owned();
    assert_eq!(line("forge.stage.failed"), (Severity::Warn, expected));
    let expected = "error=rate_limit sample_id=s-2 stage=parse".to_owned();
    assert_eq!(line("forge.dlq.enqueued"), (Severity::Info, expected));
    let names: BTreeSet<&str> = lines.iter().map(|line| line.0.as_str()).collect();
    let expected = BTreeSet::from([
        "forge.dlq.enqueue",
        "forge.measurement.batch_complete",
        "forge.measurement.start",
        "forge.measurement.stop",
        "forge.pipeline.exception",
        "forge.pipeline.start",
        "forge.pipeline.stop",
        "forge.stage.retry",
        "forge.stage.start",
        "forge.stage.stop",
        "forge.storage.artifact_upload",
        "forge.storage.sample_write",
        // Of the rules.
        "forge.dlq.enqueued",
        "forge.pipeline.failed",
        "forge.stage.failed",
    ]);
    assert_eq!(names, expected);
    assert_eq!(lines.len(), 17 + 3, "the events themselves and a line for each rule");
    assert!(telemetry.ledger().balances());
}

/// The series of a text for Prometheus: name and names of labels, but that of a bucket's bound.
fn series(text: &str) -> BTreeSet<String> {
    let of_ours = |line: &&str| line.starts_with("forge_") || line.starts_with("workflow_");
    let series = text.lines().filter(of_ours).map(|line| {
        let (series, _) = line.rsplit_once(' ').unwrap();
        let Some((name, labels)) = series.split_once('{') else { return series.to_owned() };
        let keys =
            labels.trim_end_matches('}').split(',').filter_map(|label| label.split('=').next());
        let keys: Vec<_> = keys.filter(|key| *key != "le").collect();
        if keys.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", keys.join(",")) }
    });
    series.collect()
}

#[test]
fn prometheus_serves_what_the_queries_ask_for_and_doubles_no_suffix() {
    let (telemetry, _) = program();
    let text = telemetry.prometheus().without_scope_labels().render(None).body;
    let of_histogram = |name: &str, labels: &str| {
        ["_bucket", "_count", "_sum"].map(|part| format!("{name}{part}{labels}"))
    };
    let mut expected = BTreeSet::from(
        [
            "forge_dlq_enqueued_total{error,stage}",
            "forge_measurement_cache_hits_total{measurement}",
            "forge_metrics_artifacts_downloaded_total",
            "forge_metrics_artifacts_uploaded_total{deduplication}",
            "forge_metrics_batch_size{measurement_key}",
            "forge_metrics_bytes_written_bytes_total",
            "forge_metrics_cache_hit_rate_percent{measurement_key}",
            "forge_metrics_dlq_enqueued_total{error,stage}",
            "forge_metrics_measurement_cache_hits_total{measurement_key}",
            "forge_metrics_measurement_cache_misses_total{measurement_key}",
            "forge_metrics_pipeline_completed_total{outcome}",
            "forge_metrics_run_samples{run_id}",
            "forge_metrics_samples_read_total{storage_backend}",
            "forge_metrics_samples_written_total{storage_backend}",
            "forge_metrics_stage_executions_total{outcome,stage}",
            "forge_metrics_stage_retries_total{attempt,stage}",
            "forge_metrics_success_rate_percent",
            "forge_pipeline_completed_total{outcome}",
            "forge_stage_executions_total{outcome,stage}",
            "forge_stage_retries_total{attempt,stage}",
            "workflow_db_upsert_total{table_name,workflow_name}",
            "workflow_image_uploaded_total{phone_id,workflow_name}",
            "workflow_retry_count_total{step_name,workflow_name}",
            "workflow_run_status_total{status,workflow_name}",
            "workflow_run_total{workflow_name}",
            "workflow_step_status_total{status,step_name,workflow_name}",
        ]
        .map(str::to_owned),
    );
    for (name, labels) in [
        ("forge_measurement_latency_milliseconds", "{measurement}"),
        ("forge_metrics_measurement_latency_ms", "{measurement_key}"),
        ("forge_metrics_pipeline_duration_ms", "{pipeline_id}"),
        ("forge_metrics_query_latency_ms", ""),
        ("forge_metrics_stage_latency_ms", "{stage}"),
        ("forge_pipeline_duration_milliseconds", "{pipeline_id}"),
        ("forge_stage_latency_milliseconds", "{stage}"),
        ("workflow_db_upsert_duration_ms", "{table_name,workflow_name}"),
        ("workflow_image_size_bytes", "{phone_id,workflow_name}"),
        ("workflow_run_duration_ms", "{workflow_name}"),
        ("workflow_step_duration_ms", "{step_name,workflow_name}"),
    ] {
        expected.extend(of_histogram(name, labels));
    }
    assert_eq!(series(&text), expected);

    // What the queries are made of: executions, their errors, the 95th percentile of a latency, hits
    // and misses, dead letters by stage.
    for line in [
        r#"forge_metrics_stage_executions_total{outcome="success",stage="parse"} 1"#,
        r#"forge_metrics_stage_executions_total{outcome="error",stage="parse"} 1"#,
        r#"forge_metrics_stage_latency_ms_bucket{stage="parse",le="50"} 0"#,
        r#"forge_metrics_stage_latency_ms_bucket{stage="parse",le="100"} 2"#,
        r#"forge_metrics_stage_latency_ms_bucket{stage="parse",le="30000"} 2"#,
        r#"forge_metrics_stage_latency_ms_bucket{stage="parse",le="+Inf"} 2"#,
        r#"forge_metrics_measurement_cache_hits_total{measurement_key="length"} 3"#,
        r#"forge_metrics_measurement_cache_misses_total{measurement_key="length"} 1"#,
        r#"forge_metrics_dlq_enqueued_total{error="rate_limit",stage="parse"} 1"#,
        r#"forge_metrics_success_rate_percent 50"#,
    ] {
        assert!(text.lines().any(|present| present == line), "{line} is missing in\n{text}");
    }
    let bounds: Vec<_> = text
        .lines()
        .filter_map(|line| {
            line.strip_prefix(r#"workflow_run_duration_ms_bucket{workflow_name="match",le=""#)
        })
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(
        bounds,
        ["5", "10", "25", "50", "100", "250", "500", "1000", "2500", "5000", "10000", "+Inf"]
    );
}
