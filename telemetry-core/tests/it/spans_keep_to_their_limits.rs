use telemetry_core::testing::Capture;
use telemetry_core::{
    Limits, Pipeline, Scope, Span, SpanBuilder, Status, Value, emit, propagation, span,
};

use crate::support::Headers;

static SCOPE: Scope = Scope::new("shop", "1.0.0");

const SECRET: &str = "s3cr3t";

#[test]
fn by_default_a_span_has_128_attributes_however_they_come() {
    let capture = Capture::start();
    let keys: Vec<String> = (0..200).map(|index| format!("key{index}")).collect();
    capture.run(|| {
        let first = keys.iter().take(150);
        let builder = first.fold(span!("before"), |builder, key| builder.attribute(key, 1));
        builder.in_scope(|| ());
        let mut span = span!("after").start();
        keys.iter().for_each(|key| span.set(key, 1));
    });
    let (before, after) = (capture.expect_span("before"), capture.expect_span("after"));
    assert_eq!((before.attributes.len(), before.dropped_attributes), (128, 22));
    assert_eq!((after.attributes.len(), after.dropped_attributes), (128, 72));
}

#[test]
fn values_are_cut_between_characters_in_lists_and_maps_too() {
    let limits = Limits::default().span_value_length(5).log_value_length(3);
    let capture = Capture::with(Pipeline::builder().limits(limits));
    let long = format!("größe {SECRET}");
    capture.run(|| {
        let mut span = span!("order.place", "early" = &long, "count" = 1_234_567).start();
        let map = [("inner", Value::Str(&long))];
        span.set("late", &long);
        span.set("late", "größenwahn");
        span.set("map", Value::Map(&map));
        span.set("list", Value::StrArray(&[&long, "x"]));
        span.set("raw", Value::Bytes(long.as_bytes()));
        span.add_event("seen", &[("text", Value::Str(&long))]);
        span.in_scope(|| Span::current_set("from.below", &long));
        span.in_scope(|| emit!("order.placed", { lines: 123_456 }, "text" = &long));
    });
    let span = capture.expect_span("order.place");
    span.expect_attribute("early", "größe").expect_attribute("late", "größe");
    span.expect_attribute("count", 1_234_567).expect_attribute("from.below", "größe");
    span.expect_attribute("map", r#"{"inner":"größe"}"#);
    span.expect_attribute("list", r#"["größe","x"]"#);
    span.expect_attribute("raw", &long.as_bytes()[..5]);
    assert_eq!(span.events[0].attribute("text").unwrap(), &"größe");
    let event = capture.expect_event("order.placed");
    event.expect_attribute("text", "grö").expect_attribute("lines", 123_456);
    let all = format!("{:?}{:?}", capture.spans(), capture.events());
    assert!(!all.contains("s3"), "{all}");
}

#[test]
fn links_have_their_own_numbers_before_and_after_the_start() {
    let limits = Limits::default().span_links(3).link_attributes(1).span_value_length(4);
    let capture = Capture::with(Pipeline::builder().limits(limits));
    capture.run(|| {
        let other = span!("other").start();
        let context = other.context().span_context().unwrap();
        let attributes = [("a", "größer".into()), ("b", 2.into())];
        let linked = span!("linked").link(context, &attributes).link(context, &[]);
        let mut linked = linked.start();
        linked.add_link(context, &attributes);
        linked.add_link(context, &attributes);
    });
    let span = capture.expect_span("linked");
    assert_eq!(span.links.len(), 3);
    for (link, attributes) in span.links.iter().zip([1, 0, 1]) {
        assert_eq!(link.attributes.len(), attributes);
        assert!(link.attributes.iter().all(|(key, value)| key == "a" && *value == "größ"));
    }
}

#[test]
fn each_kind_of_record_has_its_own_number_of_attributes() {
    let limits = Limits::default().span_attributes(1).span_event_attributes(2).log_attributes(0);
    let capture = Capture::with(Pipeline::builder().limits(limits));
    capture.run(|| {
        let mut span = span!("work", "a" = 1, "b" = 2, "c" = 3).start();
        // Of a key that is there already the last value counts.
        span.set("a", 4);
        span.add_event("seen", &[("a", 1.into()), ("b", 2.into()), ("c", 3.into())]);
        emit!("done", { a: 1 }, "b" = 2);
    });
    let span = capture.expect_span("work");
    assert_eq!((span.attributes.len(), span.dropped_attributes), (1, 2));
    span.expect_attribute("a", 4);
    assert_eq!(span.events[0].attributes.len(), 2);
    let event = capture.expect_event("done");
    assert_eq!((event.attributes.len(), event.dropped_attributes), (0, 2));
}

#[test]
fn more_than_the_default_is_possible_within_24_kib() {
    let limits = Limits::default().span_attributes(1000);
    let capture = Capture::with(Pipeline::builder().limits(limits));
    capture.run(|| {
        let mut span = span!("small").start();
        (0..1000).for_each(|index| span.set(&format!("k{index}"), index));
        let mut span = span!("large").start();
        (0..1000).for_each(|index| span.set(&format!("k{index}"), "x".repeat(100).as_str()));
    });
    let (small, large) = (capture.expect_span("small"), capture.expect_span("large"));
    assert_eq!((small.attributes.len(), small.dropped_attributes), (1000, 0));
    assert_eq!(large.attributes.len() + large.dropped_attributes as usize, 1000);
    assert!((200..240).contains(&large.attributes.len()), "{}", large.attributes.len());
}

#[test]
fn pipelines_side_by_side_have_their_own_limits() {
    let short = Capture::with(Pipeline::builder().limits(Limits::default().span_value_length(2)));
    let whole = Capture::start();
    for _ in 0..3 {
        for (capture, expected) in [(&short, "ab"), (&whole, "abcdef")] {
            capture.run(|| span!("work", "text" = "abcdef").in_scope(|| ()));
            for span in capture.spans() {
                span.expect_attribute("text", expected);
            }
        }
    }
}

#[test]
fn a_value_may_be_of_every_kind() {
    let capture = Capture::start();
    let inner = [("amount", Value::F64(9.9)), ("paid", Value::Bool(true))];
    let items = [Value::Map(&inner), Value::I64(3), Value::Str("x"), Value::Empty];
    capture.run(|| {
        let mut span = span!("all").start();
        span.set("text", "é");
        span.set("truth", true);
        span.set("integer", i64::MIN);
        span.set("double", 0.5);
        span.set("bytes", &[1_u8, 171][..]);
        span.set("texts", &["a", "b"][..]);
        span.set("truths", &[true, false][..]);
        span.set("integers", &[1_i64, -1][..]);
        span.set("doubles", &[1.5, 2.5][..]);
        span.set("list", &items[..]);
        span.set("map", &inner[..]);
        span.set("nothing", Value::Empty);
    });
    let span = capture.expect_span("all");
    span.expect_attribute("text", "é").expect_attribute("truth", true);
    span.expect_attribute("integer", i64::MIN).expect_attribute("double", 0.5);
    span.expect_attribute("bytes", &[1_u8, 171][..]).expect_attribute("texts", r#"["a","b"]"#);
    span.expect_attribute("truths", "[true,false]").expect_attribute("integers", "[1,-1]");
    span.expect_attribute("doubles", "[1.5,2.5]");
    span.expect_attribute("map", r#"{"amount":9.9,"paid":true}"#);
    span.expect_attribute("list", r#"[{"amount":9.9,"paid":true},3,"x",null]"#);
    span.expect_no_attribute("nothing");
}

/// Whatever is too long, it isn't the span that is lost.
#[test]
fn a_long_name_and_a_long_description_are_cut_between_characters() {
    let capture = Capture::start();
    let long = "größe ".repeat(20_000);
    capture.run(|| {
        SpanBuilder::new(&SCOPE, long.clone()).in_scope(|| ());
        let mut renamed = span!("renamed", "kept" = 1).start();
        renamed.set_name(long.clone());
        renamed.end();
        let mut failed = span!("failed", "kept" = 1).start();
        failed.set_status(Status::Error(long.clone().into()));
        failed.end();
    });
    let spans = capture.spans();
    assert_eq!(spans.len(), 3, "{}", capture.ledger());
    for name in spans.iter().map(|span| &span.name).filter(|name| *name != "failed") {
        assert!((1_000..=1_024).contains(&name.len()) && long.starts_with(name), "{name}");
    }
    let failed = capture.expect_span("failed");
    let Status::Error(text) = &failed.status else { panic!("{failed:?}") };
    assert!(text.len() > 1_000 && long.starts_with(&**text), "{text}");
    failed.expect_attribute("kept", 1);
    capture.assert_ledger_balances();
}

#[test]
fn a_span_that_has_all_that_it_may_have_is_recorded() {
    let capture = Capture::start();
    let long = "x".repeat(100_000);
    let state = format!("a={},b={}", "x".repeat(250), "y".repeat(250));
    let headers = Headers::of(&[
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("tracestate", &state),
    ]);
    capture.run(|| {
        let remote = propagation::extract(&headers);
        let linked = remote.span_context().unwrap();
        let mut span = SpanBuilder::new(&SCOPE, long.clone()).parent(&remote).start();
        (0..200).for_each(|index| {
            span.set(&format!("key{index}"), "x".repeat(150 + index % 7).as_str());
            span.add_link(linked, &[("about", Value::Str(&long[..80]))]);
            span.add_event("seen", &[("text", Value::Str(&long[..index]))]);
        });
        span.set_status(Status::Error(long.clone().into()));
    });
    let spans = capture.spans();
    assert_eq!(spans.len(), 1, "{}", capture.ledger());
    let span = &spans[0];
    assert_eq!(span.attributes.len() + span.dropped_attributes as usize, 200);
    assert!(span.attributes.len() > 100 && span.links.len() > 8, "{span:?}");
    assert_eq!(span.trace_state, state);
    assert!(span.status.is_error());
    assert_eq!(span.events.len() + span.dropped_events as usize, 200);
    capture.assert_ledger_balances();
}
