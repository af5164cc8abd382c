//! What the tests ask of spans and metrics.

use std::pin::pin;
use std::time::Duration;

use telemetry_core::testing::{Capture, CapturedSpan, OwnedValue};
use telemetry_core::{MetricData, MetricSnapshot};
use telemetry_tests::PATIENCE;

/// Polls `future` at most so many times, then drops it, as a caller does that has lost interest.
pub(crate) async fn polled<F: Future>(future: F, times: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(|task| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(task).map(Some)
    })
    .await
}

/// What a gauge of a pool says.
pub(super) fn gauge(metrics: &MetricSnapshot, name: &str, pool: &str) -> f64 {
    metrics.sum(name, &[("db.client.connection.pool.name", pool)])
}

/// How many of a pool's connections are lent.
pub(crate) fn used(metrics: &MetricSnapshot, pool: &str) -> f64 {
    let labels = [("db.client.connection.pool.name", pool), ("db.client.connection.state", "used")];
    metrics.sum("db.client.connection.count", &labels)
}

/// How often a histogram recorded.
pub(super) fn count(metrics: &MetricSnapshot, name: &str) -> u64 {
    match metrics.metric(name).map(|metric| &metric.data) {
        Some(MetricData::Histogram { points, .. }) => points.iter().map(|it| it.count()).sum(),
        _ => 0,
    }
}

/// Waits until the pool is at rest: nobody waits, nothing is lent, and each lease has ended.
pub(crate) async fn comes_to_rest(capture: &Capture, pool: &str) {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let metrics = capture.metrics();
        let pending = gauge(&metrics, "db.client.connection.pending_requests", pool);
        let used = used(&metrics, pool);
        let begun = count(&metrics, "db.client.connection.wait_time");
        let ended = count(&metrics, "db.client.connection.use_time");
        if pending == 0.0 && used == 0.0 && begun == ended {
            return;
        }
        assert!(
            std::time::Instant::now() < deadline,
            "{pending} wait, {used} are lent, {ended} of {begun} leases have ended"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// One span and one duration of each operation, and every span came to its end.
#[track_caller]
pub(crate) fn assert_each_once(capture: &Capture, operations: usize) {
    assert_eq!(capture.spans().len(), operations);
    let durations = count(&capture.metrics(), "db.client.operation.duration");
    assert_eq!(durations, operations as u64);
    capture.assert_ledger_balances();
}

/// The text that an attribute has.
pub(crate) fn text<'a>(span: &'a CapturedSpan, key: &str) -> Option<&'a str> {
    match span.attribute(key) {
        Some(OwnedValue::Str(text)) => Some(text),
        _ => None,
    }
}

/// The whole number that an attribute has.
#[track_caller]
pub(super) fn number(span: &CapturedSpan, key: &str) -> i64 {
    match span.attribute(key) {
        Some(OwnedValue::I64(number)) => *number,
        other => panic!("{key} is {other:?}"),
    }
}
