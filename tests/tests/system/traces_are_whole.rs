use std::collections::{BTreeMap, BTreeSet};

use telemetry_tests::otlp::Span;
use telemetry_tests::traces;

use super::a_demo_under_judgement::run;

#[test]
fn every_request_is_one_trace_with_one_root_and_no_orphan() {
    let run = run();
    let nobody = BTreeSet::new();
    let traces = traces(&run.received.spans);
    for trace in traces.values() {
        let problems = trace.problems(&nobody);
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(trace.roots()[0].kind, "SERVER", "{:#?}", trace.roots());
    }
    let requests = run.own.started();
    assert_eq!(traces.len() as u64, requests);
    assert_eq!(run.received.spans_of_kind("SERVER").len() as u64, requests);
}

#[test]
fn spans_of_requests_are_as_many_as_the_service_counts_by_route_and_status() {
    let run = run();
    let mut spans = BTreeMap::<String, BTreeMap<(String, String), u64>>::new();
    for span in run.received.spans_of_kind("SERVER") {
        let route = match span.text("http.route") {
            Some(route) => {
                let method = span.text("http.request.method").unwrap();
                assert_eq!(span.name, format!("{method} {route}"));
                span.name.clone()
            }
            None => format!("{} (no route)", span.name),
        };
        let text = |key: &str| span.text(key).unwrap_or_default();
        let key = (text("http.response.status_code"), text("telemetry.outcome"));
        *spans.entry(route).or_default().entry(key).or_default() += 1;
    }
    assert_eq!(spans, run.scraped());
}

#[test]
fn a_whole_request_is_a_tree_of_two_queries_and_the_model_call() {
    let run = run();
    let traces = traces(&run.received.spans);
    let mut whole = 0;
    for trace in traces.values() {
        let root = trace.roots()[0];
        let went_well = root.text("http.response.status_code").as_deref() == Some("200");
        if root.name != "POST /tickets/{id}/reply"
            || !went_well
            || root.text("telemetry.outcome").is_some()
        {
            continue;
        }
        whole += 1;
        let children = trace.children(root);
        assert_eq!(trace.spans.len(), 4, "{:#?}", trace.spans);
        let [select, chat, insert] = children.as_slice() else {
            panic!("{children:#?}");
        };
        let names = [select, chat, insert].map(|span| span.name.as_str());
        assert_eq!(names, ["SELECT tickets customers", "chat gpt-4o-mini", "INSERT messages"]);
        for child in [select, chat, insert] {
            assert_eq!(child.kind, "CLIENT", "{child:#?}");
        }
        for (query, operation) in [(select, "SELECT"), (insert, "INSERT")] {
            assert_eq!(query.text("db.system.name").as_deref(), Some("sqlite"));
            assert_eq!(query.text("db.query.summary"), Some(query.name.clone()));
            assert!(query.text("db.query.text").unwrap().starts_with(operation), "{query:#?}");
        }
        check_call(chat);
        assert!(select.end <= chat.start && chat.end <= insert.start, "{children:#?}");
    }
    assert!(whole >= 3, "{whole} whole requests");
}

#[track_caller]
fn check_call(chat: &Span) {
    for (key, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.model", "gpt-4o-mini"),
        ("gen_ai.response.model", "gpt-4o-mini-2024-07-18"),
    ] {
        assert_eq!(chat.text(key).as_deref(), Some(value), "{key}: {chat:#?}");
    }
    let number = |key: &str| {
        let value = chat.attributes.get(key).and_then(serde_json::Value::as_f64);
        value.unwrap_or_else(|| panic!("{key}: {chat:#?}"))
    };
    let [input, output] = ["gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"].map(number);
    assert!(input > 0.0 && output > 0.0);
    let seconds = (chat.end - chat.start) as f64 / 1e9;
    let first = number("gen_ai.response.time_to_first_chunk");
    assert!(0.0 < first && first <= seconds, "{first} of {seconds}");
    // What OpenAI asked for a million tokens of this model, in and out.
    let cost = (input * 0.15 + output * 0.60) / 1e6;
    let told = number("gen_ai.usage.cost.amount");
    assert!((told / cost - 1.0).abs() < 1e-9, "{told} instead of {cost}");
}

#[test]
fn every_record_of_a_request_belongs_to_one_of_its_spans() {
    let run = run();
    let known: BTreeSet<(&str, &str)> =
        run.received.spans.iter().map(|span| (&*span.trace_id, &*span.span_id)).collect();
    let mut correlated = 0;
    for log in run.received.logs.iter().filter(|log| !log.trace_id.is_empty()) {
        assert!(known.contains(&(&*log.trace_id, &*log.span_id)), "{log:#?}");
        correlated += 1;
    }
    let events = |name: &str| run.received.logs.iter().filter(|log| log.event_name == name).count();
    assert!(correlated > 0 && events("ticket.opened") > 0 && events("telemetry.db.slow_query") > 0);
    let opened = run.own.routes["POST /tickets"].answered.get(&201).copied();
    assert_eq!(Some(events("ticket.opened") as u64), opened);
}

#[test]
fn the_receiver_has_what_the_ledger_says_that_it_delivered() {
    let run = run();
    let ledger = run.service.ledger();
    assert_eq!(ledger.problems(), Vec::<String>::new());
    // Where nothing went wrong there is one line, the one that says where all goes.
    assert_eq!(run.service.errors.len(), 1, "{:#?}", run.service.errors);
    for (signal, came) in [
        ("spans", run.received.spans.len()),
        ("logs", run.received.logs.len()),
        ("points", run.received.points.len()),
    ] {
        assert_eq!(ledger.exported("otlp", signal), came as u64, "{signal}: {ledger:#?}");
    }
    let resource = &run.received.spans[0].resource;
    let all = run.received.spans.iter().map(|span| &span.resource);
    let all = all.chain(run.received.logs.iter().map(|log| &log.resource));
    let mut all = all.chain(run.received.points.iter().map(|point| &point.resource));
    assert!(all.all(|one| one == resource));
    for (key, value) in [
        ("service.name", "support-desk"),
        ("service.namespace", "desks"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("deployment.environment.name", "testing"),
    ] {
        assert_eq!(
            resource.get(key).and_then(|value| value.as_str()),
            Some(value),
            "{resource:#?}"
        );
    }
}

#[test]
fn times_lie_within_the_run() {
    let run = run();
    let within = |time: u64| run.began <= time && time <= run.ended;
    for span in &run.received.spans {
        assert!(within(span.start) && within(span.end), "{span:#?}");
    }
    for log in &run.received.logs {
        assert!(within(log.time), "{log:#?}");
    }
    for point in &run.received.points {
        assert!(within(point.time), "{point:#?}");
        // A gauge counts since never.
        let starts = point.kind == "gauge" || within(point.start) && point.start < point.time;
        assert!(starts, "{point:#?}");
    }
}
