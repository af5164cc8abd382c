use telemetry_core::{Metric, MetricData, MetricSnapshot, Pipeline};
use telemetry_export::TokioMetrics;

/// Name, unit and kind of what is there.
fn shapes(metrics: &MetricSnapshot) -> Vec<(&str, &str, &str)> {
    let kind = |metric: &Metric| match metric.data {
        MetricData::Sum { monotonic: true, .. } => "counter",
        MetricData::Sum { .. } => "updowncounter",
        MetricData::Gauge { .. } => "gauge",
        _ => "histogram",
    };
    metrics.metrics.iter().map(|metric| (&*metric.name, &*metric.unit, kind(metric))).collect()
}

#[test]
fn runtimes_are_observed_each_under_its_name() {
    let pipeline = Pipeline::builder().build().unwrap();
    let one = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let other = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let _observed = [("one", &one), ("other", &other)]
        .map(|(name, runtime)| TokioMetrics::observe(&pipeline, name, runtime.handle()));
    let (go, wait) = tokio::sync::watch::channel(());
    for _ in 0..3 {
        let mut wait = wait.clone();
        drop(one.spawn(async move { wait.changed().await }));
    }
    let metrics = pipeline.metrics();
    let expected = [
        ("telemetry.tokio.busy_time", "s", "counter"),
        ("telemetry.tokio.global_queue.depth", "{task}", "updowncounter"),
        ("telemetry.tokio.tasks", "{task}", "updowncounter"),
        ("telemetry.tokio.workers", "{thread}", "updowncounter"),
    ];
    assert_eq!(shapes(&metrics), expected);
    let of = |name: &str, runtime: &str| {
        pipeline.metrics().sum(name, &[("telemetry.tokio.runtime", runtime)])
    };
    assert_eq!(of("telemetry.tokio.workers", "one"), 1.0);
    assert_eq!(of("telemetry.tokio.workers", "other"), 2.0);
    // Nobody drives that runtime: the tasks wait.
    assert_eq!(of("telemetry.tokio.tasks", "one"), 3.0);
    assert_eq!(of("telemetry.tokio.tasks", "other"), 0.0);
    drop(go);
    one.block_on(async {
        while one.metrics().num_alive_tasks() > 0 {
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(of("telemetry.tokio.tasks", "one"), 0.0);
}
