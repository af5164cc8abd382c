use std::cell::{Cell, RefCell};
use std::future::{Future, pending, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{
    Baggage, Context, ContextExt, ErrorClass, Pipeline, RetryPolicy, Sampler, Severity, SpanKind,
    Status, emit, operation, span,
};

const DURATION: &str = "telemetry.operation.duration";
const RETRIES: &str = "telemetry.operation.retries";

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer with token=hunter2S3cr3t")
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

fn policy(attempts: u32) -> RetryPolicy {
    RetryPolicy::exponential(Duration::from_millis(250)).attempts(attempts).exact()
}

fn run<F: Future>(work: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn one(capture: &Capture) -> CapturedSpan {
    let mut spans = capture.spans_named("rates.fetch");
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}

fn count(capture: &Capture, labels: &[(&str, &str)]) -> u64 {
    let metrics = capture.metrics();
    metrics.histogram(DURATION, labels).map_or(0, |point| point.buckets.iter().sum())
}

/// The outcome on the span, and the number of the operations of that outcome in the metric.
fn outcome(capture: &Capture, expected: &str) -> (CapturedSpan, u64) {
    let span = one(capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &expected);
    let labels = [("telemetry.operation.name", "rates.fetch"), ("telemetry.outcome", expected)];
    assert_eq!(count(capture, &[]), 1, "it ends once");
    (span, count(capture, &labels))
}

#[test]
fn one_call_gives_span_duration_and_outcome() {
    let capture = Capture::start();
    let rate = run(capture.run_async(async {
        operation!("rates.fetch", "provider" = "ecb")
            .attribute("currency", "CHF")
            .kind(SpanKind::Client)
            .run(|| async {
                span!("beneath").in_scope(|| ());
                Ok::<_, io::Error>(7)
            })
            .await
    }));
    assert_eq!(rate.unwrap(), 7);
    let (span, counted) = outcome(&capture, "success");
    assert_eq!((counted, span.kind, span.status.clone()), (1, SpanKind::Client, Status::Unset));
    assert_eq!(span.attribute("provider").unwrap(), &"ecb");
    assert_eq!(span.attribute("currency").unwrap(), &"CHF");
    assert_eq!(span.attribute("telemetry.operation.attempts").unwrap(), &1);
    assert_eq!(span.attribute("error.type"), None);
    assert_eq!(span.scope, "telemetry-core");
    assert_eq!(capture.spans_named("beneath")[0].parent_span_id, Some(span.span_id));
    let seconds = (span.end_unix_nanos - span.start_unix_nanos) as f64 / 1e9;
    let sum = capture.metrics().histogram(DURATION, &[]).unwrap().sum;
    assert!((sum - seconds).abs() < 1e-12, "the metric and the span agree: {sum} {seconds}");
    assert!(capture.events().is_empty());
}

#[test]
fn transient_errors_are_tried_again_and_each_retry_is_an_event() {
    let capture = Capture::start();
    let (calls, slept) = (Cell::new(0), RefCell::new(Vec::new()));
    let result = run(capture.run_async(async {
        operation!("rates.fetch")
            .retry(policy(5), |delay| {
                slept.borrow_mut().push(delay.as_millis());
                ready(())
            })
            .run(|| {
                calls.set(calls.get() + 1);
                let tried = calls.get();
                async move { if tried < 4 { Err(timed_out()) } else { Ok(tried) } }
            })
            .await
    }));
    assert_eq!(result.unwrap(), 4);
    assert_eq!(*slept.borrow(), [250, 500, 1000]);
    let (span, counted) = outcome(&capture, "success");
    assert_eq!((counted, span.status.clone()), (1, Status::Unset));
    assert_eq!(span.attribute("telemetry.operation.attempts").unwrap(), &4);
    let events = capture.events();
    let seen: Vec<_> = events
        .iter()
        .map(|event| {
            assert_eq!(event.event_name, "telemetry.operation.retry");
            assert_eq!((event.severity, event.span_id), (Severity::Warn, Some(span.span_id)));
            assert_eq!(event.attribute("error.type").unwrap(), &"timeout");
            assert_eq!(event.attribute("telemetry.operation.name").unwrap(), &"rates.fetch");
            (
                event.attribute("attempt").unwrap().clone(),
                event.attribute("delay_ms").unwrap().clone(),
            )
        })
        .collect();
    let expected = [(2, 250), (3, 500), (4, 1000)].map(|(one, two)| (one.into(), two.into()));
    assert_eq!(seen, expected);
    let labels = [("telemetry.operation.name", "rates.fetch"), ("error.type", "timeout")];
    assert_eq!(capture.metrics().sum(RETRIES, &labels), 3.0);
}

#[test]
fn a_permanent_error_is_not_tried_again() {
    let capture = Capture::start();
    let calls = Cell::new(0);
    let result = capture.run(|| {
        operation!("rates.fetch").retry(policy(5), |_| panic!("nobody sleeps")).in_scope(|| {
            calls.set(calls.get() + 1);
            Err::<(), _>(not_found())
        })
    });
    assert_eq!((result.unwrap_err().kind(), calls.get()), (io::ErrorKind::NotFound, 1));
    let (span, counted) = outcome(&capture, "error");
    assert_eq!((counted, span.status.clone()), (1, Status::ERROR));
    assert_eq!(span.attribute("error.type").unwrap(), &"not_found");
    assert_eq!(count(&capture, &[("error.type", "not_found")]), 1);
}

#[test]
fn when_all_tries_fail_the_last_error_is_given_back_and_told_without_its_secrets() {
    let capture = Capture::start();
    let slept = RefCell::new(Vec::new());
    let result = capture.run(|| {
        operation!("rates.fetch")
            .retry(policy(3), |delay: Duration| slept.borrow_mut().push(delay.as_millis()))
            .in_scope(|| Err::<(), _>(timed_out()))
    });
    assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(*slept.borrow(), [250, 500]);
    let (span, _) = outcome(&capture, "error");
    assert_eq!(span.attribute("telemetry.operation.attempts").unwrap(), &3);
    let events = capture.events();
    let exceptions: Vec<_> = events.iter().filter(|it| it.event_name == "exception").collect();
    assert_eq!((events.len(), exceptions.len()), (3, 1));
    assert_eq!(exceptions[0].span_id, Some(span.span_id));
    let message = exceptions[0].attribute("exception.message").unwrap();
    assert_eq!(message, &"no answer with token=***");
}

#[test]
fn the_message_stays_away_where_it_is_not_wanted() {
    let capture = Capture::start();
    let result = capture.run(|| {
        operation!("rates.fetch").without_exceptions().in_scope(|| Err::<(), _>(timed_out()))
    });
    assert!(result.is_err());
    assert!(capture.events().is_empty());
    assert_eq!(outcome(&capture, "error").1, 1);
}

#[test]
fn no_try_begins_too_late() {
    let policy = policy(100).within(Duration::from_millis(1));
    let capture = Capture::start();
    let result = capture.run(|| {
        operation!("rates.fetch")
            .retry(policy, |_| panic!("the first delay is too long already"))
            .in_scope(|| Err::<(), _>(timed_out()))
    });
    assert!(result.is_err());
    assert_eq!(one(&capture).attribute("telemetry.operation.attempts").unwrap(), &1);
}

#[test]
fn a_fallback_that_is_taken_is_the_outcome() {
    let capture = Capture::start();
    let rate = run(capture.run_async(async {
        operation!("rates.fetch")
            .retry(policy(2), |_| ready(()))
            .run_or_else(
                || ready(Err(timed_out())),
                |error| {
                    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
                    async {
                        emit!("fallback.taken");
                        Ok(1)
                    }
                },
            )
            .await
    }));
    assert_eq!(rate.unwrap(), 1);
    let (span, counted) = outcome(&capture, "fallback");
    assert_eq!(
        (counted, span.status.clone(), span.attribute("error.type")),
        (1, Status::Unset, None)
    );
    assert_eq!(span.events[0].attribute("error.type").unwrap(), &"timeout");
    let events = capture.events();
    let names: Vec<&str> = events.iter().map(|event| event.event_name.as_str()).collect();
    assert_eq!(names, ["telemetry.operation.retry", "exception", "fallback.taken"]);
    assert!(events.iter().all(|event| event.span_id == Some(span.span_id)));
}

#[test]
fn a_fallback_that_fails_too_is_an_error_and_one_that_is_not_needed_is_not_run() {
    let capture = Capture::start();
    let failed = capture.run(|| {
        operation!("rates.fetch")
            .in_scope_or_else(|| Err::<(), _>(timed_out()), |_| Err(not_found()))
    });
    assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::NotFound);
    let (span, _) = outcome(&capture, "error");
    assert_eq!(span.attribute("error.type").unwrap(), &"not_found");

    let capture = Capture::start();
    let fine = capture.run(|| {
        operation!("rates.fetch")
            .in_scope_or_else(|| Ok::<_, io::Error>(7), |_| panic!("not needed"))
    });
    assert_eq!(fine.unwrap(), 7);
    outcome(&capture, "success");
}

#[test]
fn a_dropped_future_ends_its_operation_as_cancelled_whether_it_tries_or_waits() {
    for waits in [false, true] {
        let capture = Capture::start();
        run(capture.run_async(async {
            let work =
                operation!("rates.fetch").retry(policy(3), |_| pending()).run(move || async move {
                    if waits {
                        return Err::<(), _>(timed_out());
                    }
                    pending().await
                });
            tokio::select! {
                biased;
                _ = work => panic!("it never ends"),
                () = ready(()) => {}
            }
        }));
        let (span, counted) = outcome(&capture, "cancelled");
        assert_eq!((counted, span.status.clone()), (1, Status::Unset));
        assert_eq!(span.attribute("telemetry.operation.attempts").unwrap(), &1);
        capture.assert_ledger_balances();
    }
}

#[test]
fn one_that_is_never_polled_never_began() {
    let capture = Capture::start();
    capture.run(|| drop(operation!("rates.fetch").run(|| ready(Ok::<_, io::Error>(())))));
    assert!(capture.spans().is_empty());
    assert_eq!(count(&capture, &[]), 0);
}

#[test]
fn a_panic_ends_it_as_panicked_in_a_future_and_in_a_closure() {
    let in_closure = Capture::start();
    in_closure.run(|| {
        let work =
            || operation!("rates.fetch").in_scope(|| -> io::Result<()> { panic!("in work") });
        assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
    });
    let in_future = Capture::start();
    let work = in_future.run_async(async {
        operation!("rates.fetch").run(|| async { panic!("in work") as io::Result<()> }).await
    });
    assert!(catch_unwind(AssertUnwindSafe(|| run(work))).is_err());
    for capture in [in_closure, in_future] {
        let (span, counted) = outcome(&capture, "panicked");
        assert_eq!((counted, span.status.clone()), (1, Status::ERROR));
        assert_eq!(span.attribute("error.type").unwrap(), &"panic");
        assert!(Context::current().span_context().is_none(), "nothing stays current");
    }
}

#[test]
fn what_is_not_sampled_is_measured_all_the_same() {
    let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff));
    capture.run(|| operation!("rates.fetch").in_scope(|| Ok::<_, io::Error>(()))).unwrap();
    assert!(capture.spans().is_empty());
    assert_eq!(count(&capture, &[("telemetry.outcome", "success")]), 1);
}

#[test]
fn without_a_pipeline_the_work_is_done_and_tried_again() {
    let calls = Cell::new(0);
    let result = operation!("rates.fetch").retry(policy(3), |_| ()).in_scope(|| {
        calls.set(calls.get() + 1);
        if calls.get() < 3 { Err(timed_out()) } else { Ok(calls.get()) }
    });
    assert_eq!(result.unwrap(), 3);
}

#[test]
fn baggage_becomes_a_label_only_where_it_is_listed() {
    let capture = Capture::with(Pipeline::builder().baggage_attributes(["tenant.id"]));
    let baggage = Baggage::default().with("tenant.id", "acme").with("user.id", "17");
    capture
        .run(|| {
            let calls = Cell::new(0);
            Context::current().with_baggage(baggage).in_scope(|| {
                operation!("rates.fetch").retry(policy(2), |_| ()).in_scope(|| {
                    calls.set(calls.get() + 1);
                    if calls.get() < 2 { Err(timed_out()) } else { Ok(()) }
                })
            })
        })
        .unwrap();
    assert_eq!(count(&capture, &[("tenant.id", "acme"), ("telemetry.outcome", "success")]), 1);
    assert_eq!(count(&capture, &[("user.id", "17")]), 0);
    assert_eq!(capture.metrics().sum(RETRIES, &[("tenant.id", "acme")]), 1.0);
    assert_eq!(one(&capture).attribute("tenant.id").unwrap(), &"acme");
    assert_eq!(one(&capture).attribute("user.id"), None);
}

#[tokio::test]
async fn with_tokios_sleep_it_runs_on_other_threads() {
    let capture = Capture::start();
    let policy = RetryPolicy::fixed(Duration::from_millis(1)).attempts(2);
    let task = capture.pipeline().context();
    let work = async move {
        let mut failed = false;
        operation!("rates.fetch")
            .retry(policy, tokio::time::sleep)
            .run(|| {
                let again = std::mem::replace(&mut failed, true);
                async move { if again { anyhow::Ok(7) } else { Err(timed_out().into()) } }
            })
            .await
    };
    assert_eq!(tokio::spawn(work.in_context(task)).await.unwrap().unwrap(), 7);
    assert_eq!(outcome(&capture, "success").1, 1);
}

#[test]
fn delays_grow_to_their_bound_and_lie_between_half_and_whole() {
    let policy = RetryPolicy::exponential(Duration::from_secs(1)).attempts(u32::MAX);
    let seconds: Vec<_> = (1..=7).map(|failed| policy.delay(failed).unwrap().as_secs()).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
    assert_eq!(policy.delay(u32::MAX - 1), Some(Duration::from_secs(30)));
    assert_eq!(policy.delay(u32::MAX), None);
    assert_eq!(policy.clone().attempts(0).delay(1), None);
    assert_eq!(policy.factor(f64::NAN).delay(9), Some(Duration::from_secs(1)));
    let slept = RefCell::new(Vec::new());
    let policy = RetryPolicy::fixed(Duration::from_millis(1000)).attempts(101);
    let result = operation!("rates.fetch")
        .retry(policy, |delay: Duration| slept.borrow_mut().push(delay.as_millis()))
        .in_scope(|| Err::<(), _>(timed_out()));
    assert!(result.is_err());
    let slept = slept.into_inner();
    assert_eq!(slept.len(), 100);
    assert!(slept.iter().all(|millis| (500..=1000).contains(millis)), "{slept:?}");
    assert!(slept.iter().any(|millis| *millis != slept[0]));
}

#[test]
fn classes_decide_on_retries_also_of_errors_that_are_no_errors() {
    struct ByStatus;
    struct Status(u16);
    impl telemetry_core::Classify<ByStatus> for Status {
        fn class(&self) -> ErrorClass {
            ErrorClass::of_http_status(self.0).unwrap_or(ErrorClass::OTHER)
        }
    }
    let tries = |status: u16| {
        let calls = Cell::new(0);
        let _ = operation!("rates.fetch").retry(policy(3), |_| ()).in_scope(|| {
            calls.set(calls.get() + 1);
            Err::<(), _>(Status(status))
        });
        calls.get()
    };
    assert_eq!([429, 503, 408, 404, 401, 501].map(tries), [3, 3, 3, 1, 1, 1]);
}
