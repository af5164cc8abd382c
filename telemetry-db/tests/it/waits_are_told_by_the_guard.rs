//! The wait for a connection, as those tell it who observe a driver of their own.

use std::time::Duration;

use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_db::{Operation, Statement, Target};

use crate::support::{number, only};

fn told(observe: impl FnOnce(Operation)) -> CapturedSpan {
    let capture = Capture::start();
    capture.run(|| observe(Operation::start(&Target::new("redis"), &Statement::command("GET"))));
    capture.assert_ledger_balances();
    only(&capture)
}

#[test]
fn several_waits_are_one_sum() {
    let span = told(|mut operation| {
        operation.begin_wait();
        operation.waited(Duration::from_millis(5));
        operation.begin_wait();
        operation.waited(Duration::from_millis(7));
        operation.end();
    });
    assert_eq!(number(&span, "telemetry.db.wait_time"), 0.012);
}

#[test]
fn what_ends_while_it_waits_has_waited_until_then() {
    for end in [Operation::end as fn(Operation), drop] {
        let span = told(|mut operation| {
            operation.begin_wait();
            end(operation);
        });
        let whole = (span.end_unix_nanos - span.start_unix_nanos) as f64 / 1e9;
        let waited = number(&span, "telemetry.db.wait_time");
        assert!((0.0..=whole + 1e-6).contains(&waited), "{waited} of {whole}");
    }
}

#[test]
fn what_never_waited_says_nothing_of_it() {
    let span = told(Operation::end);
    assert_eq!(span.attribute("telemetry.db.wait_time"), None);
}
