//! A product that runs workflows: ten instruments.

use telemetry_core::{Counter, Histogram, Pipeline, Scope, Value};

static SCOPE: Scope = Scope::new("workflow", "1.0.0");

pub(super) const BUCKETS: [f64; 11] =
    [5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0, 10000.0];

/// The ten instruments of a product that runs workflows.
pub(super) fn instruments(pipeline: &Pipeline) {
    let meter = pipeline.meter(&SCOPE);
    let count = |name: &'static str, labels: &[(&str, Value<'_>)]| {
        let counter: Counter = meter.counter(name).build();
        counter.add(1, labels);
    };
    let millis = |name: &'static str, labels: &[(&str, Value<'_>)]| {
        let histogram: Histogram = meter.histogram(name).unit("ms").buckets(&BUCKETS).build();
        histogram.record(12.5, labels);
    };
    let workflow = ("workflow_name", Value::from("match"));
    let (step, phone) = (("step_name", Value::from("rank")), ("phone_id", Value::from("pixel")));
    let (table, status) =
        (("table_name", Value::from("matches")), ("status", Value::from("success")));
    count("workflow.run.total", &[workflow]);
    millis("workflow.run.duration_ms", &[workflow]);
    count("workflow.run.status", &[workflow, status]);
    millis("workflow.step.duration_ms", &[workflow, step]);
    count("workflow.step.status", &[workflow, step, status]);
    count("workflow.retry.count", &[workflow, step]);
    count("workflow.image.uploaded", &[workflow, phone]);
    let size: Histogram = meter.histogram("workflow.image.size_bytes").unit("By").build();
    size.record(20_480.0, &[workflow, phone]);
    count("workflow.db.upsert", &[workflow, table]);
    millis("workflow.db.upsert.duration_ms", &[workflow, table]);
}
