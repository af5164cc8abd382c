use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Ended, Program, command};

/// An example, which cargo has built beside the programs.
fn example(name: &str) -> PathBuf {
    let programs = Path::new(env!("CARGO_BIN_EXE_demo")).parent().unwrap();
    let path = programs.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(
        path.is_file(),
        "{} isn't built: `cargo test` builds it, with `--test it` add `--examples`",
        path.display()
    );
    path
}

#[track_caller]
fn run(name: &str) -> Ended {
    let ended = Program::of(&mut command(example(name).to_str().unwrap())).end();
    assert!(ended.status.success(), "{ended:?}");
    ended
}

/// The records among the lines of standard output, where they go when nobody watches.
fn records(ended: &Ended) -> Vec<Value> {
    ended.output.iter().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The record of this name.
#[track_caller]
fn record<'a>(records: &'a [Value], name: &str) -> &'a Value {
    let named =
        records.iter().find(|record| record["name"] == name || record["event_name"] == name);
    named.unwrap_or_else(|| panic!("no {name} in {records:#?}"))
}

#[test]
fn how_do_i_time_an_operation() {
    let ended = run("time_an_operation");
    let records = records(&ended);
    let reserved = record(&records, "order.reserve");
    assert_eq!(reserved["trace_id"], record(&records, "order.place")["trace_id"]);
    for name in ["order.total", "label.upload"] {
        record(&records, name);
    }
    let placed: Vec<&Value> =
        records.iter().filter(|record| record["name"] == "order.place").collect();
    assert_eq!(placed.len(), 2);
    assert!(
        placed
            .iter()
            .any(|span| span.to_string().contains("timed_out")
                || span.to_string().contains("timeout"))
    );
}

#[test]
fn how_do_i_call_something_that_may_fail_try_again_and_fall_back() {
    let ended = run("try_an_operation_again");
    assert!(ended.output.contains(&"the rate is 0.95".to_owned()), "{ended:?}");
    assert!(ended.output.contains(&"the last known rate is 0.93".to_owned()), "{ended:?}");
    let records = records(&ended);
    let fetched = record(&records, "rates.fetch");
    assert_eq!(fetched["telemetry.operation.attempts"], 3);
    assert_eq!(fetched["telemetry.outcome"], "success");
    let retries = records.iter().filter(|it| it["name"] == "telemetry.operation.retry");
    let attempts: Vec<_> = retries.map(|retry| retry["attempt"].as_i64()).collect();
    assert_eq!(attempts, [Some(2), Some(3)]);
    let read = record(&records, "rates.read");
    assert_eq!(read["telemetry.outcome"], "fallback");
    assert_eq!(read["events"][0]["name"], "telemetry.fallback");
    assert_eq!(read["events"][0]["error.type"], "refused");
    let exception = record(&records, "exception");
    assert_eq!(exception["exception.message"], "refused with token=***");
    assert_eq!(exception["span_id"], read["span_id"]);
}

#[test]
fn how_do_i_emit_an_event_and_count() {
    let ended = run("emit_an_event_and_count");
    assert!(ended.output.contains(&"4 parcels sorted".to_owned()), "{ended:?}");
    assert!(ended.output.contains(&"1 parcels waiting".to_owned()), "{ended:?}");
    let records = records(&ended);
    let span = record(&records, "parcel.sort");
    assert_eq!(record(&records, "parcel.rejected")["span_id"], span["span_id"]);
    let log = records
        .iter()
        .find(|record| record.to_string().contains("the belt is nearly full"))
        .unwrap();
    assert_eq!(log["span_id"], span["span_id"]);
}

#[test]
fn how_do_i_declare_a_metric_of_events() {
    let ended = run("declare_a_metric_of_events");
    for line in [
        "stage_latency_milliseconds_bucket{stage=\"parse\",le=\"100\"} 1",
        "stage_latency_milliseconds_bucket{stage=\"parse\",le=\"1000\"} 2",
        "stage_failures_total{stage=\"parse\"} 1",
        "orders_large_total 1",
    ] {
        assert!(ended.output.iter().any(|shown| shown == line), "{line} in {ended:?}");
    }
}

#[test]
fn how_do_i_keep_what_fails() {
    let ended = run("keep_what_fails");
    let records = records(&ended);
    let requests = |failed: bool| {
        let named = records.iter().filter(|record| record["name"] == "GET /orders/{id}");
        named.filter(|span| (span["status"] == "error") == failed).count()
    };
    assert_eq!(requests(true), 10);
    assert!((50..=150).contains(&requests(false)), "{}", requests(false));
    let rescued = records.iter().filter(|span| span["telemetry.kept_because"] == "error").count();
    // Those that the sampler had kept anyway carry no reason.
    assert!(rescued <= 20 && rescued.is_multiple_of(2), "{rescued}");
}

#[test]
fn how_do_i_carry_context_into_a_task() {
    let ended = run("carry_context_into_a_task");
    let records = records(&ended);
    let trace = &record(&records, "order.place")["trace_id"];
    for name in ["receipt.send", "label.print", "order.pack"] {
        assert_eq!(&record(&records, name)["trace_id"], trace, "{name}");
    }
    let line = format!("traceparent: 00-{}-", trace.as_str().unwrap());
    assert!(ended.output.iter().any(|output| output.starts_with(&line)), "{ended:?}");
}

#[test]
fn how_do_i_send_records_elsewhere() {
    let ended = run("send_records_elsewhere");
    let has =
        |start: &str| assert!(ended.output.iter().any(|line| line.starts_with(start)), "{ended:?}");
    has("span parcel.sort took ");
    has("event parcel.sorted weight_kg=1.5 belt=4");
    has("complete: true");
    has("spans: 1 ended");
}
