//! A machine-learning product: twelve events, and what it derives from them.

use std::time::Duration;

use telemetry_core::view::{counter, histogram, last_value, log, ratio, sum};
use telemetry_core::{Gauge, Histogram, Pipeline, Scope, Severity, View, emit};

static SCOPE: Scope = Scope::new("forge", "1.0.0");

pub(super) const PIPELINE_BUCKETS: [f64; 6] = [10.0, 100.0, 1000.0, 10000.0, 60000.0, 300000.0];
pub(super) const STAGE_BUCKETS: [f64; 7] = [10.0, 50.0, 100.0, 500.0, 1000.0, 5000.0, 30000.0];

/// The metrics that a machine-learning product derives from its events.
pub(super) fn derived() -> Vec<View> {
    let millis = |name: &'static str, event: &'static str| {
        histogram(name).of_event(event).measure("duration").unit("ms")
    };
    vec![
        counter("forge.metrics.pipeline_completed").of_event("forge.pipeline.stop").by(["outcome"]),
        millis("forge.metrics.pipeline_duration_ms", "forge.pipeline.stop")
            .buckets(&PIPELINE_BUCKETS)
            .by(["pipeline_id"]),
        counter("forge.metrics.stage_executions")
            .of_event("forge.stage.stop")
            .by(["stage", "outcome"]),
        millis("forge.metrics.stage_latency_ms", "forge.stage.stop")
            .buckets(&STAGE_BUCKETS)
            .by(["stage"]),
        counter("forge.metrics.stage_retries")
            .of_event("forge.stage.retry")
            .by(["stage", "attempt"]),
        counter("forge.metrics.measurement_cache_hits")
            .of_event("forge.measurement.stop")
            .when("outcome", "cached")
            .by(["measurement_key"]),
        counter("forge.metrics.measurement_cache_misses")
            .of_event("forge.measurement.stop")
            .when("outcome", "computed")
            .by(["measurement_key"]),
        millis("forge.metrics.measurement_latency_ms", "forge.measurement.stop")
            .when("outcome", "computed")
            .buckets(&STAGE_BUCKETS)
            .by(["measurement_key"]),
        counter("forge.metrics.dlq_enqueued").of_event("forge.dlq.enqueue").by(["stage", "error"]),
        ratio("forge.metrics.success_rate")
            .of_event("forge.stage.stop")
            .share("outcome", "success"),
        ratio("forge.metrics.cache_hit_rate")
            .of_event("forge.measurement.stop")
            .share("outcome", "cached")
            .by(["measurement_key"]),
        last_value("forge.metrics.batch_size")
            .of_event("forge.measurement.batch_complete")
            .measure("batch_size")
            .by(["measurement_key"]),
        counter("forge.metrics.samples_written")
            .of_event("forge.storage.sample_write")
            .by(["storage_backend"]),
        counter("forge.metrics.artifacts_uploaded")
            .of_event("forge.storage.artifact_upload")
            .by(["deduplication"]),
        sum("forge.metrics.bytes_written")
            .of_event("forge.storage.sample_write")
            .of_event("forge.storage.artifact_upload")
            .measure("size_bytes"),
    ]
}

/// The same under the names and tags that its StatsD reporter had.
pub(super) fn statsd_shaped() -> Vec<View> {
    let millis = |name: &'static str, event: &'static str| {
        histogram(name).of_event(event).measure("duration").unit("ms")
    };
    vec![
        counter("forge.pipeline.completed").of_event("forge.pipeline.stop").by(["outcome"]),
        millis("forge.pipeline.duration", "forge.pipeline.stop")
            .buckets(&PIPELINE_BUCKETS)
            .by(["pipeline_id"]),
        counter("forge.stage.executions").of_event("forge.stage.stop").by(["stage", "outcome"]),
        millis("forge.stage.latency", "forge.stage.stop").buckets(&STAGE_BUCKETS).by(["stage"]),
        counter("forge.stage.retries").of_event("forge.stage.retry").by(["stage", "attempt"]),
        millis("forge.measurement.latency", "forge.measurement.stop")
            .when("outcome", "computed")
            .buckets(&STAGE_BUCKETS)
            .by_as("measurement_key", "measurement"),
        counter("forge.measurement.cache_hits")
            .of_event("forge.measurement.stop")
            .when("outcome", "cached")
            .by_as("measurement_key", "measurement"),
        counter("forge.dlq.enqueued").of_event("forge.dlq.enqueue").by(["stage", "error"]),
    ]
}

/// Its log rules.
pub(super) fn log_rules() -> Vec<View> {
    vec![
        log("forge.pipeline.failed", Severity::Error).of_event("forge.pipeline.exception").by([
            "pipeline_id",
            "run_id",
            "exception",
        ]),
        log("forge.stage.failed", Severity::Warn)
            .of_event("forge.stage.stop")
            .when("outcome", "error")
            .by(["sample_id", "stage", "error_type", "duration"]),
        log("forge.dlq.enqueued", Severity::Info).of_event("forge.dlq.enqueue").by([
            "sample_id",
            "stage",
            "error",
        ]),
    ]
}

/// What it measures for which it has no event.
pub(super) fn instruments(pipeline: &Pipeline) {
    let meter = pipeline.meter(&SCOPE);
    let samples: Gauge = meter.gauge("forge.metrics.run_samples").build();
    samples.set(2.0, &[("run_id", "run-1".into())]);
    meter.counter("forge.metrics.samples_read").build().add(1, &[("storage_backend", "s3".into())]);
    meter.counter("forge.metrics.artifacts_downloaded").build().add(1, &[]);
    let latency: Histogram = meter
        .histogram("forge.metrics.query_latency_ms")
        .unit("ms")
        .buckets(&STAGE_BUCKETS)
        .build();
    latency.record(3.0, &[]);
}

/// Its twelve events, as they come in a run of two samples of which one fails.
pub(super) fn run_of_a_pipeline() {
    let ms = Duration::from_millis;
    let (pipeline, run) = ("p-1", "run-1");
    emit!("forge.pipeline.start", { system_time: 1 }, "pipeline_id" = pipeline, "run_id" = run, "name" = "train");
    for (sample, outcome) in [("s-1", "success"), ("s-2", "error")] {
        emit!(
            "forge.stage.start", { system_time: 2 },
            "sample_id" = sample, "stage" = "parse", "pipeline_id" = pipeline, "run_id" = run
        );
        emit!(
            "forge.stage.stop", { duration: ms(60) },
            "sample_id" = sample, "stage" = "parse", "outcome" = outcome,
            "error_type" = (outcome == "error").then_some("rate_limit")
        );
    }
    emit!(
        "forge.stage.retry", { attempt: 2, delay_ms: 250 },
        "sample_id" = "s-2", "stage" = "parse", "error" = "rate_limit"
    );
    emit!(
        "forge.measurement.start", { system_time: 3 },
        "sample_id" = "s-1", "measurement_key" = "length", "version" = 1
    );
    for (outcome, duration) in
        [("computed", ms(40)), ("cached", ms(0)), ("cached", ms(0)), ("cached", ms(0))]
    {
        emit!(
            "forge.measurement.stop", { duration: duration },
            "sample_id" = "s-1", "measurement_key" = "length", "outcome" = outcome
        );
    }
    emit!("forge.measurement.batch_complete", { duration: ms(50), batch_size: 32 }, "measurement_key" = "length");
    emit!(
        "forge.storage.sample_write", { duration: ms(5), size_bytes: 1000 },
        "sample_id" = "s-1", "storage_backend" = "s3"
    );
    emit!(
        "forge.storage.artifact_upload", { duration: ms(7), size_bytes: 24 },
        "artifact_key" = "a-1", "deduplication" = false
    );
    emit!("forge.dlq.enqueue", "sample_id" = "s-2", "stage" = "parse", "error" = "rate_limit");
    emit!("forge.pipeline.stop", { duration: ms(2_000) }, "pipeline_id" = pipeline, "run_id" = run, "outcome" = "failed");
    emit!("forge.pipeline.exception", { duration: ms(2_000) }, "pipeline_id" = pipeline, "run_id" = run, "exception" = "Timeout");
}
