use std::time::Duration;

use telemetry_core::testing::{Capture, VirtualClock};
use telemetry_core::{Context, Pipeline, Sampler, SpanContext, SpanId, SpanKind, TraceId, span};

fn names(capture: &Capture) -> Vec<String> {
    capture.pipeline().active_spans().into_iter().map(|span| span.name).collect()
}

#[test]
fn local_roots_and_layers_spans_are_listed_while_they_run_and_inner_ones_by_a_switch() {
    for all in [false, true] {
        let clock = VirtualClock::new();
        let builder = Pipeline::builder().virtual_clock(&clock).list_all_spans(all);
        let capture = Capture::with(builder);
        let tick = || clock.advance(Duration::from_secs(1));
        capture.run(|| {
            span!("request").in_scope(|| {
                tick();
                span!("step").in_scope(|| {
                    tick();
                    span!("query").kind(SpanKind::Client).in_scope(|| {
                        tick();
                        let expected: &[&str] = match all {
                            true => &["request", "step", "query"],
                            false => &["request", "query"],
                        };
                        assert_eq!(names(&capture), expected);
                        let active = capture.pipeline().active_spans();
                        assert_eq!((active.len(), active.unlisted()), (expected.len(), 0));
                    });
                });
            });
            assert!(capture.pipeline().active_spans().is_empty());
        });
    }
}

#[test]
fn what_is_listed_is_what_the_record_will_say() {
    let clock = VirtualClock::new();
    let capture = Capture::with(Pipeline::builder().virtual_clock(&clock));
    let remote = SpanContext::remote(
        TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap(),
        SpanId::parse("00f067aa0ba902b7").unwrap(),
        true,
    );
    let mut span = capture.run(|| {
        let parent = Context::current().with_remote(remote.clone());
        span!("GET").kind(SpanKind::Server).parent(&parent).start()
    });
    clock.advance(Duration::from_millis(1500));
    span.set_name("GET /orders/{id}/of/somebody/with/a/rather/long/path/größer");
    let listed = capture.pipeline().active_spans().into_iter().next().unwrap();
    assert_eq!(listed.name, "GET /orders/{id}/of/somebody/with/a/rather/long/");
    assert_eq!((listed.kind, listed.age), (SpanKind::Server, Duration::from_millis(1500)));
    assert_eq!(listed.trace_id, remote.trace_id());
    assert_eq!(listed.parent_span_id, Some(remote.span_id()));
    assert_eq!(listed.scope.name(), "telemetry-core");
    assert!(listed.is_sampled);
    span.end();
    let recorded = capture.spans().remove(0);
    assert_eq!((recorded.span_id, recorded.trace_id), (listed.span_id, listed.trace_id));
}

#[test]
fn a_span_that_is_not_sampled_is_under_way_as_well() {
    let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff));
    let span = capture.run(|| span!("request").start());
    let listed = capture.pipeline().active_spans().into_iter().next().unwrap();
    assert_eq!((listed.name.as_str(), listed.is_sampled), ("request", false));
    drop(span);
    assert!(capture.pipeline().active_spans().is_empty());
}

#[test]
fn spans_stay_listed_when_their_thread_is_gone_and_leave_the_list_on_another() {
    let capture = Capture::start();
    let context = capture.pipeline().context();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let context = context.clone();
            std::thread::spawn(move || {
                context.in_scope(|| (0..50).map(|_| span!("held").start()).collect::<Vec<_>>())
            })
        })
        .collect();
    let mut held: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    capture.flush();
    assert_eq!(capture.pipeline().active_spans().len(), 400);
    let rest = held.split_off(100);
    let ending = std::thread::spawn(move || drop(rest));
    ending.join().unwrap();
    assert_eq!(capture.pipeline().active_spans().len(), 100);
    drop(held);
    assert!(capture.pipeline().active_spans().is_empty());
    assert_eq!(capture.spans_named("held").len(), 400);
}

#[test]
fn the_list_is_bounded_and_counts_what_it_leaves_out() {
    let capture = Capture::start();
    let held: Vec<_> = capture.run(|| (0..9000).map(|_| span!("held").start()).collect());
    let active = capture.pipeline().active_spans();
    assert_eq!((active.len() as u64 + active.unlisted(), active.len()), (9000, 8184));
    drop(held);
    assert!(capture.pipeline().active_spans().is_empty());
    capture.run(|| span!("after").in_scope(|| assert_eq!(names(&capture), ["after"])));
    capture.assert_ledger_balances();
}

#[test]
fn a_future_that_moves_between_threads_is_listed_once() {
    let capture = Capture::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(capture.run_async(async {
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..200 {
            let work = span!("job").kind(SpanKind::Consumer).run(async {
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                    span!("call").kind(SpanKind::Client).run(tokio::task::yield_now()).await;
                }
            });
            tasks.spawn(telemetry_core::ContextExt::in_current_context(work));
        }
        while !tasks.is_empty() {
            let active = capture.pipeline().active_spans();
            // A call that ends and the next one of its job may both be seen in one reading, a job only once.
            assert!(active.iter().filter(|span| span.name == "job").count() <= 200);
            let mut ids: Vec<_> = active.iter().map(|span| span.span_id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), active.len());
            tasks.join_next().await;
        }
    }));
    assert!(capture.pipeline().active_spans().is_empty());
    assert_eq!(capture.spans().len(), 200 * 21);
}
