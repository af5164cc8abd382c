use telemetry_core::testing::Capture;
use telemetry_core::view::counter;
use telemetry_core::{Pipeline, Ratio, Sampler, emit, span};

use crate::views_are_metrics_as_data::swept;

#[test]
fn views_count_what_the_sampler_leaves_out_and_sinks_see_none_of_it() {
    let tenth = Sampler::TraceIdRatio(Ratio::new(0.1).unwrap());
    let builder = Pipeline::builder()
        .sampler(tenth.clone())
        .event_sampler(tenth)
        .view(counter("places").of_span("order.*").by(["kind"]))
        .view(counter("requests").of_span("GET /orders/{id}"))
        .view(counter("calls").of_span("gen_ai.*"))
        .view(counter("stops").of_event("stage.stop"));
    let capture = Capture::with(builder);
    capture.run(|| {
        for _ in 0..500 {
            span!("order.place", "kind" = "gift").in_scope(|| emit!("stage.stop"));
            let mut request = span!("GET").start();
            request.set_name("GET /orders/{id}");
            request.end();
            span!("chat gpt-5", "gen_ai.operation.name" = "chat").in_scope(|| ());
        }
    });
    let metrics = swept(&capture);
    let counts = ["places", "requests", "calls", "stops"].map(|name| metrics.sum(name, &[]));
    assert_eq!(counts, [500.0; 4]);
    let (spans, events) = (capture.spans(), capture.events());
    assert!((90..=210).contains(&spans.len()), "{} of 1,500", spans.len());
    assert!((20..=80).contains(&events.len()), "{} of 500", events.len());
    let ledger = capture.ledger();
    assert_eq!(ledger.spans.accepted, spans.len() as u64);
    assert_eq!(ledger.spans.sampled_out, 1500 - spans.len() as u64);
    capture.assert_ledger_balances();
}

#[test]
fn a_span_that_no_view_is_over_is_not_recorded_for_their_sake() {
    let capture = Capture::with(
        Pipeline::builder().sampler(Sampler::AlwaysOff).view(counter("places").of_span("order.*")),
    );
    capture.run(|| {
        assert!(span!("order.place").start().is_recording());
        assert!(!span!("other").start().is_recording());
    });
    assert_eq!(swept(&capture).sum("places", &[]), 1.0);
    capture.assert_ledger_balances();
}
