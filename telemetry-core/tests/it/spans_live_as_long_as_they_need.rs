use std::time::Duration;

use telemetry_core::testing::{Capture, VirtualClock};
use telemetry_core::{Context, ContextExt, ErrorClass, Pipeline, Span, emit, span};

#[test]
fn a_child_may_outlive_its_parent() {
    let clock = VirtualClock::new();
    let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
    let child = capture.run(|| {
        span!("parent").in_scope(|| {
            clock.advance(Duration::from_secs(1));
            span!("child").start()
        })
    });
    let parent = capture.expect_span("parent");
    clock.advance(Duration::from_secs(60));
    child.in_scope(|| span!("grandchild").in_scope(|| ()));
    child.end();
    let child = capture.expect_span("child");
    child.expect_child_of(&parent);
    capture.expect_span("grandchild").expect_child_of(&child);
    assert_eq!(parent.end_unix_nanos - parent.start_unix_nanos, 1_000_000_000);
    assert_eq!(child.start_unix_nanos, parent.end_unix_nanos);
    assert_eq!(child.end_unix_nanos - child.start_unix_nanos, 60_000_000_000);
    capture.assert_ledger_balances();
}

#[test]
fn a_span_held_open_for_hours_grows_no_more_than_its_record_may() {
    let clock = VirtualClock::new();
    let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
    let mut span = capture.run(|| span!("listen").start());
    for minute in 0_u32..8 * 60 {
        clock.advance(Duration::from_secs(60));
        for message in 0..10 {
            span.set("minute", minute);
            span.set(&format!("message.{minute}.{message}"), "x".repeat(200).as_str());
            span.add_event("message", &[("text", "x".repeat(200).as_str().into())]);
            span.in_scope(|| Span::current_set("last", message));
            span.in_scope(|| emit!("message", { number: message }));
        }
    }
    assert_eq!(span.end(), Duration::from_secs(8 * 3600));
    let span = capture.expect_span("listen");
    // 24 KiB of them.
    assert!((100..=128).contains(&span.attributes.len()), "{}", span.attributes.len());
    assert!(span.dropped_attributes > 4_000, "{}", span.dropped_attributes);
    assert!(span.dropped_events > 4_000, "{}", span.dropped_events);
    span.expect_attribute("minute", 8 * 60 - 1);
    assert_eq!(span.end_unix_nanos - span.start_unix_nanos, 8 * 3600 * 1_000_000_000);
    capture.assert_ledger_balances();
}

#[test]
fn a_span_goes_from_task_to_task_and_thread_to_thread() {
    let capture = Capture::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(capture.run_async(async {
        let mut span = span!("travels").start();
        for hop in 0..20 {
            let hopped = async move {
                span.set("hop", hop);
                span.in_scope(|| span!("below").in_scope(|| ()));
                span
            };
            span = tokio::spawn(hopped).await.unwrap();
        }
        std::thread::spawn(move || span.end()).join().unwrap();
    }));
    let span = capture.expect_span("travels");
    span.expect_attribute("hop", 19);
    let below = capture.spans_named("below");
    assert_eq!(below.len(), 20);
    below.iter().for_each(|below| drop(below.expect_child_of(&span).clone()));
}

#[test]
fn a_root_span_begins_a_trace_in_the_same_pipeline_and_a_task_without_context_has_none() {
    let capture = Capture::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(capture.run_async(async {
        span!("request")
            .run(async {
                span!("root").root().run(async { span!("of.root").in_scope(|| ()) }).await;
                tokio::spawn(span!("carried").run(async {}).in_current_context()).await.unwrap();
                tokio::spawn(async {
                    assert!(Context::current().span_context().is_none());
                    span!("lost").in_scope(|| ());
                })
                .await
                .unwrap();
            })
            .await;
    }));
    let (request, root) = (capture.expect_span("request"), capture.expect_span("root"));
    root.expect_root();
    assert_ne!(root.trace_id, request.trace_id);
    capture.expect_span("of.root").expect_child_of(&root);
    capture.expect_span("carried").expect_child_of(&request);
    capture.expect_no_span("lost");
}

#[test]
fn a_detached_span_has_a_trace_of_its_own_and_a_link_and_needs_no_context_carried() {
    let capture = Capture::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    runtime.block_on(capture.run_async(async {
        let sending = span!("request").in_scope(|| {
            tokio::spawn(span!("receipt.send").detached().run(async {
                tokio::task::yield_now().await;
                span!("mail").in_scope(|| ());
            }))
        });
        sending.await.unwrap();
        span!("alone").detached().in_scope(|| ());
    }));
    let (request, sent) = (capture.expect_span("request"), capture.expect_span("receipt.send"));
    sent.expect_root();
    assert_ne!(sent.trace_id, request.trace_id);
    let links: Vec<_> = sent.links.iter().map(|link| (link.trace_id, link.span_id)).collect();
    assert_eq!(links, [(request.trace_id, request.span_id)]);
    capture.expect_span("mail").expect_child_of(&sent);
    assert!(capture.expect_span("alone").expect_root().links.is_empty());
}

#[test]
fn a_fallback_is_an_outcome_and_no_error() {
    let capture = Capture::start();
    capture.run(|| {
        let mut span = span!("rates.fetch").start();
        span.fall_back(&ErrorClass::new("timeout", true));
        span.end();
    });
    let span = capture.expect_span("rates.fetch");
    span.expect_outcome("fallback").expect_no_error();
    assert_eq!(span.events[0].attribute("error.type").unwrap(), &"timeout");
}

#[test]
fn the_time_of_records_is_the_tests_own() {
    let clock = VirtualClock::new();
    let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
    let begun = clock.unix_nanos();
    capture.run(|| {
        emit!("outside");
        span!("work").in_scope(|| {
            clock.advance(Duration::from_millis(250));
            emit!("inside");
            span!("inner").in_scope(|| clock.advance(Duration::from_millis(50)));
        });
    });
    let (work, inner) = (capture.expect_span("work"), capture.expect_span("inner"));
    assert_eq!((work.start_unix_nanos - begun, work.end_unix_nanos - begun), (0, 300_000_000));
    assert_eq!(inner.start_unix_nanos - begun, 250_000_000);
    assert_eq!(capture.expect_event("outside").time_unix_nanos, begun);
    assert_eq!(capture.expect_event("inside").time_unix_nanos, begun + 250_000_000);
    assert_eq!(clock.now(), std::time::UNIX_EPOCH + Duration::from_nanos(begun + 300_000_000));
}
