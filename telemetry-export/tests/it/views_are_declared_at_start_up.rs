use telemetry_core::view::counter;
use telemetry_core::{Ratio, Sampler, span};
use telemetry_export::{Console, InitError, Telemetry};

use crate::support::PATIENCE;

#[test]
fn a_tenth_of_a_thousand_is_sampled_and_views_count_all_of_it() {
    let tenth = Sampler::TraceIdRatio(Ratio::new(0.1).unwrap());
    let telemetry = Telemetry::builder()
        .console(Console::None)
        .variables::<&str, &str>([])
        .sampler(tenth)
        .view(counter("health.calls").of_span("GET /health"))
        .build()
        .unwrap();
    let pipeline = telemetry.pipeline().unwrap();
    pipeline.scoped(|| (0..1000).for_each(|_| span!("GET /health").in_scope(|| ())));
    assert!(telemetry.flush(PATIENCE));
    let spans = telemetry.ledger().spans;
    assert_eq!((spans.ended, spans.accepted + spans.sampled_out), (1000, 1000));
    assert!((50..=150).contains(&spans.accepted), "{} of 1,000", spans.accepted);
    assert_eq!(telemetry.metrics().sum("health.calls", &[]), 1000.0);
}

#[test]
fn a_view_that_makes_no_sense_keeps_telemetry_from_starting_and_says_why() {
    let builder = Telemetry::builder().console(Console::None).variables::<&str, &str>([]);
    let error = builder.view(counter("orders")).build().unwrap_err();
    assert!(matches!(error, InitError::View(_)));
    let says = "the view `orders` is wrong: it has no source: .of_event(name) or .of_span(name)";
    assert_eq!(error.to_string(), says);
}
