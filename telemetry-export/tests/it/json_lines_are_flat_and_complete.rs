use serde_json::{Value, json};
use telemetry_core::{Event, SpanBuilder};
use telemetry_export::{InitError, Telemetry};

#[cfg(unix)]
use crate::support::own_process_with_little_room;
use crate::support::{PATIENCE, SCOPE, Target, build, own_process, work};

fn of<'a>(lines: &'a [Value], signal: &str, name: &str) -> &'a Value {
    let mut lines = lines.iter();
    let found = lines.find(|line| line["signal"] == signal && line["name"] == name);
    found.unwrap_or_else(|| panic!("no {signal} {name}"))
}

#[test]
fn spans_logs_and_metrics_read_back_from_a_file_whose_directory_was_made() {
    let target = Target::new("records");
    let telemetry = build(&[
        ("TELEMETRY_FILE", target.path()),
        ("OTEL_METRICS_EXPORTER", "file"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=desk"),
    ]);
    work(&telemetry);
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.complete && report.ledger.balances());
    let sink = &report.ledger.sinks[0];
    let written = (sink.spans.exported, sink.logs.exported, sink.points.exported);
    assert_eq!((sink.name, written), ("file", (2, 1, 3)));

    let lines = target.lines();
    assert_eq!(lines.len(), 6);
    for line in &lines {
        let timestamp = line["timestamp"].as_str().unwrap();
        assert_eq!((timestamp.len(), &timestamp[19..20], &timestamp[29..]), (30, ".", "Z"));
        assert_eq!(line["service.name"], "shop");
        assert_eq!(line["service.version"], "1.2.3");
        assert_eq!(line["team"], "desk");
        assert_eq!(line["process.pid"], std::process::id());
        assert_eq!(line["otel.scope.name"], "shop");
        assert!(line.get("telemetry.sdk.name").is_none());
    }
    let root = of(&lines, "span", "GET /orders/{id}");
    assert_eq!(root["kind"], "server");
    assert_eq!(root["status"], "error");
    assert_eq!(root["error.type"], "500");
    assert_eq!(root["http.response.status_code"], 500);
    assert_eq!(root["tags"], json!(["a", "b"]));
    assert!(root.get("parent_span_id").is_none());
    let query = of(&lines, "span", "SELECT orders");
    assert_eq!(query["parent_span_id"], root["span_id"]);
    assert_eq!(query["trace_id"], root["trace_id"]);
    assert_eq!(query["status"], "unset");
    assert!(query["duration_ms"].as_f64().unwrap() <= root["duration_ms"].as_f64().unwrap());
    let log = of(&lines, "log", "order.failed");
    assert_eq!((&log["severity"], &log["body"]), (&json!("ERROR"), &json!("out of stock")));
    assert_eq!((&log["lines"], &log["span_id"]), (&json!(3), &root["span_id"]));
    let orders = of(&lines, "metric", "orders");
    assert_eq!((&orders["type"], &orders["value"]), (&json!("counter"), &json!(2)));
    assert_eq!((&orders["unit"], &orders["country"]), (&json!("{order}"), &json!("fr")));
    assert_eq!(of(&lines, "metric", "open")["value"], -1);
    let duration = of(&lines, "metric", "order.duration");
    assert_eq!((&duration["count"], &duration["sum"]), (&json!(2), &json!(5.5)));
    assert_eq!(duration["bounds"], json!([0.1, 1]));
    assert_eq!(duration["buckets"], json!([0, 1, 1]));
}

#[test]
fn an_attribute_never_takes_the_place_of_a_field() {
    let target = Target::new("fields");
    let telemetry = build(&[("TELEMETRY_FILE", target.path())]);
    telemetry.pipeline().unwrap().scoped(|| {
        let mut span = SpanBuilder::new(&SCOPE, "real").start();
        for key in ["name", "timestamp", "service.name", "status", "own"] {
            span.set(key, "theirs");
        }
        span.in_scope(|| {
            let text = "quotes \" and \\ and\nlines\u{1b} and \u{1f600}";
            Event::new(&SCOPE, "said").body(text).attribute("body", f64::NAN).emit();
        });
    });
    telemetry.shutdown(PATIENCE);
    let lines = target.lines();
    let span = of(&lines, "span", "real");
    assert_eq!((&span["service.name"], &span["status"]), (&json!("shop"), &json!("unset")));
    for key in ["name", "timestamp", "service.name", "status"] {
        assert_eq!(span[format!("attribute.{key}")], "theirs");
    }
    assert_eq!(span["own"], "theirs");
    let log = of(&lines, "log", "said");
    assert_eq!(log["body"], "quotes \" and \\ and\nlines\u{1b} and \u{1f600}");
    assert_eq!(log["attribute.body"], "NaN");
}

#[test]
fn what_happened_within_a_span_stands_in_its_line() {
    let target = Target::new("events");
    let telemetry = build(&[
        ("TELEMETRY_FILE", target.path()),
        ("OTEL_SPAN_EVENT_COUNT_LIMIT", "2"),
        ("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs/dup"),
    ]);
    telemetry.pipeline().unwrap().scoped(|| {
        let mut span = SpanBuilder::new(&SCOPE, "work").start();
        span.add_event("cache.miss", &[("name", "theirs".into()), ("own", 1.into())]);
        let error = std::io::Error::other("token=hunter2S3cr3t");
        span.record_exception(&telemetry_core::Exception::of(&error));
        span.add_event("one too many", &[]);
        span.end();
        SpanBuilder::new(&SCOPE, "quiet").in_scope(|| ());
    });
    telemetry.shutdown(PATIENCE);
    let lines = target.lines();
    let span = of(&lines, "span", "work");
    let events = span["events"].as_array().unwrap();
    assert_eq!((events.len(), &span["dropped_events"]), (2, &json!(1)));
    let miss = &events[0];
    assert_eq!((&miss["name"], &miss["attribute.name"]), (&json!("cache.miss"), &json!("theirs")));
    assert!(miss["timestamp"].as_str().unwrap() >= span["timestamp"].as_str().unwrap());
    assert_eq!(miss["own"], 1);
    assert_eq!(events[1]["name"], "exception");
    for exception in [&events[1], of(&lines, "log", "exception")] {
        assert_eq!(exception["exception.message"], "token=***");
    }
    let quiet = of(&lines, "span", "quiet");
    assert!(quiet.get("events").is_none() && quiet.get("dropped_events").is_none());
    assert!(!format!("{lines:?}").contains("hunter2S3cr3t"));
}

#[test]
fn a_file_is_appended_to() {
    let target = Target::new("append");
    for _ in 0..2 {
        let telemetry = build(&[("TELEMETRY_FILE", target.path())]);
        work(&telemetry);
        drop(telemetry);
    }
    assert_eq!(target.lines().len(), 6);
}

#[test]
fn a_file_that_cannot_be_opened_is_an_error_at_start() {
    let result = Telemetry::builder().variables([("TELEMETRY_FILE", "/dev/null/x.jsonl")]).build();
    let error = result.expect_err("not a directory");
    assert!(matches!(error, InitError::File { .. }));
    let text = error.to_string();
    assert!(text.contains("/dev/null/x.jsonl") && !text.contains('\n'), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_once_and_what_was_lost_is_counted() {
    let run = own_process(
        "json_lines_are_flat_and_complete::a_full_disk_is_said_once_and_what_was_lost_is_counted",
        &[],
        || {
            let telemetry = build(&[("TELEMETRY_FILE", "/dev/full")]);
            for _ in 0..3 {
                work(&telemetry);
                assert!(telemetry.flush(PATIENCE));
            }
            let report = telemetry.shutdown(PATIENCE);
            assert!(report.ledger.balances());
            let sink = &report.ledger.sinks[0];
            assert_eq!((sink.spans.dropped, sink.logs.dropped), (6, 3));
        },
    );
    let run = run.finish();
    let said = run.said();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("file /dev/full: No space left on device"), "{said:?}");
    assert_eq!(said[1], "file /dev/full: 9 records were lost");
}

#[cfg(unix)]
#[test]
fn a_disk_that_runs_full_loses_what_the_ledger_says_and_not_a_line_more_and_heals() {
    let run = own_process_with_little_room(
        "json_lines_are_flat_and_complete::a_disk_that_runs_full_loses_what_the_ledger_says_and_not_a_line_more_and_heals",
        || {
            let path = std::env::temp_dir().join(format!("full-{}.jsonl", std::process::id()));
            let telemetry = build(&[("TELEMETRY_FILE", path.to_str().unwrap())]);
            let lost = |telemetry: &Telemetry| {
                let ledger = telemetry.ledger();
                let sink = &ledger.sinks[0];
                sink.spans.dropped + sink.logs.dropped
            };
            let mut works = 0;
            while lost(&telemetry) == 0 {
                assert!(works < 10_000, "the disk runs full");
                (0..20).for_each(|_| work(&telemetry));
                works += 20;
                assert!(telemetry.flush(PATIENCE));
            }
            let ledger = telemetry.ledger();
            assert!(ledger.balances(), "{ledger}");
            let sink = &ledger.sinks[0];
            let exported = sink.spans.exported + sink.logs.exported;
            assert_eq!(exported + lost(&telemetry), works * 3);
            let text = std::fs::read_to_string(&path).unwrap();
            let whole = |text: &str| {
                let lines = text.lines().filter(|line| !line.is_empty());
                lines.filter(|line| serde_json::from_str::<Value>(line).is_ok()).count() as u64
            };
            assert_eq!(whole(&text), exported, "{ledger}");
            // Somebody makes room.
            std::fs::remove_file(&path).unwrap();
            let before = lost(&telemetry);
            work(&telemetry);
            assert!(telemetry.flush(PATIENCE));
            assert_eq!(lost(&telemetry), before);
            assert_eq!(whole(&std::fs::read_to_string(&path).unwrap()), 3);
            let report = telemetry.shutdown(PATIENCE);
            assert!(report.ledger.balances(), "{}", report.ledger);
            std::fs::remove_file(&path).unwrap();
            println!("\nlost: {before}");
        },
    );
    let run = run.finish();
    let said = run.said();
    let lost = run.out.lines().find_map(|line| line.strip_prefix("lost: ")).unwrap();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("File too large"), "{said:?}");
    assert!(
        said[1].ends_with(&format!("writing again after {lost} records were lost")),
        "{said:?}"
    );
}

#[test]
fn without_a_terminal_json_lines_go_to_standard_output() {
    let run = own_process(
        "json_lines_are_flat_and_complete::without_a_terminal_json_lines_go_to_standard_output",
        &[],
        || {
            let telemetry = telemetry_export::init!().unwrap();
            work(&telemetry);
            drop(telemetry);
        },
    );
    let run = run.finish();
    assert_eq!(run.said().len(), 1, "{run:?}");
    let lines = run.json();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(of(&lines, "span", "SELECT orders")["db.response.returned_rows"], 3);
    assert_eq!(lines[0]["service.name"], "telemetry-export");
}
