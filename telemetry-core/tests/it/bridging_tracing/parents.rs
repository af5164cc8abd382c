use std::sync::Arc;
use std::thread;

use telemetry_core::bridge::Directives;
use telemetry_core::bridge::tracing::SpanExt;
use telemetry_core::testing::Capture;
use telemetry_core::{
    Baggage, Context, Pipeline, Ratio, Rule, Sampler, SpanContext, SpanId, SpanKind, TraceId,
    bridge, span,
};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::{bridged, one};

fn remote(sampled: bool) -> SpanContext {
    let trace = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    SpanContext::remote(trace, SpanId::parse("00f067aa0ba902b7").unwrap(), sampled)
}

#[test]
fn explicit_parents_and_roots_are_followed() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let parent = tracing::info_span!("parent");
        tracing::info_span!("elsewhere").in_scope(|| {
            tracing::info_span!(parent: &parent, "child").in_scope(|| ());
            tracing::info_span!(parent: None, "root").in_scope(|| ());
        });
    });
    assert_eq!(one(&capture, "child").parent_span_id, Some(one(&capture, "parent").span_id));
    assert_eq!(one(&capture, "root").parent_span_id, None);
}

#[test]
fn a_span_that_a_filter_leaves_out_is_skipped_as_a_parent() {
    let capture = Capture::start();
    let filter = Targets::new().with_default(LevelFilter::INFO);
    let layer = bridge::tracing::layer().with_filter(filter);
    let subscriber = tracing_subscriber::registry().with(layer);
    let _subscriber = subscriber.set_default();
    capture.run(|| {
        tracing::info_span!("outer").in_scope(|| {
            tracing::debug_span!("detail").in_scope(|| {
                tracing::info_span!("inner").in_scope(|| ());
            });
        });
    });
    assert!(capture.spans_named("detail").is_empty());
    let outer = one(&capture, "outer");
    assert_eq!(one(&capture, "inner").parent_span_id, Some(outer.span_id));
}

#[test]
fn a_parent_may_be_given_until_the_span_is_used() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let extracted = Context::current()
            .with_remote(remote(true))
            .with_baggage(Baggage::default().with("tenant", "acme"));
        tracing::info_span!("worker").in_scope(|| {
            let span = tracing::info_span!("receive", size = 3);
            assert!(span.set_parent(&extracted));
            span.in_scope(|| {
                assert_eq!(Context::current().baggage().get("tenant"), Some("acme"));
                span!("handle").in_scope(|| ());
            });
            assert!(!span.set_parent(&Context::none()), "too late");
        });
    });
    let receive = one(&capture, "receive");
    assert_eq!(receive.trace_id, remote(true).trace_id());
    assert_eq!(receive.parent_span_id, Some(remote(true).span_id()));
    assert!(receive.parent_is_remote);
    assert_eq!(receive.attribute("size").unwrap(), &3);
    assert_eq!(one(&capture, "handle").parent_span_id, Some(receive.span_id));
    assert_ne!(one(&capture, "worker").trace_id, receive.trace_id);
}

#[test]
fn a_late_parents_decision_to_sample_is_followed_and_no_field_is_lost() {
    let none = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.0).unwrap())));
    let capture = Capture::with(Pipeline::builder().sampler(none));
    let _subscriber = bridged();
    capture.run(|| {
        for sampled in [true, false] {
            let span = tracing::info_span!("receive", sampled);
            span.set_parent(&Context::current().with_remote(remote(sampled)));
            span.in_scope(|| ());
        }
        tracing::info_span!("root").in_scope(|| ());
    });
    let receive = one(&capture, "receive");
    assert_eq!(receive.attribute("sampled").unwrap(), &true);
    assert_eq!(capture.spans().len(), 1);
    assert_eq!(capture.ledger().spans.sampled_out, 2);
    capture.assert_ledger_balances();
}

#[test]
fn the_sampler_sees_the_fields_and_what_they_stand_for() {
    let healthy = Rule::new(Sampler::AlwaysOff)
        .name("GET /health")
        .kind(SpanKind::Server)
        .attribute("probe", "live*");
    let rules = Sampler::Rules { rules: vec![healthy], otherwise: Box::new(Sampler::AlwaysOn) };
    let capture = Capture::with(Pipeline::builder().sampler(rules));
    let _subscriber = bridged();
    capture.run(|| {
        for probe in ["liveness", "startup"] {
            let kind = "server";
            tracing::info_span!("request", otel.name = "GET /health", otel.kind = kind, probe)
                .in_scope(|| ());
        }
    });
    assert_eq!(one(&capture, "GET /health").attribute("probe").unwrap(), &"startup");
    assert_eq!(capture.ledger().spans.sampled_out, 1);
}

#[test]
fn a_span_lasts_from_when_it_is_made_and_one_never_entered_is_one_too() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let late = tracing::info_span!("late");
        span!("meanwhile").in_scope(|| thread::sleep(std::time::Duration::from_millis(2)));
        late.in_scope(|| ());
        drop(tracing::info_span!("never entered"));
    });
    let (late, meanwhile) = (one(&capture, "late"), one(&capture, "meanwhile"));
    assert!(late.start_unix_nanos <= meanwhile.start_unix_nanos, "{late:?} {meanwhile:?}");
    assert!(late.end_unix_nanos >= meanwhile.end_unix_nanos);
    let never = one(&capture, "never entered");
    assert!(never.start_unix_nanos > 0 && never.end_unix_nanos >= never.start_unix_nanos);
}

#[test]
fn follows_from_and_add_link_are_links() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let cause = tracing::info_span!("cause");
        let span = tracing::info_span!("effect");
        span.follows_from(&cause);
        span.add_link(&remote(true), &[("position", 2.into())]);
        span.in_scope(|| {
            tracing::Span::current().follows_from(cause.id());
        });
    });
    let (cause, effect) = (one(&capture, "cause"), one(&capture, "effect"));
    let linked: Vec<_> = effect.links.iter().map(|link| link.span_id).collect();
    assert_eq!(linked, [cause.span_id, remote(true).span_id(), cause.span_id]);
    assert_eq!(effect.links[1].attributes["position"], 2);
    assert_eq!(effect.parent_span_id, None);
}

#[test]
fn the_context_of_a_span_is_readable_and_travels() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    let context = capture.run(|| {
        let span = tracing::info_span!("outer");
        let context = span.context().unwrap();
        assert_eq!(span.context().unwrap().span_context(), context.span_context());
        assert!(tracing::Span::none().context().is_none());
        thread::scope(|threads| {
            threads.spawn(|| context.in_scope(|| span!("elsewhere").in_scope(|| ())));
        });
        context
    });
    let outer = one(&capture, "outer");
    assert_eq!(context.span_context().unwrap().span_id(), outer.span_id);
    assert_eq!(one(&capture, "elsewhere").parent_span_id, Some(outer.span_id));
}

#[test]
fn a_span_that_its_layers_filter_leaves_out_stands_for_its_nearest_ancestor() {
    let capture = Capture::start();
    let directives: Directives = "info".parse().unwrap();
    let layer = bridge::tracing::layer().with_filter(directives.filter());
    // Another layer wants all of them.
    let everything = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let _subscriber = tracing_subscriber::registry().with(layer).with(everything).set_default();
    capture.run(|| {
        let outer = tracing::info_span!("outer");
        let detail = tracing::debug_span!(parent: &outer, "detail");
        let deeper = tracing::trace_span!(parent: &detail, "deeper");
        tracing::info_span!(parent: &deeper, "inner").in_scope(|| ());
        tracing::info!(parent: &deeper, "event");
        let span_id = |context: Option<Context>| context.unwrap().span_context().unwrap().span_id();
        assert_eq!(span_id(deeper.context()), span_id(outer.context()));
        assert!(!deeper.set_parent(&Context::none()));
        let alone = tracing::debug_span!(parent: None, "alone");
        assert!(alone.context().is_none());
        tracing::info_span!(parent: &alone, "beneath nobody").in_scope(|| ());
    });
    let outer = one(&capture, "outer");
    assert_eq!(one(&capture, "inner").parent_span_id, Some(outer.span_id));
    assert_eq!(capture.events()[0].span_id, Some(outer.span_id));
    assert_eq!(one(&capture, "beneath nobody").parent_span_id, None);
    assert_eq!(capture.spans().len(), 3);
}

#[test]
fn many_open_spans_on_many_threads_keep_their_own() {
    const EACH: usize = 2_000;
    let capture = Capture::start();
    let subscriber = tracing_subscriber::registry().with(bridge::tracing::layer());
    let dispatch = tracing::Dispatch::new(subscriber);
    thread::scope(|threads| {
        for thread in 0..4 {
            let (capture, dispatch) = (&capture, &dispatch);
            threads.spawn(move || {
                let work = || {
                    let name = |number| format!("{thread} {number}");
                    // More than the slab has slots, held open together.
                    let open: Vec<_> = (0..EACH)
                        .map(|number| tracing::info_span!("held", otel.name = name(number), number))
                        .collect();
                    for span in &open {
                        span.in_scope(|| span!("child", "thread" = thread).in_scope(|| ()));
                    }
                    drop(open);
                };
                tracing::dispatcher::with_default(dispatch, || capture.run(work));
            });
        }
    });
    capture.assert_ledger_balances();
    let spans = capture.spans();
    let held: std::collections::HashMap<_, _> =
        spans.iter().filter(|span| span.name != "child").map(|it| (it.span_id, it)).collect();
    assert_eq!((held.len(), spans.len()), (4 * EACH, 8 * EACH));
    for child in spans.iter().filter(|span| span.name == "child") {
        let above = held[&child.parent_span_id.unwrap()];
        let thread = child.attribute("thread").unwrap().to_string();
        assert!(above.name.starts_with(&thread), "{child:?} is beneath {above:?}");
        assert!(above.name.ends_with(&format!(" {}", above.attribute("number").unwrap())));
    }
}

#[test]
fn one_span_may_be_entered_on_several_threads_at_once() {
    let capture = Capture::start();
    let subscriber = tracing_subscriber::registry().with(bridge::tracing::layer());
    let dispatch = tracing::Dispatch::new(subscriber);
    let barrier = Arc::new(std::sync::Barrier::new(3));
    tracing::dispatcher::with_default(&dispatch, || {
        capture.run(|| {
            let shared = tracing::info_span!("shared");
            thread::scope(|threads| {
                for _ in 0..3 {
                    let (shared, barrier) = (shared.clone(), Arc::clone(&barrier));
                    threads.spawn(move || {
                        for _ in 0..50 {
                            shared.in_scope(|| {
                                barrier.wait();
                                span!("part").in_scope(|| ());
                            });
                        }
                    });
                }
            });
        });
    });
    let shared = one(&capture, "shared");
    let parts = capture.spans_named("part");
    assert_eq!(parts.len(), 150);
    assert!(parts.iter().all(|part| part.parent_span_id == Some(shared.span_id)));
}
