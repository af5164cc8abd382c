use std::collections::{BTreeMap, HashSet};
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::testing::{Capture, CapturedSpan, VirtualClock};
use telemetry_core::{
    Context, Pipeline, PipelineBuilder, Ratio, Sampler, Scope, SpanBuilder, Tail, TraceId,
};

use crate::support::HANGS;

static SCOPE: Scope = Scope::new("shop", "1.0.0");

/// Nothing is sampled at the head; only errors are rescued unless a test asks for more.
fn unsampled(tail: Tail) -> PipelineBuilder {
    Pipeline::builder().sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff))).tail(tail)
}

fn errors_only() -> Tail {
    Tail::default().slow(false).first(0)
}

fn request(name: &'static str, fails: bool) {
    SpanBuilder::new(&SCOPE, name).in_scope(|| {
        let mut query = SpanBuilder::new(&SCOPE, "query").start();
        if fails {
            query.set_error("timeout");
        }
    });
}

fn reason(span: &CapturedSpan) -> String {
    span.attribute("telemetry.kept_because").map(ToString::to_string).unwrap_or_default()
}

#[test]
fn every_failed_trace_is_kept_and_flagged_counts_scale_back_to_the_truth() {
    const TRACES: u64 = 100_000;
    let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.1).unwrap())));
    let capture = Capture::with(Pipeline::builder().sampler(tenth).tail(errors_only()));
    let mut failed = 0;
    for index in 0..TRACES {
        // One in 97 fails: not in step with anything.
        let fails = index % 97 == 0;
        failed += u64::from(fails);
        capture.run(|| request("request", fails));
        if index % 2_000 == 0 {
            capture.flush();
        }
    }
    let report = capture.pipeline().shutdown(HANGS);
    assert!(report.is_complete());
    let spans = capture.spans();
    let ledger = capture.ledger();
    assert!(ledger.balances(), "{ledger}");
    assert_eq!(
        (ledger.spans.ended, ledger.spans.total_dropped(), ledger.spans.held),
        (2 * TRACES, 0, 0)
    );

    let of_errors: HashSet<TraceId> = spans
        .iter()
        .filter(|span| span.attribute("error.type").is_some())
        .map(|span| span.trace_id)
        .collect();
    assert_eq!(of_errors.len() as u64, failed);
    let rescued: Vec<_> = spans.iter().filter(|span| reason(span) == "error").collect();
    // Both spans of each.
    let rescued_traces: HashSet<TraceId> = rescued.iter().map(|span| span.trace_id).collect();
    assert_eq!(rescued.len(), 2 * rescued_traces.len());
    assert!(rescued_traces.is_subset(&of_errors));

    // What was flagged stands for all: within five standard deviations of a binomial at 0.1.
    let roots = spans.iter().filter(|span| span.name == "request");
    let scaled: f64 = roots.map(|span| span.adjusted_count).sum();
    let deviation = (TRACES as f64 * 0.1 * 0.9).sqrt() * 10.0;
    assert!((scaled - TRACES as f64).abs() < 5.0 * deviation, "{scaled}");
    for span in &spans {
        let flagged = reason(span).is_empty();
        let expected = if flagged { 10.0 } else { 0.0 };
        assert!((span.adjusted_count - expected).abs() < 1e-9, "{span:?}");
        assert_eq!(span.trace_state.is_empty(), !flagged);
    }
}

#[test]
fn a_fragment_is_given_up_a_time_of_grace_after_its_root_has_ended() {
    let grace = Duration::from_secs(3600);
    let capture = Capture::with(unsampled(errors_only().grace(grace)));
    capture.run(|| request("request", false));
    capture.flush();
    let ledger = capture.ledger();
    assert_eq!((ledger.spans.held, ledger.spans.sampled_out), (2, 0), "{ledger}");

    let grace = Duration::from_secs(1);
    let capture = Capture::with(unsampled(errors_only().grace(grace)));
    let began = Instant::now();
    capture.run(|| request("request", false));
    while capture.ledger().spans.sampled_out == 0 {
        assert!(began.elapsed() < HANGS, "{}", capture.ledger());
        thread::sleep(Duration::from_millis(20));
    }
    assert!(began.elapsed() >= grace, "given up too soon");
    let ledger = capture.ledger();
    assert_eq!((ledger.spans.held, ledger.spans.sampled_out), (0, 2), "{ledger}");
    assert!(capture.spans().is_empty() && ledger.balances());
}

/// What takes far longer than its root usually takes is slow, without anybody having said how long that is.
#[test]
fn what_is_slow_for_its_root_is_kept() {
    let clock = VirtualClock::new();
    let tail = Tail::default().first(0);
    let capture = Capture::with(unsampled(tail).virtual_clock(&clock));
    let take = |name: &'static str, millis: u64| {
        SpanBuilder::new(&SCOPE, name).in_scope(|| clock.advance(Duration::from_millis(millis)));
    };
    capture.run(|| {
        for _ in 0..1_000 {
            take("GET /fast", 1);
            take("GET /slow", 2_000);
        }
    });
    // All of those are known before the next.
    capture.flush();
    let usual = capture.spans().len();
    capture.run(|| {
        take("GET /fast", 2_000);
        take("GET /slow", 2_000);
    });
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    let spans = capture.spans();
    let slow: Vec<_> = spans[usual..].iter().map(|span| (&*span.name, reason(span))).collect();
    assert_eq!(slow, [("GET /fast", "slow".to_owned())]);
    // Of a steady load next to none is.
    assert!(usual <= 20, "{usual} of 2,000");
    assert!(capture.ledger().balances(), "{}", capture.ledger());
}

#[test]
fn what_other_threads_add_in_time_is_heard_and_what_comes_later_is_kept_with_it() {
    let capture = Capture::with(unsampled(errors_only().grace(Duration::from_secs(3600))));
    let context = capture.run(|| SpanBuilder::new(&SCOPE, "request").in_scope(Context::current));
    capture.flush();
    let child = |fails: bool| {
        let context = context.clone();
        let work = move || {
            let mut span = SpanBuilder::new(&SCOPE, "job").parent(&context).start();
            if fails {
                span.set_error("timeout");
            }
        };
        thread::spawn(work).join().unwrap();
    };
    child(true);
    capture.flush();
    assert_eq!(capture.spans().len(), 2);
    child(false);
    capture.flush();
    let spans = capture.spans();
    assert_eq!(spans.len(), 3);
    assert!(spans.iter().all(|span| reason(span) == "error"));
    assert!(capture.ledger().balances());
}

#[test]
fn the_first_of_each_kind_the_slow_and_the_marked_are_kept_and_say_so() {
    let tail = Tail::default().first(2).slower_than(Duration::from_millis(5)).slow(false);
    // By a clock that stands, or on a busy machine any of them may be slow.
    let clock = VirtualClock::new();
    let capture = Capture::with(unsampled(tail).virtual_clock(&clock));
    capture.run(|| {
        for _ in 0..5 {
            request("GET /a", false);
        }
        request("GET /b", false);
        SpanBuilder::new(&SCOPE, "GET /b").in_scope(|| clock.advance(Duration::from_millis(6)));
        request("GET /b", false);
        SpanBuilder::new(&SCOPE, "GET /b").in_scope(|| {
            telemetry_core::Span::current_set("telemetry.keep", true);
        });
    });
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    let mut reasons = BTreeMap::new();
    for span in capture.spans().iter().filter(|span| span.name != "query") {
        *reasons.entry((span.name.clone(), reason(span))).or_insert(0) += 1;
    }
    let expected = [
        ("GET /a", "first", 2),
        ("GET /b", "first", 1),
        ("GET /b", "marked", 1),
        ("GET /b", "slow", 1),
    ];
    let expected: BTreeMap<_, _> =
        expected.map(|(name, reason, count)| ((name.to_owned(), reason.to_owned()), count)).into();
    assert_eq!(reasons, expected);
    assert!(capture.ledger().balances());
}

#[test]
fn beyond_its_bytes_the_tail_gives_up_the_oldest_and_counts_them() {
    let tail = errors_only().bytes(64 * 1024);
    let capture = Capture::with(unsampled(tail));
    // Children of roots that never end.
    let roots: Vec<_> =
        capture.run(|| (0..1_000).map(|_| SpanBuilder::new(&SCOPE, "stream").start()).collect());
    for root in &roots {
        root.in_scope(|| request("part", false));
    }
    capture.flush();
    let ledger = capture.ledger();
    assert!(ledger.balances(), "{ledger}");
    assert!(ledger.spans.held < 1_000 && ledger.spans.held > 100, "{ledger}");
    assert_eq!(ledger.spans.held + ledger.spans.sampled_out, 2_000);
    drop(roots);
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    let ledger = capture.ledger();
    assert_eq!((ledger.spans.held, ledger.spans.sampled_out), (0, 3_000), "{ledger}");
}

#[test]
fn a_fragment_whose_root_does_not_end_is_given_up_when_patience_ends() {
    let tail = errors_only().patience(Duration::ZERO);
    let capture = Capture::with(unsampled(tail).sweep_interval(Duration::from_secs(3600)));
    let root = capture.run(|| SpanBuilder::new(&SCOPE, "stream").start());
    root.in_scope(|| request("part", false));
    capture.flush();
    assert_eq!(capture.ledger().spans.sampled_out, 2);
    // The root's own failure is heard all the same.
    let mut root = root;
    root.set_error("broken_pipe");
    root.end();
    capture.flush();
    assert_eq!(capture.spans().iter().map(reason).collect::<Vec<_>>(), ["error"]);
    assert!(capture.ledger().balances());
}

#[test]
fn sampled_spans_go_on_their_way_beside_unsampled_ones() {
    let half = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.5).unwrap())));
    let capture = Capture::with(Pipeline::builder().sampler(half).tail(errors_only()));
    capture.run(|| {
        for index in 0..2_000 {
            request("request", index % 10 == 0);
            telemetry_core::emit!("shop.requested", { index: index });
        }
    });
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    let spans = capture.spans();
    let failed = spans.iter().filter(|span| span.attribute("error.type").is_some()).count();
    assert_eq!(failed, 200);
    assert_eq!(capture.events().len(), 2_000);
    let ledger = capture.ledger();
    assert!(ledger.balances(), "{ledger}");
    assert_eq!(ledger.spans.accepted, spans.len() as u64);
}
