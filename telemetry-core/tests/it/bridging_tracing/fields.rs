use telemetry_core::bridge::tracing::{SpanExt, record_current};
use telemetry_core::testing::Capture;
use telemetry_core::{SpanKind, Status};

use super::{bridged, one};

#[test]
fn fields_become_attributes_and_late_ones_too() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let span = tracing::info_span!(
            "work",
            otel.name = "GET /orders",
            otel.kind = "server",
            number = 7_u64,
            debug = ?Some(1),
            late = tracing::field::Empty
        );
        span.record("late", true);
        span.record("undeclared", "is dropped by tracing itself");
        span.record("otel.status_code", "ERROR");
    });
    let span = one(&capture, "GET /orders");
    assert_eq!(span.kind, SpanKind::Server);
    assert_eq!(span.attribute("number").unwrap(), &7);
    assert_eq!(span.attribute("debug").unwrap(), &"Some(1)");
    assert_eq!(span.attribute("late").unwrap(), &true);
    assert_eq!(span.attribute("undeclared"), None);
    assert_eq!(span.status, Status::Unset, "a field that wasn't declared changes nothing");
}

#[test]
fn the_queries_that_sqlx_logs_are_left_out() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        tracing::warn!(
            target: "sqlx::query",
            summary = "SELECT 'planted-secret'",
            db.statement = "SELECT 'planted-secret' FROM users",
            rows_returned = 1,
            "slow statement"
        );
    });
    let events = capture.events();
    assert_eq!(events[0].attribute("rows_returned").unwrap(), &1);
    assert!(!format!("{events:?}").contains("planted-secret"));
}

#[test]
fn a_kind_and_a_status_are_what_the_fields_say() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        for kind in ["server", "CLIENT", "Producer", "consumer", "internal", "other"] {
            tracing::info_span!("kind", otel.name = kind, otel.kind = %kind);
        }
        let failed = |text| Status::Error(text);
        for (name, code, description) in [
            ("ok", "OK", None),
            ("error", "error", None),
            ("described", "ERROR", Some("no stock")),
            ("other", "fine", None),
        ] {
            let span = tracing::info_span!(
                "status",
                otel.name = format!("status {name}"),
                otel.status_description = description,
                otel.status_code = code
            );
            drop(span);
        }
        let span = tracing::info_span!("late", otel.status_code = tracing::field::Empty);
        span.record("otel.status_code", "ERROR");
        let span = tracing::info_span!("message", otel.status_message = "no stock");
        drop((span, failed));
    });
    let kinds = [
        ("server", SpanKind::Server),
        ("CLIENT", SpanKind::Client),
        ("Producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
        ("internal", SpanKind::Internal),
        ("other", SpanKind::Internal),
    ];
    for (name, kind) in kinds {
        assert_eq!(one(&capture, name).kind, kind, "{name}");
    }
    let described = Status::Error("no stock".into());
    let statuses = [
        ("status ok", Status::Ok),
        ("status error", Status::ERROR),
        ("status described", described.clone()),
        ("status other", Status::Unset),
        ("late", Status::ERROR),
        ("message", described),
    ];
    for (name, status) in statuses {
        let span = one(&capture, name);
        assert_eq!(span.status, status, "{name}");
        assert!(span.attributes.keys().all(|key| !key.starts_with("otel.")), "{span:?}");
    }
}

#[test]
fn numbers_of_every_type_keep_their_value() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let span = tracing::info_span!(
            "numbers",
            i8 = -8_i8,
            u64 = u64::MAX,
            i128 = 7_i128,
            u128 = u128::MAX,
            f32 = 0.5_f32,
            bool = false,
            none = None::<i64>,
            some = Some(3_u16),
            bytes = &b"\x00\xff"[..],
        );
        tracing::info!(parent: &span, u128 = 9_u128, i128 = i128::MIN, "event");
    });
    let span = one(&capture, "numbers");
    assert_eq!(span.attribute("i8").unwrap(), &-8);
    assert_eq!(span.attribute("u64").unwrap(), &(u64::MAX as f64));
    assert_eq!(span.attribute("i128").unwrap(), &7);
    assert_eq!(span.attribute("u128").unwrap(), &(u128::MAX as f64));
    assert_eq!(span.attribute("f32").unwrap(), &0.5);
    assert_eq!(span.attribute("bool").unwrap(), &false);
    assert_eq!(span.attribute("none"), None);
    assert_eq!(span.attribute("some").unwrap(), &3);
    assert!(span.attribute("bytes").is_some());
    let event = &capture.events()[0];
    assert_eq!(event.attribute("u128").unwrap(), &9);
    assert_eq!(event.attribute("i128").unwrap(), &(i128::MIN as f64));
}

#[test]
fn undeclared_fields_come_by_other_ways() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let span = tracing::info_span!("order", declared = tracing::field::Empty);
        span.set_attribute("before", 1);
        span.in_scope(|| {
            record_current("current", "text");
            tracing::Span::current().set_attribute("entered", 2.5);
            tracing::Span::current().set_attribute("declared", true);
        });
        span.set_attribute("otel.name", "order.place");
    });
    let order = one(&capture, "order.place");
    assert_eq!(order.attribute("before").unwrap(), &1);
    assert_eq!(order.attribute("current").unwrap(), &"text");
    assert_eq!(order.attribute("entered").unwrap(), &2.5);
    assert_eq!(order.attribute("declared").unwrap(), &true);
}

#[test]
fn the_queries_that_sqlx_logs_are_left_out_of_spans_too_and_of_what_tracing_log_brings() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    log::set_max_level(log::LevelFilter::Trace);
    capture.run(|| {
        let span = tracing::info_span!(
            target: "sqlx::any",
            "execute",
            db.statement = "SELECT 'planted-secret'",
            summary = tracing::field::Empty,
            rows = 1
        );
        span.record("summary", "SELECT 'planted-secret'");
        drop(span);
        let record = |target| {
            let tracer = tracing_log::LogTracer::new();
            log::info!(logger: tracer, target: target, "summary=\"SELECT 'planted-secret'\"");
        };
        record("sqlx::query");
        log::info!(logger: tracing_log::LogTracer::new(), target: "shop::cart", "cart {}", 7);
    });
    let span = one(&capture, "execute");
    assert_eq!(span.attributes.len(), 1);
    let events = capture.events();
    assert!(!format!("{span:?} {events:?}").contains("planted-secret"));
    assert_eq!((events[0].scope, &*events[0].body), ("sqlx::query", "[query withheld]"));
    assert_eq!((events[1].scope, &*events[1].body), ("shop::cart", "cart 7"));
    assert!(events[1].attributes.is_empty(), "{events:?}");
}
