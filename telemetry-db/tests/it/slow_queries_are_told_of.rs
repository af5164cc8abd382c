use std::time::Duration;

use telemetry_core::Severity;
use telemetry_core::testing::{Capture, OwnedValue};
use telemetry_db::sqlx::SqlitePool;
use telemetry_db::{Dialect, Operation, Statement, Target};

use crate::support::{self, only};

const LONG_ENOUGH: Duration = Duration::from_millis(120);

#[tokio::test]
async fn with_what_is_needed_to_find_them() {
    let capture = Capture::start();
    let raw = support::raw_pool("slow_event", 1).await;
    let pool = SqlitePool::configured(raw, |target| target.slow_after(Duration::ZERO));
    let query =
        sqlx::query("SELECT title FROM tickets WHERE id < ? AND title <> 'hunter2'").bind(3);
    capture.run_async(query.fetch_all(&pool)).await.unwrap();

    let span = only(&capture);
    let events = capture.events();
    let [event] = &events[..] else { panic!("{events:#?}") };
    assert_eq!(event.event_name, "telemetry.db.slow_query");
    assert_eq!(event.severity, Severity::Warn);
    assert_eq!(event.scope, "telemetry-db");
    assert_eq!(event.trace_id, Some(span.trace_id));
    assert_eq!(event.span_id, Some(span.span_id));
    let attribute = |key: &str| event.attribute(key).unwrap();
    assert_eq!(attribute("db.system.name"), &"sqlite");
    assert_eq!(attribute("db.namespace"), &"slow_event.db");
    assert_eq!(attribute("db.query.summary"), &"SELECT tickets");
    assert_eq!(attribute("db.response.returned_rows"), &2);
    // In a log also the text of a parameterised query goes without literals.
    assert_eq!(
        attribute("db.query.text"),
        &"SELECT title FROM tickets WHERE id < ? AND title <> ?"
    );
    let OwnedValue::F64(duration) = attribute("telemetry.db.duration") else { panic!() };
    let OwnedValue::F64(wait) = attribute("telemetry.db.wait_time") else { panic!() };
    let total = (span.end_unix_nanos - span.start_unix_nanos) as f64 / 1e9;
    assert!(*duration > 0.0 && duration + wait <= total, "{duration} {wait} {total}");
}

#[test]
fn over_a_hundred_milliseconds_unless_said_otherwise() {
    let statement = Statement::of("SELECT a FROM t", Dialect::Sqlite);
    let default = Target::new("sqlite");
    for (target, slow) in [
        (default.clone(), true),
        (default.clone().slow_after(Duration::from_secs(3600)), false),
        (default.clone().never_slow(), false),
        (default.slow_after(Duration::ZERO).never_slow(), false),
    ] {
        let capture = Capture::start();
        capture.run(|| {
            let operation = Operation::start(&target, &statement);
            std::thread::sleep(LONG_ENOUGH);
            operation.end();
        });
        assert_eq!(capture.events().len(), usize::from(slow));
    }
}

#[test]
fn by_the_time_of_the_database_alone() {
    let statement = Statement::of("SELECT a FROM t", Dialect::Sqlite);
    let target = Target::new("sqlite");
    let own: [fn(&mut Operation); 2] = [
        |operation| operation.waited(Duration::from_secs(3600)),
        |operation| operation.paused(Duration::from_secs(3600)),
    ];
    for not_the_databases in own {
        let capture = Capture::start();
        capture.run(|| {
            let mut operation = Operation::start(&target, &statement);
            std::thread::sleep(LONG_ENOUGH);
            not_the_databases(&mut operation);
            operation.end();
        });
        assert_eq!(capture.spans().len(), 1);
        assert!(capture.events().is_empty());
    }
}

#[test]
fn also_when_they_fail_or_are_given_up() {
    let statement = Statement::of("DELETE FROM t", Dialect::Sqlite);
    let target = Target::new("sqlite").slow_after(Duration::ZERO);
    let capture = Capture::start();
    capture.run(|| {
        let mut failed = Operation::start(&target, &statement);
        failed.affected(7);
        failed.fail("5", Some("5"));
        failed.end();
        drop(Operation::start(&target, &statement));
    });
    let events = capture.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].attribute("telemetry.db.affected_rows").unwrap(), &7);
}
