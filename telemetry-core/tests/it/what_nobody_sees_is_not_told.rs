use telemetry_core::handler::On;
use telemetry_core::testing::Capture;
use telemetry_core::view::counter;
use telemetry_core::{Pipeline, PipelineBuilder, Rule, Sampler, Scope, SpanBuilder};

static SCOPE: Scope = Scope::new("queue", "1.0.0");

/// Sends so many messages, and says how often a span was told about.
fn send(capture: &Capture, queue: &str, messages: u32) -> u32 {
    let mut told = 0;
    capture.run(|| {
        for _ in 0..messages {
            let span = SpanBuilder::new(&SCOPE, "send").attribute("early", true);
            span.start_with(|span| {
                told += 1;
                span.attribute("queue", queue).attribute("early", false);
            })
            .end();
        }
    });
    told
}

fn capture(builder: PipelineBuilder, sampler: Sampler) -> Capture {
    Capture::with(builder.sampler(sampler))
}

#[test]
fn a_span_that_is_left_out_is_not_told_about() {
    let capture = capture(Pipeline::builder(), Sampler::AlwaysOff);
    assert_eq!(send(&capture, "mail", 3), 0);
    assert_eq!((capture.ledger().spans.sampled_out, capture.spans().len()), (3, 0));
    capture.assert_ledger_balances();
}

#[test]
fn a_span_that_is_recorded_is_told_about_once_and_later_values_count() {
    let capture = capture(Pipeline::builder(), Sampler::AlwaysOn);
    assert_eq!(send(&capture, "mail", 1), 1);
    let span = &capture.spans()[0];
    assert_eq!(span.attribute("queue").unwrap().to_string(), "mail");
    assert_eq!(span.attribute("early").unwrap().to_string(), "false");
    assert_eq!(span.attributes.len(), 2);
}

#[test]
fn a_sampler_that_reads_attributes_is_told_them_before_it_decides() {
    let rules = || Sampler::Rules {
        rules: vec![Rule::new(Sampler::AlwaysOn).attribute("queue", "mail")],
        otherwise: Box::new(Sampler::AlwaysOff),
    };
    let capture = capture(Pipeline::builder(), rules());
    assert_eq!((send(&capture, "mail", 2), send(&capture, "logs", 3)), (2, 3));
    assert_eq!((capture.spans().len(), capture.ledger().spans.sampled_out), (2, 3));
    assert_eq!(capture.spans()[0].attribute("queue").unwrap().to_string(), "mail");
}

#[test]
fn handlers_and_views_see_what_is_told_of_spans_that_sampling_leaves_out() {
    let watched = capture(Pipeline::builder(), Sampler::AlwaysOff);
    let starts = watched.attach("starts", [On::span_start("send")]);
    assert_eq!(send(&watched, "mail", 1), 1);
    assert_eq!(starts.all()[0].attribute("queue").unwrap().to_string(), "mail");

    let view = counter("sent").of_span("send").by(["queue"]);
    let counted = capture(Pipeline::builder().view(view), Sampler::AlwaysOff);
    assert_eq!(send(&counted, "mail", 4), 4);
    assert!(counted.pipeline().flush(std::time::Duration::from_secs(60)).is_complete());
    assert_eq!(counted.metrics().sum("sent", &[("queue", "mail")]), 4.0);
}
