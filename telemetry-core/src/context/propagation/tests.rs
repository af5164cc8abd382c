use proptest::prelude::*;

use super::*;

const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl HeaderGet for Headers {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }
}

impl HeaderSet for Headers {
    fn set_header(&mut self, name: &str, value: &str) {
        self.0.push((name.to_owned(), value.to_owned()));
    }
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    Headers(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn a_context_goes_in_and_comes_out_the_same() {
    let context = extract(&headers(&[
        ("traceparent", VALID),
        ("tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        ("baggage", "tenant.id=acme%20corp;ttl=1, user.tier = gold"),
    ]));
    let mut out = Headers::default();
    inject(&context, &mut out);
    assert_eq!(out.header("traceparent"), Some(VALID));
    assert_eq!(out.header("tracestate"), Some("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"));
    assert_eq!(out.header("baggage"), Some("tenant.id=acme%20corp;ttl=1,user.tier=gold"));
    assert_eq!(context.baggage().get("tenant.id"), Some("acme corp"));
}

#[test]
fn a_malformed_traceparent_is_no_parent() {
    for text in [
        "",
        "00",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        assert!(extract(&headers(&[("traceparent", text)])).span_context().is_none(), "{text}");
    }
}

#[test]
fn a_later_version_is_read_as_far_as_it_is_known() {
    let text = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff-what-the-future-brings";
    let context = extract(&headers(&[("traceparent", text)]));
    assert_eq!(context.span_context().unwrap().flags, 0x03);
}

#[test]
fn a_malformed_tracestate_is_dropped_and_the_parent_kept() {
    for state in ["", "no-equals", "UPPER=1", "a=b,=c", "a=b\u{1}", &"a".repeat(600)] {
        let context = extract(&headers(&[("traceparent", VALID), ("tracestate", state)]));
        assert_eq!(context.span_context().unwrap().trace_state(), "", "{state}");
    }
}

proptest! {
    #[test]
    fn no_header_makes_extraction_panic(parent: String, state: String, baggage: String) {
        let context = extract(&headers(&[
            ("traceparent", &parent),
            ("tracestate", &state),
            ("baggage", &baggage),
        ]));
        let mut out = Headers::default();
        inject(&context, &mut out);
        prop_assert!(out.header("baggage").is_none_or(|text| text.is_ascii()));
    }

    #[test]
    fn baggage_survives_the_way_whatever_its_value(value in "\\PC{0,40}") {
        let context = Context::none().with_baggage(Baggage::default().with("key", &value));
        let mut out = Headers::default();
        inject(&context, &mut out);
        let back = extract(&out);
        prop_assert_eq!(back.baggage().get("key"), Some(value.as_str()));
    }
}
