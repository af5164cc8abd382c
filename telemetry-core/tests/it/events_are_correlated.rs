use telemetry_core::testing::Capture;
use telemetry_core::{Event, Scope, Severity, emit, span};

static SCOPE: Scope = Scope::new("my-cache", "1.2.3");

#[test]
fn an_event_carries_its_measurements_its_attributes_and_its_span() {
    let capture = Capture::start();
    capture.run(|| {
        span!("stage").in_scope(|| {
            emit!("forge.stage.retry", { attempt: 2, delay_ms: 250 }, "stage" = "parse");
        });
        emit!("forge.dlq.enqueue", "stage" = "parse");
    });
    let span = &capture.spans()[0];
    let events = capture.events();
    assert_eq!(events.len(), 2);
    let retry = events.iter().find(|event| event.event_name == "forge.stage.retry").unwrap();
    assert_eq!(retry.attribute("attempt").unwrap(), &2);
    assert_eq!(retry.attribute("delay_ms").unwrap(), &250);
    assert_eq!(retry.attribute("stage").unwrap(), &"parse");
    assert_eq!((retry.trace_id, retry.span_id), (Some(span.trace_id), Some(span.span_id)));
    let enqueue = events.iter().find(|event| event.event_name == "forge.dlq.enqueue").unwrap();
    assert_eq!((enqueue.trace_id, enqueue.span_id), (None, None));
}

#[test]
fn severity_body_and_scope_are_kept_and_a_long_body_is_cut_between_characters() {
    let capture = Capture::start();
    capture.run(|| {
        let event = Event::new(&SCOPE, "evicted").severity(Severity::Warn).body("cache is full");
        event.emit();
        Event::new(&SCOPE, "long").body("é".repeat(100_000)).emit();
        // With all that there may be it is recorded, cut where it is too long.
        let (name, body) = ("ü".repeat(100_000), "é".repeat(100_000));
        let keys: Vec<String> = (0..200).map(|index| format!("key{index}")).collect();
        let full = Event::new(&SCOPE, &name).body(body);
        let text = "x".repeat(170);
        keys.iter().fold(full, |event, key| event.attribute(key, &text)).emit();
    });
    let events = capture.events();
    assert_eq!((events[0].severity, &*events[0].body), (Severity::Warn, "cache is full"));
    assert_eq!(events[0].scope, "my-cache");
    assert!(events[1].body.len() < 10_000 && events[1].body.chars().all(|it| it == 'é'));
    let full = events.last().unwrap();
    assert_eq!((events.len(), full.event_name.as_str()), (3, "ü".repeat(512).as_str()));
    assert!(full.body.len() > 4_000 && full.attributes.len() > 100, "{full:?}");
    assert_eq!(full.attributes.len() + full.dropped_attributes as usize, 200);
    capture.assert_ledger_balances();
}
