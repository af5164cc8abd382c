use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use telemetry_core::testing::Capture;
use telemetry_core::view::{
    above, absent, any_of, at_least, counter, histogram, last_value, log, not, present, ratio, sum,
    summary,
};
use telemetry_core::{
    Event, MetricData, MetricSnapshot, Pipeline, Scope, Severity, Value, View, emit, span,
};

use crate::support::HANGS;

static SCOPE: Scope = Scope::new("forge", "1.0.0");

fn capture(views: impl IntoIterator<Item = View>) -> Capture {
    Capture::with(views.into_iter().fold(Pipeline::builder(), |builder, view| builder.view(view)))
}

pub(crate) fn swept(capture: &Capture) -> MetricSnapshot {
    capture.flush();
    capture.metrics()
}

/// Labels of all points of a metric, as texts.
fn labels(metrics: &MetricSnapshot, name: &str) -> Vec<BTreeMap<String, String>> {
    let sets: Vec<_> = match &metrics.metric(name).unwrap().data {
        MetricData::Sum { points, .. } | MetricData::Gauge { points } => {
            points.iter().map(|point| point.attributes.clone()).collect()
        }
        MetricData::Histogram { points, .. } => {
            points.iter().map(|point| point.attributes.clone()).collect()
        }
        MetricData::Summary { points } => {
            points.iter().map(|point| point.attributes.clone()).collect()
        }
        _ => Vec::new(),
    };
    let texts = |(key, value): (&str, Value<'_>)| (key.to_owned(), value.to_string());
    sets.iter().map(|set| set.iter().map(texts).collect()).collect()
}

#[test]
fn each_kind_of_view_says_what_it_is_declared_to_say() {
    let capture = capture([
        counter("stages").of_event("forge.stage.stop").by(["stage", "outcome"]),
        sum("bytes").of_event("forge.stage.stop").measure("size_bytes").by(["stage"]),
        last_value("batch").of_event("forge.stage.stop").measure("batch_size"),
        histogram("latency_ms")
            .of_event("forge.stage.stop")
            .measure("duration")
            .unit("ms")
            .buckets(&[10.0, 100.0])
            .by(["stage"]),
        summary("latency").of_event("forge.stage.stop").measure("duration").quantiles(&[0.5, 1.0]),
        ratio("success").of_event("forge.stage.stop").share("outcome", "success"),
    ]);
    capture.run(|| {
        for (millis, outcome) in
            [(10, "success"), (11, "success"), (100, "error"), (200, "success")]
        {
            emit!(
                "forge.stage.stop",
                { duration: Duration::from_millis(millis), size_bytes: 100, batch_size: millis },
                "stage" = "parse", "outcome" = outcome, "sample_id" = millis
            );
        }
        emit!("forge.stage.start", { system_time: 1 }, "stage" = "parse");
    });
    let metrics = swept(&capture);
    assert_eq!(metrics.sum("stages", &[("stage", "parse"), ("outcome", "success")]), 3.0);
    assert_eq!(metrics.sum("stages", &[("outcome", "error")]), 1.0);
    assert_eq!(metrics.sum("bytes", &[("stage", "parse")]), 400.0);
    assert_eq!(&*metrics.metric("bytes").unwrap().unit, "By");
    assert_eq!(metrics.sum("batch", &[]), 200.0);
    let latency = metrics.histogram("latency_ms", &[("stage", "parse")]).unwrap();
    assert_eq!((&latency.buckets[..], latency.sum), (&[1, 2, 1][..], 321.0));
    assert_eq!(&*metrics.metric("latency_ms").unwrap().unit, "ms");
    assert_eq!(&*metrics.metric("latency").unwrap().unit, "s");
    let latency = metrics.summary("latency", &[]).unwrap();
    let median = latency.quantile(0.5).unwrap();
    assert!((median / 0.011 - 1.0).abs() < 0.05, "{median}");
    assert_eq!(latency.quantile(1.0), Some(0.2));
    assert_eq!((latency.quantile(0.9), latency.count), (None, 4));
    assert!((latency.sum - 0.321).abs() < 1e-9, "{}", latency.sum);
    assert_eq!(metrics.sum("success", &[]), 75.0);
    assert_eq!(&*metrics.metric("success").unwrap().unit, "%");
}

#[test]
fn spans_are_measured_by_their_duration_and_told_by_name_or_area() {
    let capture = capture([
        histogram("order.duration").of_span("order.*").measure("duration").by(["span.kind"]),
        counter("order.failures").of_span("order.place").when("status.code", "error"),
        sum("ai.spend").of_span("gen_ai.*").measure("gen_ai.usage.cost.amount").by(["tenant"]),
        counter("ai.calls").of_span("gen_ai.*").by(["span.name"]),
    ]);
    capture.run(|| {
        span!("order.place").in_scope(|| ());
        let mut failed = span!("order.place").start();
        failed.set_error("timeout");
        failed.end();
        span!(
            "chat gpt-5",
            "gen_ai.operation.name" = "chat",
            "gen_ai.usage.cost.amount" = 0.25,
            "tenant" = "acme"
        )
        .in_scope(|| ());
        span!("chat with a friend", "tenant" = "acme").in_scope(|| ());
        span!("gen_ai.own").in_scope(|| ());
    });
    let spans = capture.spans_named("order.place");
    let metrics = capture.metrics();
    let durations = metrics.histogram("order.duration", &[("span.kind", "internal")]).unwrap();
    let nanos: u64 = spans.iter().map(|span| span.end_unix_nanos - span.start_unix_nanos).sum();
    assert_eq!(durations.count(), 2);
    assert!((durations.sum * 1e9 - nanos as f64).abs() < 1.0, "{} of {nanos}", durations.sum);
    assert_eq!(metrics.sum("order.failures", &[]), 1.0);
    assert_eq!(metrics.sum("ai.spend", &[("tenant", "acme")]), 0.25);
    let mut calls: Vec<_> = labels(&metrics, "ai.calls");
    calls.sort();
    let names: Vec<_> = calls.iter().map(|labels| labels["span.name"].as_str()).collect();
    assert_eq!(names, ["chat gpt-5", "gen_ai.own"]);
}

#[test]
fn only_records_of_which_all_conditions_hold_count() {
    let of = |view: View| view.of_event("request.*");
    let capture = capture([
        of(counter("errors")).when("status", at_least(500)),
        of(counter("retried")).when("attempt", above(1)).when("status", not(200)),
        of(counter("limited")).when("status", any_of([429, 503])),
        of(counter("named")).when("user", present()).when("event.name", "request.stop"),
        of(counter("anonymous")).when("user", absent()),
    ]);
    capture.run(|| {
        emit!("request.stop", { status: 503, attempt: 2 }, "user" = "ada");
        emit!("request.stop", { status: 429, attempt: 1 });
        emit!("request.stop", { status: 200, attempt: 3 }, "user" = "ada");
        emit!("request.late", { status: "503" }, "user" = "ada");
    });
    let metrics = swept(&capture);
    let counts = ["errors", "retried", "limited", "named", "anonymous"];
    assert_eq!(counts.map(|name| metrics.sum(name, &[])), [1.0, 1.0, 2.0, 2.0, 1.0]);
}

#[test]
fn only_listed_attributes_become_labels_under_the_names_they_are_given() {
    let secret = "hunter2";
    let capture = capture([
        counter("plain").of_event("login"),
        counter("renamed").of_event("login").by_as("forge.stage.name", "stage").by(["missing"]),
        counter("many").of_event("login").by(["order.*"]).without(["order.id"]),
        histogram("sized").of_event("login").measure("size_bytes").by(["long", "list"]),
        summary("summed").of_event("login").measure("size_bytes"),
        ratio("shared").of_event("login").share("password", secret),
        log("login.seen", Severity::Info).of_event("login").by(["order.id"]),
    ]);
    capture.run(|| {
        let long = "é".repeat(1000);
        Event::new(&SCOPE, "login")
            .attribute("password", secret)
            .attribute("forge.stage.name", "parse")
            .attribute("order.id", 17)
            .attribute("order.kind", "gift")
            .attribute("size_bytes", 12)
            .attribute("long", &long)
            .attribute("list", Value::StrArray(&["a"]))
            .body(secret)
            .emit();
    });
    let metrics = swept(&capture);
    let shown = |name: &str| {
        let [labels] = &labels(&metrics, name)[..] else { panic!("one series of {name}") };
        labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
    };
    assert!(shown("plain").is_empty() && shown("shared").is_empty());
    assert_eq!(shown("renamed"), ["stage=parse"]);
    assert_eq!(shown("many"), ["order.kind=gift"]);
    let [long] = &shown("sized")[..] else { panic!("one label") };
    assert_eq!(long, &format!("long={}", "é".repeat(128)));
    assert!(!format!("{metrics:?}").contains(secret));
    let events = capture.events();
    let line = events.iter().find(|event| event.event_name == "login.seen").unwrap();
    assert_eq!(line.attributes.len(), 1, "{line:?}");
    assert!(!format!("{line:?}").contains(secret));
}

#[test]
fn a_log_line_is_a_record_of_its_own_beneath_the_same_span_and_in_the_ledger() {
    let capture = capture([
        log("forge.stage.failed", Severity::Warn)
            .of_event("forge.stage.stop")
            .when("outcome", "error")
            .body("a stage failed")
            .by(["stage", "duration"]),
        log("order.slow", Severity::Error).of_span("order.*").by(["duration", "span.name"]),
        counter("lines").of_event("forge.stage.failed"),
    ]);
    capture.run(|| {
        span!("order.place").in_scope(|| {
            emit!("forge.stage.stop", { duration: 0.5 }, "stage" = "parse", "outcome" = "error");
            emit!("forge.stage.stop", { duration: 0.5 }, "stage" = "parse", "outcome" = "success");
        });
    });
    let (events, spans) = (capture.events(), capture.spans());
    let named = |name: &str| {
        let found: Vec<_> = events.iter().filter(|event| event.event_name == name).collect();
        let [line] = found[..] else { panic!("one {name} in {events:?}") };
        line.clone()
    };
    let failed = named("forge.stage.failed");
    assert_eq!((failed.severity, &*failed.body), (Severity::Warn, "a stage failed"));
    assert_eq!(failed.attribute("stage").unwrap(), &"parse");
    assert_eq!(failed.attribute("duration").unwrap(), &0.5);
    assert_eq!(failed.attributes.len(), 2);
    assert_eq!(
        (failed.trace_id, failed.span_id),
        (Some(spans[0].trace_id), Some(spans[0].span_id))
    );
    let slow = named("order.slow");
    assert_eq!((slow.severity, &*slow.body), (Severity::Error, "order.slow"));
    assert_eq!((slow.span_id, slow.scope), (Some(spans[0].span_id), spans[0].scope));
    assert_eq!(slow.attribute("span.name").unwrap(), &"order.place");
    assert_eq!(swept(&capture).sum("lines", &[]), 0.0, "views don't look at what views make");
    assert_eq!(capture.ledger().logs.accepted, 4);
    capture.assert_ledger_balances();
}

#[test]
fn log_lines_that_find_no_room_are_counted() {
    // Two segments: one holds the events when the lines are made, so one is left for the lines.
    let builder = Pipeline::builder()
        .ring_bytes(2 * 64 * 1024)
        .view(log("copy", Severity::Info).of_event("event").by(["text"]));
    let capture = Capture::with(builder);
    capture.run(|| {
        let text = "x".repeat(1000);
        (0..500).for_each(|_| emit!("event", "text" = &text));
    });
    capture.assert_ledger_balances();
    let logs = capture.ledger().logs;
    let lines = capture.events().iter().filter(|event| event.event_name == "copy").count() as u64;
    let swept = capture.events().len() as u64 - lines;
    assert!(lines > 0, "{logs}");
    assert_eq!(logs.ended, 500 + swept, "a line is made of each event that is swept");
    assert_eq!(logs.accepted + logs.total_dropped(), logs.ended);
}

#[test]
fn lines_come_out_of_the_last_sweep_too() {
    let capture = capture([log("copy", Severity::Info).of_event("event")]);
    capture.run(|| emit!("event"));
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    assert_eq!((capture.ledger().logs.accepted, capture.ledger().logs.total_dropped()), (2, 0));
}

#[test]
fn series_beyond_the_budget_share_one_and_totals_stay_right() {
    let capture = capture([
        counter("counted").of_event("event").by(["id"]),
        summary("summed").of_event("event").measure("size").by(["id"]).quantiles(&[1.0]),
        ratio("shared").of_event("event").by(["id"]).share("id", at_least(0)).max_series(100),
    ]);
    capture.run(|| (0..3000).for_each(|id| emit!("event", { size: 1 }, "id" = id)));
    let metrics = swept(&capture);
    assert_eq!(metrics.sum("counted", &[]), 3000.0);
    assert_eq!(metrics.sum("counted", &[("otel.metric.overflow", "true")]), 1000.0);
    for (name, series) in [("counted", 2001), ("summed", 501), ("shared", 101)] {
        assert_eq!(labels(&metrics, name).len(), series, "{name}");
    }
    let overflow = [("otel.metric.overflow", "true")];
    assert!(metrics.sum("shared", &overflow) > 0.0);
    assert_eq!(metrics.summary("summed", &overflow).unwrap().count, 2500);
}

#[test]
fn a_summary_and_a_ratio_forget_what_is_older_than_their_window() {
    let window = Duration::from_secs(1);
    let capture = capture([
        summary("latency").of_event("event").measure("size").quantiles(&[1.0]).window(window),
        ratio("share").of_event("event").share("size", above(1)).window(window),
    ]);
    let greatest = |metrics: &MetricSnapshot| metrics.summary("latency", &[])?.quantile(1.0);
    let (mut count, mut total) = (0, 0.0);
    let deadline = std::time::Instant::now() + HANGS;
    // Once more where the machine lets more time pass between the two than the window has.
    loop {
        capture.run(|| emit!("event", { size: 100 }));
        (count, total) = (count + 1, total + 100.0);
        let metrics = swept(&capture);
        if (greatest(&metrics), metrics.sum("share", &[])) == (Some(100.0), 100.0) {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "what is new doesn't show");
    }
    loop {
        capture.run(|| emit!("event", { size: 1 }));
        (count, total) = (count + 1, total + 1.0);
        let metrics = swept(&capture);
        // What is counted is counted for good.
        let latency = metrics.summary("latency", &[]).unwrap();
        assert_eq!((latency.count, latency.sum), (count, total));
        if (greatest(&metrics), metrics.sum("share", &[])) == (Some(1.0), 0.0) {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "what is old still shows");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn two_counters_of_one_name_add_to_the_same_metric() {
    let capture = capture([
        counter("done").of_event("one").by(["kind"]),
        counter("done").of_event("other.*").by(["kind"]),
    ]);
    capture.run(|| {
        emit!("one", "kind" = "a");
        emit!("other.thing", "kind" = "a");
    });
    assert_eq!(swept(&capture).sum("done", &[("kind", "a")]), 2.0);
    assert_eq!(labels(&capture.metrics(), "done").len(), 1);
}

#[test]
fn a_record_without_the_measure_or_with_another_kind_of_value_is_not_measured() {
    let capture = capture([
        sum("bytes").of_event("event").measure("size"),
        histogram("sizes").of_event("event").measure("size"),
    ]);
    capture.run(|| {
        emit!("event");
        emit!("event", "size" = "12");
        emit!("event", { size: f64::NAN });
        emit!("event", { size: f64::INFINITY });
        emit!("event", { size: 12 });
    });
    let metrics = swept(&capture);
    assert_eq!(metrics.sum("bytes", &[]), 12.0);
    assert_eq!(metrics.histogram("sizes", &[]).unwrap().count(), 1);
}

#[derive(Clone, Debug)]
struct Happened {
    name: &'static str,
    stage: &'static str,
    outcome: &'static str,
    millis: Option<u32>,
}

fn happened() -> impl Strategy<Value = Happened> {
    let name = prop::sample::select(vec!["job.stop", "job.start", "jobs", "task.stop"]);
    let stage = prop::sample::select(vec!["parse", "train", "store"]);
    let outcome = prop::sample::select(vec!["success", "error"]);
    (name, stage, outcome, prop::option::of(0_u32..2000))
        .prop_map(|(name, stage, outcome, millis)| Happened { name, stage, outcome, millis })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn views_say_what_going_through_the_records_by_hand_says(all in prop::collection::vec(happened(), 0..200)) {
        let bounds = [10.0, 100.0, 1000.0];
        let capture = capture([
            counter("errors").of_event("job.*").when("outcome", "error").by(["stage"]),
            histogram("latency")
                .of_event("job.stop").of_event("task.stop")
                .measure("duration").unit("ms").buckets(&bounds).by(["stage"]),
            ratio("success").of_event("job.stop").share("outcome", "success").by(["stage"]),
        ]);
        capture.run(|| {
            for one in &all {
                let duration = one.millis.map(|millis| Duration::from_millis(millis.into()));
                emit!(one.name, { duration: duration }, "stage" = one.stage, "outcome" = one.outcome);
            }
        });
        let metrics = swept(&capture);
        for stage in ["parse", "train", "store"] {
            let of_stage = || all.iter().filter(|one| one.stage == stage);
            let label = [("stage", stage)];
            let errors = of_stage()
                .filter(|one| one.name.starts_with("job.") && one.outcome == "error").count();
            prop_assert_eq!(metrics.sum("errors", &label), errors as f64);

            let mut buckets = vec![0; 4];
            for millis in of_stage().filter(|one| one.name.ends_with(".stop")).filter_map(|one| one.millis) {
                buckets[bounds.iter().filter(|bound| f64::from(millis) > **bound).count()] += 1;
            }
            let got = metrics.histogram("latency", &label);
            prop_assert_eq!(got.map_or(vec![0; 4], |point| point.buckets.clone()), buckets);

            let stops: Vec<_> = of_stage().filter(|one| one.name == "job.stop").collect();
            let succeeded = stops.iter().filter(|one| one.outcome == "success").count();
            if !stops.is_empty() {
                let expected = succeeded as f64 / stops.len() as f64 * 100.0;
                prop_assert!((metrics.sum("success", &label) - expected).abs() < 1e-9);
            }
        }
        capture.assert_ledger_balances();
    }
}
