use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, ContextExt, Severity, span};
use tracing::Instrument;

use super::{bridged, one};

#[test]
fn spans_nest_among_native_ones_in_both_directions() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        span!("native.outer").in_scope(|| {
            tracing::info_span!("bridged").in_scope(|| {
                span!("native.inner").in_scope(|| {
                    tracing::info_span!("bridged.inner").in_scope(|| ());
                });
            });
            span!("native.after").in_scope(|| ());
        });
    });
    let outer = one(&capture, "native.outer");
    let bridged = one(&capture, "bridged");
    let inner = one(&capture, "native.inner");
    assert_eq!(bridged.parent_span_id, Some(outer.span_id));
    assert_eq!(inner.parent_span_id, Some(bridged.span_id));
    assert_eq!(one(&capture, "bridged.inner").parent_span_id, Some(inner.span_id));
    assert_eq!(one(&capture, "native.after").parent_span_id, Some(outer.span_id));
    assert_eq!(bridged.scope, module_path!());
}

#[test]
fn an_event_is_a_log_record_of_its_span_native_or_not() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        tracing::info_span!("bridged").in_scope(|| tracing::warn!(attempt = 2, "trying again"));
        span!("native").in_scope(|| tracing::error!("failed"));
        tracing::debug!(target: "elsewhere", "outside");
    });
    let events = capture.events();
    let with = |body: &str| events.iter().find(|event| event.body == body).unwrap();
    let again = with("trying again");
    assert_eq!(again.severity, Severity::Warn);
    assert_eq!(again.attribute("attempt").unwrap(), &2);
    assert_eq!(again.span_id, Some(one(&capture, "bridged").span_id));
    assert_eq!(with("failed").span_id, Some(one(&capture, "native").span_id));
    let outside = with("outside");
    assert_eq!(
        (outside.span_id, outside.scope, outside.severity),
        (None, "elsewhere", Severity::Debug)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instrumented_future_is_one_span_wherever_it_is_polled() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    let work = async {
        async {
            for _ in 0..5 {
                tokio::task::yield_now().await;
                span!("step").in_scope(|| ());
            }
        }
        .instrument(tracing::info_span!("job"))
        .await;
        assert!(Context::current().span_context().is_none());
    };
    capture.run_async(work).await;
    let job = one(&capture, "job");
    let steps = capture.spans_named("step");
    assert_eq!(steps.len(), 5);
    assert!(steps.iter().all(|step| step.parent_span_id == Some(job.span_id)));
}

#[test]
fn exits_out_of_order_leave_the_context_as_it_was() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let first = tracing::info_span!("first").entered();
        let second = tracing::info_span!("second").entered();
        drop(first);
        span!("within.second").in_scope(|| ());
        drop(second);
        span!("after").in_scope(|| ());
    });
    let second = one(&capture, "second");
    assert_eq!(one(&capture, "within.second").parent_span_id, Some(second.span_id));
    assert_eq!(one(&capture, "after").parent_span_id, None);
}

#[test]
fn a_context_of_the_same_span_that_is_left_current_is_not_taken_for_the_spans_own() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let span = tracing::info_span!("work");
        let first = span.enter();
        let varied = Context::current().with_baggage(Baggage::default().with("tenant", "acme"));
        // The span's stay ends while a variant of its context is current.
        varied.in_scope(|| drop(first));
        span.in_scope(|| assert!(Context::current().baggage().is_empty()));
    });
    assert_eq!(one(&capture, "work").parent_span_id, None);
}

#[test]
fn an_event_that_was_given_a_name_has_it() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        tracing::info!(name: "order.placed", lines = 3, "placed");
        tracing::info!("unnamed");
    });
    let names: Vec<_> = capture.events().into_iter().map(|event| event.event_name).collect();
    assert_eq!(names, ["order.placed", ""]);
}

#[test]
fn without_a_pipeline_the_bridge_does_nothing() {
    let _subscriber = bridged();
    tracing::info_span!("nobody").in_scope(|| {
        tracing::info!("listens");
        assert!(Context::current().span_context().is_none());
    });
}

#[test]
fn a_span_left_entered_by_what_ran_within_a_native_one_takes_nothing_from_it() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        span!("outer").in_scope(|| {
            let inner = span!("inner").in_scope(|| tracing::info_span!("leaks").entered());
            let polled = span!("polled").run(async { tracing::info_span!("leaks more").entered() });
            let mut polled = std::pin::pin!(polled);
            let task = &mut std::task::Context::from_waker(std::task::Waker::noop());
            let more = polled.as_mut().poll(task);
            span!("within what leaked").in_scope(|| ());
            drop(more);
            drop(inner);
            span!("after").in_scope(|| ());
        });
    });
    let ids = |name: &str| {
        let span = one(&capture, name);
        (span.span_id, span.parent_span_id)
    };
    let (outer, inner, polled) = (ids("outer"), ids("inner"), ids("polled"));
    assert_eq!((outer.1, inner.1, ids("after").1), (None, Some(outer.0), Some(outer.0)));
    assert_eq!((ids("leaks").1, polled.1), (Some(inner.0), Some(ids("leaks").0)));
    assert_eq!(ids("leaks more").1, Some(polled.0));
    assert_eq!(ids("within what leaked").1, Some(ids("leaks more").0));
    capture.assert_ledger_balances();
}

#[test]
fn a_span_left_entered_stays_current_whatever_it_was_entered_within_and_the_context_comes_back() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let span = span!("held").start();
        let scoped = span.in_scope(|| tracing::info_span!("leaks from a scope").entered());
        span!("within the first").in_scope(|| ());
        drop(scoped);

        // A future that is polled twice: what leaks at its first poll isn't where it goes on.
        let mut leaked = None;
        let mut polls = 0;
        let work = std::future::poll_fn(|_| {
            polls += 1;
            span!("polled", "poll" = polls).in_scope(|| ());
            if polls == 1 {
                leaked = Some(tracing::info_span!("leaks from a poll").entered());
                return std::task::Poll::Pending;
            }
            std::task::Poll::Ready(())
        });
        let mut work = std::pin::pin!(work.in_context(span.context().clone()));
        let task = &mut std::task::Context::from_waker(std::task::Waker::noop());
        assert!(work.as_mut().poll(task).is_pending());
        span!("within the second").in_scope(|| ());
        assert!(work.as_mut().poll(task).is_ready());
        drop(leaked);
        span!("after").in_scope(|| ());
    });
    let held = one(&capture, "held").span_id;
    let parent = |name: &str| one(&capture, name).parent_span_id;
    let first = one(&capture, "leaks from a scope").span_id;
    let second = one(&capture, "leaks from a poll").span_id;
    assert_eq!(parent("within the first"), Some(first));
    assert_eq!(parent("within the second"), Some(second));
    assert_eq!(
        (parent("leaks from a scope"), parent("leaks from a poll")),
        (Some(held), Some(held))
    );
    let polled = capture.spans().into_iter().filter(|span| span.name == "polled");
    assert_eq!(polled.map(|span| span.parent_span_id).collect::<Vec<_>>(), [Some(held); 2]);
    assert_eq!(parent("after"), None);
    capture.assert_ledger_balances();
}

#[test]
fn spans_left_entered_within_the_same_context_twice_restore_what_was_before_each() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let (root, none) = (Context::current(), Context::none());
        tracing::info_span!("outer").in_scope(|| {
            let leaked = none.in_scope(|| tracing::info_span!("leaks").entered());
            drop(leaked);
            span!("within the outer").in_scope(|| ());
        });
        let held = span!("held").start();
        let again = held.context().clone();
        let (outer, inner) = held.in_scope(|| {
            let outer = tracing::info_span!("leaks first").entered();
            let inner = again.in_scope(|| tracing::info_span!("leaks second").entered());
            (outer, inner)
        });
        drop(inner);
        span!("within the first").in_scope(|| ());
        drop(outer);
        assert_eq!(Context::current().span_context(), root.span_context());
        span!("after").in_scope(|| ());
    });
    let id = |name: &str| Some(one(&capture, name).span_id);
    let parent = |name: &str| one(&capture, name).parent_span_id;
    assert_eq!(parent("within the outer"), id("outer"));
    assert_eq!(parent("within the first"), id("leaks first"));
    assert_eq!(parent("after"), None);
}
