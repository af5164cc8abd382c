use std::panic::{AssertUnwindSafe, catch_unwind};

use telemetry_core::testing::Capture;
use telemetry_core::{ContextExt, ErrorClass, Scope, emit, span};

static SCOPE: Scope = Scope::new("shop", "1.0.0");

/// The message with which `expectation` fails the test.
fn failure(expectation: impl FnOnce()) -> String {
    let failed = catch_unwind(AssertUnwindSafe(expectation)).unwrap_err();
    failed.downcast_ref::<String>().unwrap().clone()
}

fn order(capture: &Capture) {
    capture.run(|| {
        span!("order.place", "order.id" = 17).in_scope(|| {
            let mut charge = span!("card.charge").start();
            charge.in_scope(|| emit!("card.charged", { cents: 990 }));
            charge.fail_as(&ErrorClass::new("timeout", true));
            charge.end();
        });
        span!("order.place").in_scope(|| ());
        span!("mail.send").in_scope(|| ());
    });
    capture.pipeline().meter(&SCOPE).counter("shop.orders").build().add(2, &[]);
}

#[test]
fn a_span_that_is_missing_or_not_alone_fails_with_all_that_were_captured() {
    let capture = Capture::start();
    let nothing = failure(|| drop(capture.expect_span("order.place")));
    assert_eq!(nothing, "0 spans named \"order.place\", captured were: no spans");
    order(&capture);
    let two = failure(|| drop(capture.expect_span("order.place")));
    assert!(two.starts_with("2 spans named \"order.place\", captured were:\n"), "{two}");
    let parent = two.lines().position(|line| line.contains("order.id=17")).unwrap();
    let below = two.lines().nth(parent + 1).unwrap();
    assert!(below.starts_with("    span \"card.charge\""), "{two}");
    assert!(below.contains("failed) error.type=timeout"), "{two}");
    let present = failure(|| capture.expect_no_span("mail.send"));
    assert!(present.starts_with("a span named \"mail.send\""), "{present}");
}

#[test]
fn what_a_record_should_be_and_is_not_is_said_side_by_side() {
    let capture = Capture::start();
    order(&capture);
    let (charge, mail) = (capture.expect_span("card.charge"), capture.expect_span("mail.send"));
    charge.expect_error("timeout");
    mail.expect_root().expect_no_error().expect_no_attribute("order.id");
    for (message, parts) in [
        (
            failure(|| drop(charge.expect_error("server_error").clone())),
            ["\"timeout\"", "\"server_error\""],
        ),
        (failure(|| drop(charge.expect_no_error().clone())), ["card.charge", "has failed"]),
        (
            failure(|| drop(charge.expect_root().clone())),
            ["is no root, its parent is", "card.charge"],
        ),
        (failure(|| drop(mail.expect_error("timeout").clone())), ["mail.send", "has no error"]),
        (
            failure(|| drop(mail.expect_child_of(&charge).clone())),
            ["is no child of", "it has no parent"],
        ),
        (failure(|| drop(mail.expect_attribute("a", 1).clone())), ["has no \"a\"", "are: none"]),
        (failure(|| drop(mail.expect_outcome("fallback").clone())), ["telemetry.outcome", "none"]),
        (
            failure(|| drop(charge.expect_no_attribute("error.type").clone())),
            ["has \"error.type\"", "timeout"],
        ),
    ] {
        assert!(parts.iter().all(|part| message.contains(part)), "{message} without {parts:?}");
    }
    let event = capture.expect_event("card.charged");
    event.expect_in(&charge).expect_attribute("cents", 990).expect_no_attribute("card");
    let elsewhere = failure(|| drop(event.expect_in(&mail).clone()));
    assert!(elsewhere.contains("isn't in span \"mail.send\""), "{elsewhere}");
    let missing = failure(|| drop(capture.expect_event("card.refunded")));
    assert!(missing.contains("event \"card.charged\" (INFO) cents=990"), "{missing}");
}

#[test]
fn metrics_are_expected_by_their_sums_and_counts() {
    let capture = Capture::start();
    order(&capture);
    let meter = capture.pipeline().meter(&SCOPE);
    meter.histogram("shop.total").build().record(12.5, &[("country", "fr".into())]);
    capture.expect_sum("shop.orders", &[], 2.0);
    capture.expect_sum("shop.refunds", &[], 0.0);
    capture.expect_count("shop.total", &[("country", "fr")], 1);
    let wrong = failure(|| capture.expect_sum("shop.orders", &[], 3.0));
    assert!(wrong.contains("\"shop.orders\" of [] is 2, not 3"), "{wrong}");
    assert!(wrong.contains("shop.total (1 series)"), "{wrong}");
    let wrong = failure(|| capture.expect_count("shop.total", &[("country", "de")], 1));
    assert!(wrong.contains("has 0 measurements, not 1"), "{wrong}");
}

#[test]
fn tests_side_by_side_see_each_their_own_also_from_tasks_and_threads() {
    let one_test = |name: &'static str| {
        let capture = Capture::start();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(capture.run_async(async {
            for _ in 0..50 {
                let task = async move {
                    span!("task", "test" = name).run(tokio::task::yield_now()).await;
                    emit!("done", "test" = name);
                };
                tokio::spawn(task.in_current_context()).await.unwrap();
            }
            let context = telemetry_core::Context::current();
            let thread =
                move || context.in_scope(|| span!("thread", "test" = name).in_scope(|| ()));
            tokio::task::spawn_blocking(thread).await.unwrap();
        }));
        assert_eq!(capture.spans_named("task").len(), 50, "{name}");
        capture.expect_span("thread");
        assert_eq!(capture.events().len(), 50, "{name}");
        for span in capture.spans() {
            span.expect_attribute("test", name);
        }
        for event in capture.events() {
            event.expect_attribute("test", name);
        }
        capture.assert_ledger_balances();
    };
    std::thread::scope(|scope| {
        for name in ["one", "another", "a third"] {
            scope.spawn(move || one_test(name));
        }
    });
}
