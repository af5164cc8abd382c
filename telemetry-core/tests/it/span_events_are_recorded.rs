use telemetry_core::testing::Capture;
use telemetry_core::{ErrorClass, Pipeline, Sampler, Status, Value, span};

#[test]
fn events_of_a_span_come_out_in_their_order_with_their_times() {
    let capture = Capture::start();
    capture.run(|| {
        let mut span = span!("work", "key" = 1).start();
        span.add_event("first", &[("n", 1.into()), ("text", "one".into()), ("n", 2.into())]);
        span.add_event("second", &[]);
        span.set("late", true);
        span.end();
    });
    let span = &capture.spans()[0];
    let names: Vec<&str> = span.events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["first", "second"]);
    assert_eq!(span.events[0].attribute("n").unwrap(), &2);
    assert_eq!(span.events[0].attribute("text").unwrap(), &"one");
    assert!(span.events[1].attributes.is_empty());
    let times = [
        span.start_unix_nanos,
        span.events[0].time_unix_nanos,
        span.events[1].time_unix_nanos,
        span.end_unix_nanos,
    ];
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(span.attribute("key").unwrap(), &1);
    assert_eq!(span.attribute("late").unwrap(), &true);
    assert_eq!((span.dropped_events, span.status.clone()), (0, Status::Unset));
}

#[test]
fn beyond_128_events_they_are_counted() {
    let capture = Capture::start();
    capture.run(|| {
        let mut span = span!("work").start();
        (0..200).for_each(|index| span.add_event("tick", &[("index", index.into())]));
        span.end();
    });
    let span = &capture.spans()[0];
    assert_eq!((span.events.len(), span.dropped_events), (128, 72));
    assert_eq!(span.events[127].attribute("index").unwrap(), &127);
}

#[test]
fn the_limit_can_be_set_and_none_may_be_wanted() {
    let capture = Capture::with(Pipeline::builder().span_event_limit(0));
    capture.run(|| {
        let mut span = span!("work").start();
        span.add_event("tick", &[]);
        span.end();
    });
    let span = &capture.spans()[0];
    assert_eq!((span.events.len(), span.dropped_events), (0, 1));
}

#[test]
fn a_span_is_never_lost_to_its_events() {
    let capture = Capture::start();
    let text = "x".repeat(1000);
    capture.run(|| {
        let mut span = span!("work").start();
        (0..100).for_each(|_| span.add_event("large", &[("text", Value::Str(&text))]));
        (0..23).for_each(|index| span.set(&format!("key{index}"), Value::Str(&text)));
        span.set_error("timeout");
        span.end();
    });
    let span = &capture.spans()[0];
    assert_eq!(span.attributes.len(), 24);
    assert_eq!(span.events.len() + span.dropped_events as usize, 100);
    assert!((5..9).contains(&span.events.len()), "{}", span.events.len());
    capture.assert_ledger_balances();
}

#[test]
fn the_next_span_of_a_thread_has_none_of_the_last_ones_events() {
    let capture = Capture::start();
    capture.run(|| {
        let mut span = span!("first").start();
        span.add_event("tick", &[]);
        span.end();
        span!("second").in_scope(|| ());
    });
    assert_eq!(capture.spans_named("first")[0].events.len(), 1);
    assert!(capture.spans_named("second")[0].events.is_empty());
}

#[test]
fn a_span_that_nobody_records_keeps_no_events() {
    span!("nobody").start().add_event("tick", &[]);
    let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff));
    capture.run(|| span!("left out").start().add_event("tick", &[]));
    assert!(capture.spans().is_empty());
}

#[test]
fn a_fallback_is_an_outcome_and_no_failure() {
    let capture = Capture::start();
    capture.run(|| span!("rates.fetch").start().fall_back(&ErrorClass::TIMEOUT));
    let span = &capture.spans()[0];
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"fallback");
    assert_eq!((span.status.clone(), span.attribute("error.type")), (Status::Unset, None));
    assert_eq!(span.events[0].name, "telemetry.fallback");
    assert_eq!(span.events[0].attribute("error.type").unwrap(), &"timeout");
}
