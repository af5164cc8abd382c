use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, Pipeline, emit, span};

fn with_baggage<R>(work: impl FnOnce() -> R) -> R {
    let baggage = Baggage::default()
        .with("tenant.id", "acme")
        .with("user.id", "17")
        .with("password", "hunter2S3cr3t");
    Context::current().with_baggage(baggage).in_scope(work)
}

#[test]
fn listed_entries_are_on_each_span_and_event_beneath_and_no_others() {
    let capture = Capture::with(Pipeline::builder().baggage_attributes(["tenant.id", "absent"]));
    capture.run(|| {
        span!("before").in_scope(|| {
            with_baggage(|| {
                span!("outer").in_scope(|| span!("inner").in_scope(|| emit!("within")));
                emit!("outside");
            });
        });
    });
    for name in ["outer", "inner"] {
        let span = &capture.spans_named(name)[0];
        assert_eq!(span.attribute("tenant.id").unwrap(), &"acme");
        assert_eq!(span.attributes.len(), 1, "{span:?}");
    }
    assert!(capture.spans_named("before")[0].attributes.is_empty());
    for event in capture.events() {
        assert_eq!(event.attribute("tenant.id").unwrap(), &"acme");
        assert_eq!(event.attributes.len(), 1, "{event:?}");
    }
}

#[test]
fn what_the_code_sets_wins() {
    let capture = Capture::with(Pipeline::builder().baggage_attributes(["tenant.id"]));
    capture.run(|| {
        with_baggage(|| {
            span!("before", "tenant.id" = "own").in_scope(|| ());
            let mut after = span!("after").start();
            after.set("tenant.id", "own");
            after.end();
            emit!("event", "tenant.id" = "own");
        });
    });
    for span in capture.spans() {
        assert_eq!(span.attribute("tenant.id").unwrap(), &"own", "{}", span.name);
    }
    assert_eq!(capture.events()[0].attribute("tenant.id").unwrap(), &"own");
}

#[test]
fn nothing_is_copied_unless_it_is_listed() {
    let capture = Capture::start();
    capture.run(|| with_baggage(|| span!("work").in_scope(|| emit!("event"))));
    assert!(capture.spans()[0].attributes.is_empty());
    assert!(capture.events()[0].attributes.is_empty());
}

#[test]
fn the_id_of_a_request_stands_in_log_records_alone_and_only_if_it_is_one() {
    for (id, expected) in [("r-1", true), ("", false), ("two words", false)] {
        let capture = Capture::start();
        let baggage = Baggage::default().with("request.id", id);
        let work = || span!("work").in_scope(|| emit!("event"));
        capture.run(|| Context::current().with_baggage(baggage).in_scope(work));
        let events = capture.events();
        let found = events[0].attribute("request.id").map(ToString::to_string);
        assert_eq!(found.as_deref(), expected.then_some(id));
        assert!(capture.spans()[0].attributes.is_empty());
    }
}
