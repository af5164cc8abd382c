use std::time::Duration;

use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{Status, span};
use telemetry_db::{Dialect, Operation, Patterns, Statement, Target};

use crate::support::only;

fn target() -> Target {
    Target::new("postgresql").namespace("shop|public").server("db.internal", Some(6432))
}

#[tokio::test]
async fn with_everything_that_they_know() {
    let capture = Capture::start();
    let statement = Statement::of("SELECT id FROM orders WHERE state = $1", Dialect::Postgres)
        .with_parameters();
    let work = async {
        let mut operation = Operation::start(&target(), &statement);
        let inner = async { telemetry_core::Span::current_set("seen", true) };
        operation.watch(inner).await;
        operation.rows(2);
        operation.rows(3);
        operation.end();
    };
    capture.run_async(span!("request").run(work)).await;
    let spans = capture.spans();
    let (operation, request) = (&spans[0], &spans[1]);
    assert_eq!(operation.parent_span_id, Some(request.span_id));
    assert_eq!(operation.name, "SELECT orders");
    assert_eq!(operation.attribute("server.address").unwrap(), &"db.internal");
    assert_eq!(operation.attribute("server.port").unwrap(), &6432);
    assert_eq!(operation.attribute("db.namespace").unwrap(), &"shop|public");
    assert_eq!(operation.attribute("db.response.returned_rows").unwrap(), &5);
    assert_eq!(operation.attribute("seen").unwrap(), &true);
    assert_eq!(
        operation.attribute("db.query.text").unwrap(),
        &"SELECT id FROM orders WHERE state = $1"
    );
    let metrics = capture.metrics();
    let labels = [
        ("db.system.name", "postgresql"),
        ("server.address", "db.internal"),
        ("server.port", "6432"),
    ];
    assert!(metrics.histogram("db.client.operation.duration", &labels).is_some());
}

#[test]
fn with_a_name_alone() {
    let capture = Capture::start();
    capture.run(|| {
        let mut operation = Operation::start(&Target::new("redis"), &Statement::named("GET"));
        operation.fail("WRONGTYPE", Some("WRONGTYPE"));
        operation.end();
    });
    let span = only(&capture);
    assert_eq!(span.name, "GET");
    assert_eq!(span.status, Status::ERROR);
    assert_eq!(span.attribute("db.query.text"), None);
    assert_eq!(span.attribute("db.response.status_code").unwrap(), &"WRONGTYPE");
}

#[test]
fn with_nothing_but_the_system() {
    let capture = Capture::start();
    capture.run(|| Operation::start(&Target::new("redis"), &Statement::named("")).end());
    assert_eq!(only(&capture).name, "redis");
}

#[test]
fn and_dropped_they_are_cancelled() {
    let capture = Capture::start();
    capture.run(|| drop(Operation::start(&target(), &Statement::named("LISTEN"))));
    let span = only(&capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"cancelled");
    assert_eq!(span.status, Status::Unset);
}

#[test]
fn beneath_a_context_that_is_handed_over() {
    let capture = Capture::start();
    let parent = capture.run(|| span!("elsewhere").start());
    let operation = Operation::start_in(parent.context(), &target(), &Statement::named("LISTEN"));
    operation.end();
    let id = parent.context().span_context().unwrap().span_id();
    parent.end();
    let spans = capture.spans();
    assert_eq!(spans[0].parent_span_id, Some(id));
}

/// A database without a language for queries: a command has a name, and keys that are there or not.
#[test]
fn commands_and_what_they_find_are_told() {
    let capture = Capture::start();
    let target = Target::new("memcached").namespace("0").server("cache.internal", Some(11_212));
    capture.run(|| {
        let mut operation = Operation::start(&target, &Statement::command("get"));
        operation.found("session", 2, 1);
        operation.end();
    });
    let span = capture.expect_span("get");
    span.expect_attribute("db.operation.name", "get")
        .expect_attribute("telemetry.db.hits", 2)
        .expect_attribute("telemetry.db.misses", 1)
        .expect_no_attribute("db.query.summary")
        .expect_no_attribute("db.query.text");
    capture.expect_count("db.client.operation.duration", &[("db.operation.name", "get")], 1);
    let hits = [
        ("telemetry.db.key.prefix", "session"),
        ("telemetry.db.lookup.result", "hit"),
        ("db.system.name", "memcached"),
        ("server.port", "11212"),
    ];
    capture.expect_sum("telemetry.db.lookups", &hits, 2.0);
}

#[test]
fn drivers_that_tell_afterwards_are_observed_from_the_beginning() {
    let capture = Capture::start();
    let took = Duration::from_millis(10);
    capture.run(|| {
        span!("earlier").start().end();
        // The clock is older than that from here on.
        std::thread::sleep(2 * took);
        let statement = Statement::of("SELECT name FROM customers", Dialect::Postgres);
        let target = Target::new("postgresql");
        let mut operation = Operation::start_ago(&target, &statement, took);
        operation.rows(3);
        operation.end();
    });
    let metrics = capture.metrics();
    let duration = metrics.histogram("db.client.operation.duration", &[]).unwrap();
    assert!(duration.sum >= 0.99 * took.as_secs_f64(), "{duration:?}");
    capture.expect_span("SELECT customers").expect_attribute("db.response.returned_rows", 3);
}

/// Of a statement more is kept for the first few of its targets; nobody sees
/// which these are.
#[test]
fn one_statement_on_many_databases_is_told_of_on_each() {
    let capture = Capture::start();
    let statement = Statement::of("SELECT name FROM customers WHERE id = $1", Dialect::Postgres);
    let names: Vec<String> = (0..7).map(|number| format!("shop{number}")).collect();
    let targets: Vec<Target> =
        names.iter().map(|name| Target::new("postgresql").namespace(name)).collect();
    capture.run(|| {
        for target in targets.iter().chain(&targets) {
            let mut operation = Operation::start(target, &statement);
            operation.rows(1);
            operation.end();
            let mut operation = Operation::start(target, &statement);
            operation.fail("57014", Some("57014"));
            operation.end();
        }
    });
    let (spans, metrics) = (capture.spans(), capture.metrics());
    for name in &names {
        let of_it = |span: &&CapturedSpan| span.attribute("db.namespace").unwrap() == name.as_str();
        let mine: Vec<&CapturedSpan> = spans.iter().filter(of_it).collect();
        assert_eq!(mine.len(), 4);
        let text = |span: &&CapturedSpan| span.attribute("db.query.text").is_some();
        assert!(mine.iter().all(text));
        let good = [("db.namespace", name.as_str()), ("db.query.summary", "SELECT customers")];
        let bad = [("db.namespace", name.as_str()), ("error.type", "57014")];
        let failed = metrics.histogram("db.client.operation.duration", &bad).unwrap();
        assert_eq!(failed.count(), 2);
        let rows = metrics.histogram("db.client.response.returned_rows", &good).unwrap();
        assert_eq!((rows.count(), rows.sum), (2, 2.0));
    }
    let top = capture.run(|| Patterns::current().unwrap().top(10));
    assert_eq!(
        top.iter().map(|profile| (profile.count, profile.errors)).collect::<Vec<_>>(),
        [(28, 14)]
    );
}
