use std::future::pending;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use telemetry_core::testing::{Capture, CapturedSpan, VirtualClock};
use telemetry_core::{Baggage, Context, ContextExt, Pipeline, Span, SpanKind, Status, span};

fn one(capture: &Capture, name: &str) -> CapturedSpan {
    let mut spans = capture.spans_named(name);
    assert_eq!(spans.len(), 1, "spans named {name}");
    spans.remove(0)
}

#[test]
fn a_span_knows_its_name_its_attributes_and_its_duration() {
    let clock = VirtualClock::new();
    let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
    capture.run(|| {
        let mut span = span!("order.place", "order.id" = 17, "country" = "fr").start();
        span.set("paid", true);
        span.set("total", 129.5);
        span.set("country", "de");
        clock.advance(Duration::from_millis(5));
        assert_eq!(span.end(), Duration::from_millis(5));
    });
    let span = one(&capture, "order.place");
    assert_eq!(span.attribute("order.id"), Some(&17_i64.into()));
    assert_eq!(span.attribute("country").unwrap(), &"de");
    assert_eq!(span.attribute("paid").unwrap(), &true);
    assert_eq!(span.attribute("total").unwrap(), &129.5);
    assert_eq!((span.kind, span.status.clone()), (SpanKind::Internal, Status::Unset));
    assert_eq!(span.scope, "telemetry-core");
    assert_eq!(span.end_unix_nanos - span.start_unix_nanos, 5_000_000);
}

#[test]
fn attributes_written_in_the_code_stand_in_the_record_like_others() {
    let capture = Capture::start();
    let id = String::from("a-17");
    capture.run(|| {
        span!(
            "order.place",
            "channel" = "web",
            "order.id" = &id,
            "path" = r"C:\orders",
            "lines" = 3,
            "delta" = -1,
            "paid" = true,
            "country" = id.as_str(),
            "country" = "f\u{72}",
        )
        .in_scope(|| ());
    });
    let span = one(&capture, "order.place");
    for (key, text) in
        [("channel", "web"), ("order.id", "a-17"), ("path", "C:\\orders"), ("country", "fr")]
    {
        assert_eq!(span.attribute(key).unwrap(), &text, "{key}");
    }
    assert_eq!(span.attribute("lines"), Some(&3_i64.into()));
    assert_eq!(span.attribute("delta"), Some(&(-1_i64).into()));
    assert_eq!(span.attribute("paid").unwrap(), &true);
    assert_eq!(span.attributes.len(), 7);
}

#[test]
fn the_duration_that_end_returns_is_the_records_to_the_nanosecond() {
    let capture = Capture::start();
    let durations: Vec<u128> =
        capture.run(|| (0..100).map(|_| span!("timed").start().end().as_nanos()).collect());
    let recorded: Vec<u128> = capture
        .spans()
        .iter()
        .map(|span| u128::from(span.end_unix_nanos - span.start_unix_nanos))
        .collect();
    assert_eq!(durations, recorded);
}

#[test]
fn children_point_to_their_parent_and_roots_to_nobody() {
    let capture = Capture::start();
    capture.run(|| {
        span!("root").in_scope(|| {
            span!("child").in_scope(|| span!("grandchild").in_scope(|| ()));
            span!("sibling").in_scope(|| ());
            span!("apart").root().in_scope(|| ());
        });
    });
    let root = one(&capture, "root");
    let child = one(&capture, "child");
    assert_eq!(root.parent_span_id, None);
    assert_eq!(child.parent_span_id, Some(root.span_id));
    assert_eq!(one(&capture, "grandchild").parent_span_id, Some(child.span_id));
    assert_eq!(one(&capture, "sibling").parent_span_id, Some(root.span_id));
    assert_eq!(one(&capture, "sibling").trace_id, root.trace_id);
    let apart = one(&capture, "apart");
    assert_eq!(apart.parent_span_id, None);
    assert_ne!(apart.trace_id, root.trace_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_stays_the_parent_across_awaits_and_spawned_tasks() {
    let capture = Capture::start();
    let work = async {
        span!("root")
            .run(async {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                    span!("after.await").run(tokio::time::sleep(Duration::from_millis(1))).await;
                }
                let task = span!("in.task").run(tokio::task::yield_now()).in_current_context();
                tokio::spawn(task).await.unwrap();
                tokio::spawn(async { assert!(Context::current().span_context().is_none()) })
                    .await
                    .unwrap();
            })
            .await;
    };
    capture.run_async(work).await;
    let root = one(&capture, "root");
    let below = capture.spans_named("after.await");
    assert_eq!(below.len(), 10);
    assert!(below.iter().all(|span| span.parent_span_id == Some(root.span_id)));
    assert_eq!(one(&capture, "in.task").parent_span_id, Some(root.span_id));
}

#[tokio::test]
async fn spans_of_interleaved_futures_do_not_mix() {
    let capture = Capture::start();
    let branch = |name: &'static str, inner: &'static str| {
        span!(name).run(async move {
            for _ in 0..20 {
                tokio::task::yield_now().await;
                span!(inner).in_scope(|| ());
            }
        })
    };
    capture
        .run_async(async { tokio::join!(branch("left", "in.left"), branch("right", "in.right")) })
        .await;
    for (outer, inner) in [("left", "in.left"), ("right", "in.right")] {
        let outer = one(&capture, outer);
        assert!(
            capture.spans_named(inner).iter().all(|it| it.parent_span_id == Some(outer.span_id))
        );
    }
}

#[tokio::test]
async fn an_error_sets_the_status_and_its_class() {
    let capture = Capture::start();
    let refused = async { Err::<(), _>(io::Error::from(io::ErrorKind::ConnectionRefused)) };
    let result = capture.run_async(async { span!("call").try_run(refused).await }).await;
    assert!(result.is_err());
    let fine = capture.run(|| span!("fine").try_in_scope(|| Ok::<_, io::Error>(1)));
    assert_eq!(fine.unwrap(), 1);
    let call = one(&capture, "call");
    assert_eq!(call.status, Status::ERROR);
    assert_eq!(call.attribute("error.type").unwrap(), &"network_error");
    assert_eq!(one(&capture, "fine").status, Status::Unset);
}

#[tokio::test]
async fn a_future_dropped_before_its_end_is_cancelled_and_recorded_once() {
    let capture = Capture::start();
    let work = capture.run_async(async { span!("waits").run(pending::<()>()).await });
    assert!(tokio::time::timeout(Duration::from_millis(10), work).await.is_err());
    let span = one(&capture, "waits");
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"cancelled");
    assert_eq!(span.status, Status::Unset);
    capture.assert_ledger_balances();
}

#[test]
fn a_future_never_polled_is_no_span() {
    let capture = Capture::start();
    capture.run(|| drop(span!("never").run(pending::<()>())));
    assert!(capture.spans().is_empty());
}

#[test]
fn a_panic_ends_the_span_as_an_error_and_leaves_the_context_as_it_was() {
    let capture = Capture::start();
    capture.run(|| {
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            span!("explodes").in_scope(|| panic!("on purpose"));
        }));
        assert!(outcome.is_err());
        span!("after").in_scope(|| ());
    });
    let span = one(&capture, "explodes");
    assert_eq!(span.attribute("error.type").unwrap(), &"panic");
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"panicked");
    assert!(span.status.is_error());
    assert_eq!(one(&capture, "after").parent_span_id, None);
}

#[test]
fn code_beneath_a_span_can_add_to_it_without_owning_it() {
    let capture = Capture::start();
    capture.run(|| {
        span!("request", "tenant.id" = "unknown").in_scope(|| {
            Span::current_set("tenant.id", "acme");
            let baggage = Baggage::default().with("tenant.id", "acme");
            Context::current().with_baggage(baggage).in_scope(|| {
                Span::current_set("cached", false);
                span!("below").in_scope(|| Span::current_set("deep", true));
            });
        });
    });
    let span = one(&capture, "request");
    assert_eq!(span.attribute("tenant.id").unwrap(), &"acme");
    assert_eq!(span.attribute("cached").unwrap(), &false);
    let below = one(&capture, "below");
    assert_eq!(below.parent_span_id, Some(span.span_id));
    assert_eq!(below.attribute("deep").unwrap(), &true);
    assert_eq!(span.attribute("deep"), None);
}

#[test]
fn a_span_may_end_on_another_thread_than_it_began_on() {
    let capture = Capture::start();
    let (span, begun) = capture.run(|| {
        let span = span!("moves").start();
        let begun = span.context().span_context().map(|it| it.span_id());
        (span, begun)
    });
    std::thread::spawn(move || span.end()).join().unwrap();
    assert_eq!(Some(one(&capture, "moves").span_id), begun);
    capture.assert_ledger_balances();
}

#[test]
fn without_a_pipeline_a_span_passes_the_context_through() {
    let span = span!("nobody.listens", "key" = 1).start();
    assert!(!span.is_recording());
    assert!(span.context().span_context().is_none());
    span.end();
}

#[test]
fn a_child_lies_within_its_parent_in_time() {
    let capture = Capture::start();
    capture.run(|| {
        for _ in 0..1000 {
            span!("outer").in_scope(|| span!("inner").in_scope(|| ()));
        }
    });
    let (outers, inners) = (capture.spans_named("outer"), capture.spans_named("inner"));
    for (outer, inner) in outers.iter().zip(&inners) {
        assert_eq!(inner.parent_span_id, Some(outer.span_id));
        assert!(outer.start_unix_nanos <= inner.start_unix_nanos);
        assert!(inner.end_unix_nanos <= outer.end_unix_nanos);
    }
}

#[test]
fn an_attribute_set_from_afar_for_hours_has_its_last_value_in_bounded_memory() {
    let capture = Capture::start();
    capture.run(|| {
        span!("job").in_scope(|| {
            for step in 0..20_000 {
                Span::current_set("step", step);
                Span::current_set(&format!("step {step}"), true);
            }
        });
    });
    let job = capture.spans_named("job").remove(0);
    assert_eq!(job.attribute("step").unwrap(), &19_999);
    assert_eq!(job.attributes.len(), 128);
}

#[test]
fn links_reach_the_record_whenever_they_are_added() {
    let capture = Capture::start();
    capture.run(|| {
        let mut enqueued = span!("enqueue").start();
        enqueued.set("queue", "mail");
        let link = enqueued.context().span_context().cloned().unwrap();
        let mut job = span!("job").root().link(&link, &[("position", 3.into())]).start();
        job.add_link(&link, &[]);
        assert_ne!(job.context().span_context().unwrap().trace_id(), link.trace_id());
    });
    let enqueued = capture.spans_named("enqueue").remove(0);
    let job = capture.spans_named("job").remove(0);
    assert!(enqueued.links.is_empty());
    assert_eq!(job.links.len(), 2);
    assert!(job.links.iter().all(|link| link.span_id == enqueued.span_id));
    assert_eq!((&job.links[0].trace_id, job.links[0].attributes.len()), (&enqueued.trace_id, 1));
    assert_eq!(job.links[0].attributes["position"], 3);
}
