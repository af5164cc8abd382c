use std::collections::BTreeMap;
use telemetry_core::testing::Capture;

use telemetry_core::testing::CapturedSpan;
use telemetry_core::{
    Baggage, Context, Pipeline, RateLimit, Ratio, Rule, Sampler, Scope, Span, SpanBuilder,
    SpanContext, SpanId, SpanKind, TraceId, emit, span,
};

fn capture_with(sampler: Sampler) -> Capture {
    Capture::with(Pipeline::builder().sampler(sampler))
}

#[test]
fn a_ratio_keeps_whole_traces_and_counts_the_rest() {
    let ratio = Ratio::new(0.25).unwrap();
    let capture = capture_with(Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(ratio))));
    const TRACES: usize = 4_000;
    capture.run(|| {
        for _ in 0..TRACES {
            span!("root").in_scope(|| span!("child").in_scope(|| ()));
        }
    });
    let (roots, children) = (capture.spans_named("root"), capture.spans_named("child"));
    assert_eq!(roots.len(), children.len());
    // Five standard deviations of a binomial of 4,000 at 0.25.
    assert!(roots.len().abs_diff(TRACES / 4) < 137, "{}", roots.len());
    let ledger = capture.ledger();
    assert_eq!(ledger.spans.ended, 2 * TRACES as u64);
    assert_eq!(ledger.spans.sampled_out, 2 * (TRACES - roots.len()) as u64);
    capture.assert_ledger_balances();
}

#[test]
fn always_off_records_nothing_and_says_how_much_that_was() {
    let capture = capture_with(Sampler::AlwaysOff);
    capture.run(|| {
        let span: Span = span!("work", "key" = 1).start();
        assert!(!span.is_recording());
        assert!(!span.context().span_context().unwrap().is_sampled());
    });
    assert!(capture.spans().is_empty());
    assert_eq!((capture.ledger().spans.ended, capture.ledger().spans.sampled_out), (1, 1));
    capture.assert_ledger_balances();
}

#[test]
fn a_tenth_of_a_thousand_lies_between_fifty_and_a_hundred_and_fifty() {
    let tenth = Sampler::TraceIdRatio(Ratio::new(0.1).unwrap());
    let capture = capture_with(Sampler::ParentBased(Box::new(tenth)));
    capture.run(|| (0..1_000).for_each(|_| span!("GET /health").in_scope(|| ())));
    let sampled = capture.spans().len();
    assert!((50..=150).contains(&sampled), "{sampled}");
}

#[test]
fn the_first_rule_that_matches_decides() {
    static JOBS: Scope = Scope::new("jobs", "1.0.0");
    let off = || Rule::new(Sampler::AlwaysOff);
    let capture = capture_with(Sampler::ParentBased(Box::new(Sampler::Rules {
        rules: vec![
            Rule::new(Sampler::AlwaysOn).attribute("url.path", "/health/deep"),
            off().kind(SpanKind::Server).attribute("url.path", "/health*"),
            off().name("cache.*").attribute("cache.hit", "true"),
            off().scope("jobs"),
        ],
        otherwise: Box::new(Sampler::AlwaysOn),
    })));
    let server = |path: &str| {
        span!("request").kind(SpanKind::Server).attribute("url.path", path).in_scope(|| {
            // A child follows its root, whatever its own name.
            span!("cache.get", "cache.hit" = true).in_scope(|| ());
        });
    };
    capture.run(|| {
        ["/health", "/health/deep", "/orders"].into_iter().for_each(server);
        span!("cache.get", "cache.hit" = true).in_scope(|| ());
        span!("cache.get", "cache.hit" = false).in_scope(|| ());
        span!("cache.get").in_scope(|| ());
        SpanBuilder::new(&JOBS, "run").in_scope(|| ());
    });
    let roots = |span: &&CapturedSpan| span.parent_span_id.is_none();
    let mut names = BTreeMap::<_, u32>::new();
    for root in capture.spans().iter().filter(roots) {
        let path = root.attribute("url.path").map(ToString::to_string).unwrap_or_default();
        *names.entry(format!("{} {path}", root.name)).or_default() += 1;
    }
    let expected = [("cache.get ", 2), ("request /health/deep", 1), ("request /orders", 1)];
    assert_eq!(names, expected.map(|(name, count)| (name.to_owned(), count)).into());
    assert_eq!(capture.spans().len(), 6);
    capture.assert_ledger_balances();
}

#[test]
fn no_more_are_sampled_than_the_rate_allows() {
    let limit = RateLimit::per_second(5.0).unwrap();
    let capture = capture_with(Sampler::ParentBased(Box::new(Sampler::RateLimit(limit))));
    capture
        .run(|| (0..1_000).for_each(|_| span!("work").in_scope(|| span!("part").in_scope(|| ()))));
    let spans = capture.spans();
    // Five at once, and what a slow machine's seconds bring.
    assert!((10..200).contains(&spans.len()), "{}", spans.len());
    assert_eq!(capture.spans_named("work").len(), capture.spans_named("part").len());
    capture.assert_ledger_balances();
}

#[test]
fn whoever_is_allowed_to_forces_sampling_even_against_a_remote_parent() {
    let capture = Capture::with(
        Pipeline::builder()
            .sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOff)))
            .force_sampling_by_baggage("sampling", "force"),
    );
    let trace = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
    let unsampled = SpanContext::remote(trace, SpanId::parse("00f067aa0ba902b7").unwrap(), false);
    let request = |name: &'static str| {
        SpanBuilder::new(&SCOPE, name).in_scope(|| span!("query").in_scope(|| ()));
    };
    capture.run(|| {
        let remote = Context::current().with_remote(unsampled);
        remote.in_scope(|| request("ordinary"));
        remote.with_forced_sampling().in_scope(|| request("forced"));
        let asking = |value| Baggage::default().with("sampling", value);
        remote.with_baggage(asking("force")).in_scope(|| request("asked"));
        remote.with_baggage(asking("please")).in_scope(|| request("asked wrongly"));
    });
    let spans = capture.spans();
    let mut names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    names.sort_unstable();
    assert_eq!(names, ["asked", "forced", "query", "query"]);
    assert!(spans.iter().all(|span| span.trace_id == trace));
    capture.assert_ledger_balances();
}

#[test]
fn events_are_sampled_by_their_trace_and_say_how_many_they_stand_for() {
    let quarter = Sampler::TraceIdRatio(Ratio::new(0.25).unwrap());
    let capture = Capture::with(Pipeline::builder().event_sampler(quarter));
    capture.run(|| {
        for index in 0..4_000 {
            emit!("alone", { index: index });
            span!("work").in_scope(|| {
                emit!("first", { index: index });
                emit!("second", { index: index });
            });
        }
    });
    let events = capture.events();
    let traces = |name: &str| {
        let named = events.iter().filter(|event| event.event_name == name);
        named.map(|event| event.trace_id.unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(traces("first"), traces("second"));
    let alone = events.iter().filter(|event| event.event_name == "alone").count();
    for sampled in [alone, traces("first").len()] {
        // Five standard deviations of a binomial of 4,000 at 0.25.
        assert!(sampled.abs_diff(1_000) < 137, "{sampled}");
    }
    assert!(events.iter().all(|event| event.attributes["telemetry.adjusted_count"] == 4.0));
    let ledger = capture.ledger();
    assert_eq!(ledger.logs.sampled_out + events.len() as u64, 12_000);
    capture.assert_ledger_balances();
}

static SCOPE: Scope = Scope::new("shop", "1.0.0");
