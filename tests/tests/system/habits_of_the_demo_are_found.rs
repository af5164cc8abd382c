//! What the demo's service does on purpose as services do it by accident: a query for each row of another
//! one, and a connection that is kept while a model thinks.

use serde_json::Value;
use telemetry_tests::otlp::{Log, Span};

use super::a_demo_under_judgement::{run, tells_of_the_culprit};

fn events(name: &str) -> impl Iterator<Item = &'static Log> {
    run().received.logs.iter().filter(move |log| log.event_name == name)
}

/// The span of the request in this trace.
#[track_caller]
fn request(trace: &str) -> &'static Span {
    let mut spans = run().received.spans.iter();
    let found = spans.find(|span| span.trace_id == trace && span.kind == "SERVER");
    found.unwrap_or_else(|| panic!("no request in {trace}"))
}

#[test]
fn one_query_for_each_row_is_found_on_the_route_that_does_it_and_on_no_other() {
    let found: Vec<&Log> = events("telemetry.db.n_plus_one").collect();
    assert!(!found.is_empty());
    for event in found {
        assert_eq!(event.severity_text, "WARN");
        assert_eq!(event.attributes["db.query.summary"], "SELECT customers");
        assert_eq!(event.attributes["telemetry.db.source.summary"], "SELECT tickets");
        assert_eq!(event.attributes["telemetry.db.source.rows"], 20);
        assert_eq!(request(&event.trace_id).name, "GET /tickets");
    }
    // The spans say it, not only once a minute.
    let repeats = "telemetry.db.n_plus_one.repeats";
    let spans = run().received.spans.iter();
    for span in spans.filter(|span| span.attributes.contains_key(repeats)) {
        assert_eq!(request(&span.trace_id).name, "GET /tickets", "{span:#?}");
    }
    let told = &run().service.summary()["repeated_queries"];
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
    assert_eq!(told[0]["route"], "GET /tickets");
    assert_eq!(told[0]["summary"], "SELECT customers");
    assert_eq!(told[0]["source_rows"], 20);
}

#[test]
fn who_keeps_the_connection_that_others_wait_for_is_named() {
    let event =
        events("telemetry.db.pool.exhausted").find(|log| tells_of_the_culprit(log)).unwrap();
    assert_eq!(event.severity_text, "WARN");
    assert_eq!(event.attributes["db.client.connection.pool.name"], "writer");
    let holder = event.attributes["telemetry.db.pool.holders"][0].as_str().unwrap();
    let trace = holder.split("trace ").nth(1).unwrap().split(' ').next().unwrap();
    assert_eq!(request(trace).name, "POST /tickets/{id}/digest", "{holder}");
    // The span in which it was told is one that waited.
    assert_ne!(event.trace_id, trace);
    let waits = &run().service.summary()["long_waits"];
    let of_digest = |wait: &&Value| wait["holder_route"] == "POST /tickets/{id}/digest";
    let told =
        waits.as_array().unwrap().iter().find(of_digest).unwrap_or_else(|| panic!("{waits}"));
    assert_eq!(told["pool"], "writer");
    assert!(told["wait_seconds"].as_f64().unwrap() >= 0.1, "{told}");
    assert!(told["route"].as_str().unwrap().starts_with("POST /tickets"), "{told}");
}

#[test]
fn the_times_of_queries_are_told_part_by_part() {
    let summary = run().service.summary();
    let times = summary["query_times"].as_array().unwrap();
    let of = |query: &str| {
        let found = times.iter().find(|row| row["summary"] == query);
        found.unwrap_or_else(|| panic!("no {query}: {times:#?}"))
    };
    let seconds = |row: &Value, part: &str| row[part].as_f64().unwrap();
    // Every kind of query that was exported, as often as it was.
    for row in times {
        let is_it =
            |span: &&Span| span.text("db.query.summary").as_deref() == row["summary"].as_str();
        let exported = run().received.spans.iter().filter(is_it).count() as u64;
        assert_eq!(row["runs"].as_u64(), Some(exported), "{row}");
    }
    let list = of("SELECT tickets");
    for part in ["wait_seconds", "first_row_seconds", "stream_seconds", "decode_seconds"] {
        assert!(seconds(list, part) > 0.0, "{part}: {list}");
    }
    // The report's query is slow by itself, and has one row.
    let report = of("SELECT tickets tickets");
    assert!(seconds(report, "first_row_seconds") > seconds(report, "stream_seconds"), "{report}");
    // Whoever writes waits for the one that keeps the connection.
    assert!(seconds(of("INSERT messages"), "wait_seconds") > 0.0);
}
