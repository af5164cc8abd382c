//! The cases of the test suite of W3C Trace Context (<https://github.com/w3c/trace-context>), and
//! those that the Baggage specification spells out.

use telemetry_core::propagation::{self, HeaderGet};
use telemetry_core::{Baggage, Context};

use crate::support::{Headers, injected};

const TRACE: &str = "12345678901234567890123456789012";
const VALID: &str = "00-12345678901234567890123456789012-1234567890123456-01";

fn extract(lines: &[(&str, &str)]) -> Context {
    propagation::extract(&Headers::of(lines))
}

/// The trace id that comes through.
fn trace(lines: &[(&str, &str)]) -> Option<String> {
    extract(lines).span_context().map(|span| span.trace_id().to_string())
}

/// The `tracestate` that comes through beside a valid `traceparent`.
fn state(values: &[&str]) -> String {
    let mut lines = vec![("traceparent", VALID)];
    lines.extend(values.iter().map(|value| ("tracestate", *value)));
    let context = extract(&lines);
    assert!(context.span_context().is_some(), "the parent is kept whatever its state");
    injected(&context).header("tracestate").unwrap_or_default().to_owned()
}

fn baggage(text: &str) -> Baggage {
    extract(&[("baggage", text)]).baggage().clone()
}

#[test]
fn a_valid_parent_comes_through_whatever_the_case_of_the_headers_name() {
    for name in ["traceparent", "TraceParent", "TRACEPARENT"] {
        assert_eq!(trace(&[(name, VALID)]).as_deref(), Some(TRACE));
    }
    for name in ["trace-parent", "trace.parent", "trace_parent"] {
        assert_eq!(trace(&[(name, VALID)]), None, "{name}");
    }
}

#[test]
fn white_space_around_a_parent_is_no_part_of_it() {
    for text in [
        format!(" {VALID}"),
        format!("\t{VALID}"),
        format!("{VALID} "),
        format!("{VALID}\t"),
        format!("\t {VALID} \t"),
    ] {
        assert_eq!(trace(&[("traceparent", &text)]).as_deref(), Some(TRACE), "{text:?}");
    }
}

#[test]
fn a_parent_given_twice_is_none() {
    assert_eq!(trace(&[("traceparent", VALID), ("traceparent", VALID)]), None);
    let later = VALID.replacen("00", "cc", 1);
    assert_eq!(trace(&[("traceparent", &later), ("traceparent", &later)]), None);
}

#[test]
fn versions_are_read_as_far_as_they_are_known() {
    let of = |text: String| trace(&[("traceparent", &text)]);
    let rest = &VALID[2..];
    for valid in [
        format!("cc{rest}"),
        format!("cc{rest}-what-the-future-will-be-like"),
        format!("01{rest}-"),
    ] {
        assert_eq!(of(valid.clone()).as_deref(), Some(TRACE), "{valid}");
    }
    for invalid in [
        format!("00{rest}."),
        format!("00{rest}-what-the-future-will-be-like"),
        format!("cc{rest}.what-the-future-will-be-like"),
        format!("ff{rest}"),
        format!("FF{rest}"),
        format!("CC{rest}"),
        format!(".0{rest}"),
        format!("0.{rest}"),
        format!("000{rest}"),
        format!("0000{rest}"),
        format!("0{rest}"),
        rest.to_owned(),
    ] {
        assert_eq!(of(invalid.clone()), None, "{invalid}");
    }
}

#[test]
fn ids_and_flags_have_their_length_and_only_lower_case_digits() {
    let of = |trace_id: &str, span_id: &str, flags: &str| {
        trace(&[("traceparent", &format!("00-{trace_id}-{span_id}-{flags}"))])
    };
    let span = "1234567890123456";
    assert!(of(TRACE, span, "00").is_some() && of(TRACE, span, "ff").is_some());
    for trace_id in [
        "00000000000000000000000000000000",
        ".2345678901234567890123456789012",
        "1234567890123456789012345678901.",
        "1234567890123456789012345678901A",
        "123456789012345678901234567890123",
        "1234567890123456789012345678901",
        "+2345678901234567890123456789012",
        "",
    ] {
        assert_eq!(of(trace_id, span, "01"), None, "{trace_id}");
    }
    for span_id in [
        "0000000000000000",
        ".234567890123456",
        "123456789012345.",
        "123456789012345A",
        "12345678901234567",
        "123456789012345",
        "",
    ] {
        assert_eq!(of(TRACE, span_id, "01"), None, "{span_id}");
    }
    for flags in [".0", "0.", "0A", "001", "1", ""] {
        assert_eq!(of(TRACE, span, flags), None, "{flags}");
    }
}

#[test]
fn of_the_flags_those_that_are_known_are_passed_on() {
    for (given, passed) in
        [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("fc", "00"), ("ff", "03")]
    {
        let text = format!("00-{TRACE}-1234567890123456-{given}");
        let headers = injected(&extract(&[("traceparent", &text)]));
        assert!(headers.header("traceparent").unwrap().ends_with(passed), "{given}");
    }
}

#[test]
fn a_state_without_a_parent_is_nothing() {
    let context = extract(&[("tracestate", "foo=1")]);
    assert!(context.span_context().is_none() && injected(&context).names().is_empty());
}

#[test]
fn states_of_several_headers_are_one_list_in_their_order() {
    assert_eq!(state(&["foo=1,bar=2"]), "foo=1,bar=2");
    assert_eq!(state(&["foo=1", "bar=2"]), "foo=1,bar=2");
    assert_eq!(
        state(&["foo=1", "bar=2,rojo=1,congo=2", "baz=3"]),
        "foo=1,bar=2,rojo=1,congo=2,baz=3"
    );
    assert_eq!(state(&["foo=1", ""]), "foo=1");
    assert_eq!(state(&["", "foo=1"]), "foo=1");
    assert_eq!(state(&["foo=1,,,bar=2,"]), "foo=1,bar=2");
    assert_eq!(state(&["", ""]), "");
}

#[test]
fn white_space_between_members_is_no_part_of_them() {
    assert_eq!(state(&["foo=1 \t , \t bar=2, \t baz=3"]), "foo=1,bar=2,baz=3");
    assert_eq!(state(&["foo=1\t \t,\t \tbar=2,\t \tbaz=3"]), "foo=1,bar=2,baz=3");
    for text in [" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"] {
        assert_eq!(state(&[text]), "foo=1");
    }
}

#[test]
fn keys_given_twice_are_left_to_who_knows_them() {
    for text in ["foo=1,foo=1", "foo=1,foo=2"] {
        assert_eq!(state(&[text]), text);
    }
}

#[test]
fn all_characters_that_are_allowed_come_through() {
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (0x20_u8..0x7f).map(char::from).filter(|it| !",=".contains(*it)).collect();
    let text = format!("{key}={value},{key}@a-z0-9_-*/={value}");
    assert_eq!(state(&[&text]), text);
    assert_eq!(state(&["foo= inner space"]), "foo= inner space");
    assert_eq!(state(&["foo@=1,bar=2"]), "foo@=1,bar=2");
    assert_eq!(state(&["foo@@bar=1,foo@bar@baz=2,0day=3"]), "foo@@bar=1,foo@bar@baz=2,0day=3");
}

#[test]
fn a_list_with_a_malformed_member_is_dropped_whole() {
    for text in [
        "foo =1",
        "FOO=1",
        "foo.bar=1",
        "@foo=1,bar=2",
        "foo=1,_bar=2",
        "foo=bar=baz",
        "foo=,bar=3",
        "foo",
        "foo=1,=2",
        "foo=1\u{7f}",
        "foo=ü",
        "foo=1;bar=2\u{1}",
    ] {
        assert_eq!(state(&[text]), "", "{text}");
    }
}

#[test]
fn a_list_has_at_most_32_members_and_keys_and_values_256_characters() {
    let members = |count: usize| {
        (1..=count).map(|n| format!("bar{n:02}={n:02}")).collect::<Vec<_>>().join(",")
    };
    assert_eq!(state(&[&members(32)]), members(32));
    assert_eq!(state(&[&members(33)]), "");
    for (length, passes) in [(256, true), (257, false)] {
        let text = format!("{}=1", "z".repeat(length));
        assert_eq!(state(&[&text]), if passes { text.as_str() } else { "" });
        let text = format!("foo={}", "z".repeat(length));
        assert_eq!(state(&[&text]), if passes { text.as_str() } else { "" });
    }
}

#[test]
fn of_a_list_beyond_512_characters_long_members_go_first_then_the_last() {
    let long = format!("long={}", "x".repeat(150));
    let member = |name: char| format!("{name}={}", "y".repeat(98));
    let short: Vec<String> = "abcd".chars().map(member).collect();
    let text = format!("{},{long},{},{},{}", short[0], short[1], short[2], short[3]);
    assert!(text.len() > 512);
    assert_eq!(state(&[&text]), short.join(","));
    let many: Vec<String> = "abcdefg".chars().map(member).collect();
    assert_eq!(state(&[&many.join(",")]), many[..5].join(","));
}

#[test]
fn baggage_comes_through_with_its_properties() {
    let text = "key1=value1;property1;property2=x%20y,key2=value2,key3=value3;p=1";
    let context = extract(&[("baggage", text)]);
    assert_eq!(injected(&context).header("baggage"), Some(text));
    assert_eq!(context.baggage().get("key1"), Some("value1"));
    assert_eq!(context.baggage().properties("key1"), "property1;property2=x%20y");
    assert_eq!(context.baggage().properties("key2"), "");
    let changed = context.baggage().with("key1", "new").with_properties("key2", "2", "ttl=60");
    assert_eq!(changed.properties("key1"), "", "a new value has none of the old one's");
    let headers = injected(&context.with_baggage(changed));
    assert_eq!(headers.header("baggage"), Some("key1=new,key2=2;ttl=60,key3=value3;p=1"));
}

#[test]
fn white_space_in_baggage_is_allowed_where_the_grammar_has_it() {
    let read = baggage("SomeKey \t = \t SomeValue \t ; \t SomeProp = x , SomeKey2 = SomeValue2");
    assert_eq!(read.get("SomeKey"), Some("SomeValue"));
    assert_eq!(read.get("SomeKey2"), Some("SomeValue2"));
    assert_eq!(read.properties("SomeKey"), "SomeProp=x");
}

#[test]
fn values_are_percent_coded_and_keys_are_not() {
    let read = baggage("userId=Am%C3%A9lie,serverNode=DF%2028,equal=a=b=c,k%20=%25,plus=a+b");
    for (key, value) in [
        ("userId", "Amélie"),
        ("serverNode", "DF 28"),
        ("equal", "a=b=c"),
        ("k%20", "%"),
        ("plus", "a+b"),
    ] {
        assert_eq!(read.get(key), Some(value), "{key}");
    }
    assert_eq!(baggage("bad=%FFx%C3,half=%4,not=%zz").get("bad"), Some("\u{fffd}x\u{fffd}"));
    assert_eq!(baggage("half=%4").get("half"), Some("%4"));
    let everything = Baggage::default().with("key", "\"a\" , b; c\\ ü=%\n");
    let headers = injected(&Context::none().with_baggage(everything));
    assert_eq!(headers.header("baggage"), Some("key=%22a%22%20%2C%20b%3B%20c%5C%20%C3%BC=%25%0A"));
}

#[test]
fn malformed_members_are_left_out_and_the_others_kept() {
    let read = baggage("good=1,,novalue,=2,sp ace=3,ünï=4,also=5;bad prop,\"q\"=6");
    let entries: Vec<_> = read.iter().collect();
    assert_eq!(entries, [("good", "1"), ("also", "5")]);
    assert_eq!(read.properties("also"), "");
}

#[test]
fn several_headers_are_one_list_and_the_last_value_of_a_key_counts() {
    let context = extract(&[("baggage", "a=1,b=2"), ("baggage", "c=3,a=4")]);
    assert_eq!(injected(&context).header("baggage"), Some("a=4,b=2,c=3"));
}

#[test]
fn at_least_64_members_and_8192_bytes_are_carried_and_never_more_than_fits() {
    let members: Vec<String> = (0..64).map(|n| format!("key{n:02}={}", "v".repeat(121))).collect();
    let whole = members.join(",");
    assert_eq!(whole.len(), 64 * 128 - 1);
    let whole = format!("{whole}v");
    assert_eq!(whole.len(), 8192);
    assert_eq!(injected(&extract(&[("baggage", &whole)])).header("baggage"), Some(whole.as_str()));

    let beyond = format!("{whole},one=more");
    assert_eq!(injected(&extract(&[("baggage", &beyond)])).header("baggage"), Some(whole.as_str()));

    let many: Vec<String> = (0..500).map(|n| format!("k{n}=v")).collect();
    assert_eq!(baggage(&many.join(",")).iter().count(), 180);

    // What counts is what it takes encoded.
    let grown = Baggage::default().with("a", &"ü".repeat(1000)).with("b", &"ü".repeat(1000));
    let header = injected(&Context::none().with_baggage(grown));
    assert_eq!(header.header("baggage").unwrap().len(), 2 + 6 * 1000);
}

#[test]
fn a_name_that_is_no_token_stays_in_the_process() {
    let own = Baggage::default().with("not a token", "1").with("tøken", "2");
    assert_eq!(own.get("not a token"), Some("1"));
    assert!(injected(&Context::none().with_baggage(own)).names().is_empty());
}
