use telemetry_core::testing::Capture;
use telemetry_core::{Pipeline, Ratio, Sampler, Span, span};

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
