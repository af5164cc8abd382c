use telemetry_core::testing::Capture;
use telemetry_core::{MetricData, Number};

use super::{bridged, one};

#[test]
fn fields_with_a_prefix_go_into_instruments_whatever_their_type() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        for _ in 0..2 {
            tracing::info!(monotonic_counter.requests = 1_u64, route = "/orders", code = 200);
            tracing::info!(monotonic_counter.requests = 2_i32, route = "/orders", code = 200);
            tracing::info!(monotonic_counter.seconds = 0.25_f64);
            tracing::info!(counter.open = 3_i8);
            tracing::info!(counter.open = -1_i64);
            tracing::info!(counter.balance = 0.5_f64);
            tracing::info!(counter.balance = -0.25_f32);
            tracing::info!(histogram.size_i32 = 7_i32);
            tracing::info!(histogram.size_u8 = 7_u8);
            tracing::info!(histogram.size_u128 = 7_u128);
            tracing::info!(histogram.size_f32 = 0.5_f32);
            tracing::info!(gauge.depth = 4_u64, gauge.level = -0.5_f64);
        }
        tracing::info!(monotonic_counter.requests = -5_i32, route = "/orders", code = 200);
    });
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("requests", &[("route", "/orders"), ("code", "200")]), 6.0);
    let counted = metrics.metric("requests").unwrap();
    assert_eq!(counted.scope.name(), module_path!());
    assert!(
        matches!(&counted.data, MetricData::Sum { monotonic: true, points }
            if points[0].value == Number::I64(6) && points.len() == 1),
        "{counted:?}"
    );
    assert_eq!(metrics.sum("seconds", &[]), 0.5);
    assert_eq!(metrics.sum("open", &[]), 4.0);
    assert_eq!(metrics.sum("balance", &[]), 0.5);
    for name in ["size_i32", "size_u8", "size_u128", "size_f32"] {
        assert_eq!(metrics.histogram(name, &[]).unwrap().count(), 2, "{name}");
    }
    assert_eq!(metrics.histogram("size_i32", &[]).unwrap().sum, 14.0);
    assert_eq!((metrics.sum("depth", &[]), metrics.sum("level", &[])), (4.0, -0.5));
    assert!(capture.events().is_empty(), "without a message they are nothing else");
}

#[test]
fn a_measurement_with_a_message_is_a_log_record_too() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        tracing::info_span!("request").in_scope(|| {
            tracing::warn!(monotonic_counter.retries = 1_u64, reason = "timeout", "trying again");
        });
    });
    let event = capture.events().remove(0);
    assert_eq!(event.body, "trying again");
    assert_eq!(event.span_id, Some(one(&capture, "request").span_id));
    assert_eq!(event.attribute("reason").unwrap(), &"timeout");
    assert_eq!(event.attribute("monotonic_counter.retries").unwrap(), &1);
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("retries", &[("reason", "timeout")]), 1.0);
    assert_eq!(metrics.points(), 1, "the message is no attribute of the measurement");
}

#[test]
fn measurements_have_bounded_series_and_texts_and_no_queries() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        for user in 0..3_000 {
            tracing::info!(monotonic_counter.logins = 1_u64, user);
        }
        tracing::info!(
            target: "sqlx::query",
            long = "x".repeat(10_000),
            histogram.rows = 1,
            db.statement = "SELECT 'planted-secret'"
        );
    });
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("logins", &[]), 3_000.0);
    assert!(metrics.points() < 2_100, "{}", metrics.points());
    let rows = format!("{:?}", metrics.metric("rows").unwrap());
    assert!(rows.len() < 2_000 && !rows.contains("planted-secret"), "{rows}");
}

#[test]
fn without_a_pipeline_nothing_is_measured() {
    let _subscriber = bridged();
    tracing::info!(monotonic_counter.nobody = 1_u64, "listens");
    let capture = Capture::start();
    capture.run(|| tracing::info!(monotonic_counter.nobody = 1_u64));
    assert_eq!(capture.metrics().sum("nobody", &[]), 1.0);
}
