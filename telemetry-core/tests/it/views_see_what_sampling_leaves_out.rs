use std::time::Duration;

use telemetry_core::testing::Capture;
use telemetry_core::view::counter;
use telemetry_core::{Pipeline, Ratio, Sampler, Tail, emit, operation, span};

use crate::support::HANGS;
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
    // More than five standard deviations of binomials at 0.1.
    assert!((90..=210).contains(&spans.len()), "{} of 1,500", spans.len());
    assert!((15..=85).contains(&events.len()), "{} of 500", events.len());
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

#[test]
fn views_and_built_in_metrics_count_all_of_a_hundred_thousand_traces_while_the_tail_rescues() {
    const TRACES: u64 = 100_000;
    let tenth = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(Ratio::new(0.1).unwrap())));
    let tail = Tail::default().slow(false).first(0).grace(Duration::ZERO);
    let builder = Pipeline::builder()
        .sampler(tenth)
        .tail(tail)
        .view(counter("orders").of_span("order.place"))
        .view(counter("orders.failed").of_span("order.place").by(["error.type"]));
    let capture = Capture::with(builder);
    let mut failed = 0;
    for index in 0..TRACES {
        // One in 97 fails: not in step with anything.
        let fails = index % 97 == 0;
        failed += u64::from(fails);
        let place =
            || if fails { Err(std::io::Error::from(std::io::ErrorKind::TimedOut)) } else { Ok(()) };
        let placed = capture.run(|| operation!("order.place").without_exceptions().in_scope(place));
        assert_eq!(placed.is_err(), fails);
        if index % 2_000 == 0 {
            capture.flush();
        }
    }
    let metrics = swept(&capture);
    let sum = |name, labels: &[(&str, &str)]| metrics.sum(name, labels);
    assert_eq!(sum("orders", &[]), TRACES as f64);
    assert_eq!(sum("orders.failed", &[("error.type", "timeout")]), failed as f64);
    let done = |outcome| {
        let labels = [("telemetry.operation.name", "order.place"), ("telemetry.outcome", outcome)];
        metrics.histogram("telemetry.operation.duration", &labels).unwrap().count()
    };
    assert_eq!((done("error"), done("success")), (failed, TRACES - failed));

    // While nine tenths were left out, and what failed of them was rescued.
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    let spans = capture.spans();
    let of_errors = spans.iter().filter(|span| span.attribute("error.type").is_some()).count();
    assert_eq!(of_errors as u64, failed);
    let rescued =
        spans.iter().filter(|span| span.attribute("telemetry.kept_because").is_some()).count();
    assert!(
        rescued as u64 > failed / 2 && (spans.len() as u64) < TRACES / 5,
        "{rescued} of {}",
        spans.len()
    );
    let ledger = capture.ledger();
    assert_eq!((ledger.spans.ended, ledger.spans.total_dropped()), (TRACES, 0), "{ledger}");
    assert!(ledger.balances(), "{ledger}");
}
