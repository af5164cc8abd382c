use telemetry_core::propagation::{self, HeaderGet, Propagator, Propagators};
use telemetry_core::testing::Capture;
use telemetry_core::{Baggage, Context, Pipeline, Ratio, Sampler, span};

use crate::support::{Headers, builder, injected};

const TRACE: &str = "80f198ee56343ba864fe8b2a57d3eff7";
const SPAN: &str = "e457b5a2e4d86bd1";

/// The ids and the decision that come in with these headers.
fn extracted(capture: &Capture, lines: &[(&str, &str)]) -> Option<(String, String, bool)> {
    let context = capture.run(|| propagation::extract(&Headers::of(lines)));
    let span = context.span_context()?;
    Some((span.trace_id().to_string(), span.span_id().to_string(), span.is_sampled()))
}

/// The headers that go out from a span beneath these that came in.
fn passed_on(capture: &Capture, lines: &[(&str, &str)]) -> Headers {
    capture.run(|| {
        propagation::extract(&Headers::of(lines))
            .in_scope(|| span!("work").in_scope(|| injected(&Context::current())))
    })
}

fn ids(trace: &str, sampled: bool) -> Option<(String, String, bool)> {
    Some((trace.to_owned(), SPAN.to_owned(), sampled))
}

#[test]
fn b3_is_read_from_one_header_in_all_its_forms() {
    let capture = Capture::with(builder([Propagator::B3]));
    let of = |text: &str| extracted(&capture, &[("b3", text)]);
    assert_eq!(of(&format!("{TRACE}-{SPAN}-1")), ids(TRACE, true));
    assert_eq!(of(&format!("{TRACE}-{SPAN}-0")), ids(TRACE, false));
    assert_eq!(of(&format!("{TRACE}-{SPAN}-d")), ids(TRACE, true));
    assert_eq!(of(&format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90")), ids(TRACE, true));
    assert_eq!(
        of(&format!("64fe8b2a57d3eff7-{SPAN}-1")),
        ids("000000000000000064fe8b2a57d3eff7", true)
    );
    assert_eq!(of(&format!("{}-{SPAN}-1", TRACE.to_uppercase())), ids(TRACE, true));
    for malformed in [
        "".to_owned(),
        "0".to_owned(),
        "1".to_owned(),
        "d".to_owned(),
        TRACE.to_owned(),
        format!("{TRACE}-{SPAN}-2"),
        format!("{TRACE}-{SPAN}-1-xyz"),
        format!("{TRACE}-{SPAN}-1-{SPAN}-1"),
        format!("{TRACE}-{}-1", &SPAN[1..]),
        format!("{}-{SPAN}-1", &TRACE[1..]),
        format!("00000000000000000000000000000000-{SPAN}-1"),
        format!("{TRACE}-0000000000000000-1"),
        format!("+{}-{SPAN}-1", &TRACE[1..]),
    ] {
        assert_eq!(of(&malformed), None, "{malformed}");
    }
}

#[test]
fn b3_is_read_from_several_headers() {
    let capture = Capture::with(builder([Propagator::B3Multi]));
    let of = |more: &[(&str, &str)]| {
        let mut lines = vec![("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN)];
        lines.extend(more);
        extracted(&capture, &lines)
    };
    assert_eq!(of(&[("X-B3-Sampled", "1")]), ids(TRACE, true));
    assert_eq!(of(&[("X-B3-Sampled", "true")]), ids(TRACE, true));
    assert_eq!(of(&[("X-B3-Sampled", "0"), ("X-B3-ParentSpanId", SPAN)]), ids(TRACE, false));
    assert_eq!(of(&[("X-B3-Flags", "1")]), ids(TRACE, true));
    assert_eq!(of(&[("X-B3-Flags", "0"), ("X-B3-Sampled", "0")]), ids(TRACE, false));
    assert_eq!(of(&[("X-B3-TraceId", TRACE)]), None, "twice is malformed");
    assert_eq!(extracted(&capture, &[("x-b3-traceid", TRACE)]), None);
}

#[test]
fn either_b3_reads_both_and_the_one_header_comes_first() {
    let other = "463ac35c9f6413ad48485a3953bb6124";
    let single = format!("{TRACE}-{SPAN}-1");
    let both = [("b3", single.as_str()), ("x-b3-traceid", other), ("x-b3-spanid", SPAN)];
    for propagator in [Propagator::B3, Propagator::B3Multi] {
        let capture = Capture::with(builder([propagator]));
        assert_eq!(extracted(&capture, &both), ids(TRACE, true));
        assert_eq!(extracted(&capture, &both[1..]), ids(other, true));
        assert_eq!(extracted(&capture, &[("b3", "garbage"), both[1], both[2]]), ids(other, true));
    }
}

#[test]
fn b3_is_written_as_its_propagator_says_and_keeps_the_debug_flag() {
    for (came, single, multiple) in [
        ("1", "1", ("x-b3-sampled", "1")),
        ("0", "0", ("x-b3-sampled", "0")),
        ("d", "d", ("x-b3-flags", "1")),
    ] {
        let came = format!("{TRACE}-{SPAN}-{came}");
        let capture = Capture::with(builder([Propagator::B3]));
        let headers = passed_on(&capture, &[("b3", &came)]);
        assert_eq!(headers.names(), ["b3"]);
        let text = headers.header("b3").unwrap();
        assert!(
            text.starts_with(&format!("{TRACE}-")) && text.ends_with(&format!("-{single}")),
            "{text}"
        );
        assert!(!text.contains(SPAN), "the span in between is the new parent");

        let capture = Capture::with(builder([Propagator::B3Multi]));
        let headers = passed_on(&capture, &[("b3", &came)]);
        assert_eq!(headers.names(), ["x-b3-traceid", "x-b3-spanid", multiple.0]);
        assert_eq!(headers.header("x-b3-traceid"), Some(TRACE));
        assert_eq!(headers.header(multiple.0), Some(multiple.1));
    }
}

#[test]
fn a_decision_that_b3_leaves_open_is_ours() {
    let undecided = format!("{TRACE}-{SPAN}");
    let sampled = |root: Sampler| {
        let sampler = Sampler::ParentBased(Box::new(root));
        let capture = Capture::with(builder([Propagator::B3]).sampler(sampler));
        let headers = passed_on(&capture, &[("b3", &undecided)]);
        let written = headers.header("b3").unwrap().ends_with("-1");
        assert_eq!(capture.spans().len(), usize::from(written));
        written
    };
    assert!(sampled(Sampler::AlwaysOn) && !sampled(Sampler::AlwaysOff));
    // By the lower bits of the trace id, as for a root of this trace.
    assert!(sampled(Sampler::TraceIdRatio(Ratio::new(0.9).unwrap())));
    assert!(!sampled(Sampler::TraceIdRatio(Ratio::new(0.001).unwrap())));
}

#[test]
fn jaeger_is_read_with_leading_zeros_missing_and_its_flags() {
    let capture = Capture::with(builder([Propagator::Jaeger]));
    let of = |text: &str| extracted(&capture, &[("uber-trace-id", text)]);
    assert_eq!(of(&format!("{TRACE}:{SPAN}:0:1")), ids(TRACE, true));
    assert_eq!(of(&format!("{TRACE}:{SPAN}:{SPAN}:0")), ids(TRACE, false));
    assert_eq!(of(&format!("{TRACE}%3A{SPAN}%3A0%3A01")), ids(TRACE, true));
    assert_eq!(of(&format!("{TRACE}:{SPAN}:0:3")), ids(TRACE, true));
    let short = Some((format!("{:032x}", 0xabc), format!("{:016x}", 0xde), true));
    assert_eq!(of("abc:de:0:1"), short);
    for malformed in [
        "",
        "abc",
        "abc:de:0",
        "abc:de:0:1:2",
        "0:de:0:1",
        "abc:0:0:1",
        "abc:de:0:",
        "abc:de:0:x1",
        "abc:de:0:+1",
        "abc:de:0:100",
        ":de:0:1",
    ] {
        assert_eq!(of(malformed), None, "{malformed}");
    }
    assert_eq!(of(&format!("1{TRACE}:{SPAN}:0:1")), None);
}

#[test]
fn jaeger_is_written_with_its_baggage() {
    let capture = Capture::with(builder([Propagator::Jaeger]));
    for (came, written) in [("1", "1"), ("0", "0"), ("2", "3")] {
        let trace = format!("{TRACE}:{SPAN}:0:{came}");
        let lines = [("uber-trace-id", trace.as_str()), ("uberctx-tenant.id", "acme%20corp")];
        let headers = passed_on(&capture, &lines);
        assert_eq!(headers.names(), ["uber-trace-id", "uberctx-tenant.id"]);
        assert_eq!(headers.header("uberctx-tenant.id"), Some("acme%20corp"));
        let text = headers.header("uber-trace-id").unwrap();
        assert!(
            text.starts_with(&format!("{TRACE}:")) && text.ends_with(&format!(":0:{written}")),
            "{text}"
        );
    }
    let context =
        capture.run(|| propagation::extract(&Headers::of(&[("uberctx-tenant.id", "acme%20corp")])));
    assert_eq!(context.baggage().get("tenant.id"), Some("acme corp"));
}

#[test]
fn a_trace_id_alone_makes_a_root_of_that_trace() {
    let capture = Capture::with(builder([Propagator::trace_id_header("X-Trace-Id")]));
    let headers = passed_on(&capture, &[("x-trace-id", TRACE)]);
    assert_eq!(headers.names(), ["x-trace-id"]);
    assert_eq!(headers.header("x-trace-id"), Some(TRACE));
    let span = &capture.spans()[0];
    assert_eq!(span.trace_id.to_string(), TRACE);
    assert_eq!((span.parent_span_id, span.parent_is_remote), (None, false));
}

#[test]
fn a_trace_id_header_takes_uuids_short_ids_and_any_other_text() {
    let capture = Capture::with(builder([Propagator::trace_id_header("x-trace-id")]));
    let of = |text: &str| {
        let context = capture.run(|| propagation::extract(&Headers::of(&[("x-trace-id", text)])));
        assert!(context.span_context().is_none(), "nobody knows the span");
        context.trace_id().map(|id| id.to_string())
    };
    assert_eq!(of("80F198EE-5634-3BA8-64FE-8B2A57D3EFF7").as_deref(), Some(TRACE));
    assert_eq!(of("64fe8b2a57d3eff7").as_deref(), Some("000000000000000064fe8b2a57d3eff7"));
    // It must never change: other processes, of other versions, hash the same text.
    assert_eq!(of("req-1").as_deref(), Some(HASH_OF_REQ_1));
    assert_eq!(of(" req-1\t"), of("req-1"));
    assert_ne!(of("req-2"), of("req-1"));
    for absent in ["", " ", "ü", "a\u{7}b", &"x".repeat(257)] {
        assert_eq!(of(absent), None, "{absent:?}");
    }
    let zeros = of("00000000000000000000000000000000").unwrap();
    assert!(zeros.chars().any(|it| it != '0'), "{zeros}");
}

const HASH_OF_REQ_1: &str = "7b9662ec6a31b869d1ee82e4f49162f4";

#[test]
fn hashed_trace_ids_of_similar_texts_are_sampled_evenly() {
    let ratio = Sampler::TraceIdRatio(Ratio::new(0.1).unwrap());
    let builder = builder([Propagator::trace_id_header("x-trace-id")]);
    let capture = Capture::with(builder.sampler(Sampler::ParentBased(Box::new(ratio))));
    for number in 0..1000 {
        passed_on(&capture, &[("x-trace-id", &format!("request-{number}"))]);
    }
    let kept = capture.spans().len();
    assert!((50..=150).contains(&kept), "{kept}");
}

#[test]
fn a_parent_from_another_format_comes_before_a_bare_trace_id() {
    for order in [[0, 1], [1, 0]] {
        let all = [Propagator::trace_id_header("x-trace-id"), Propagator::TraceContext];
        let capture = Capture::with(builder(order.map(|index| all[index].clone())));
        let parent = format!("00-{TRACE}-{SPAN}-01");
        let lines = [("x-trace-id", "req-1"), ("traceparent", parent.as_str())];
        assert_eq!(extracted(&capture, &lines), ids(TRACE, true));
        assert_eq!(passed_on(&capture, &lines).header("x-trace-id"), Some(TRACE));
    }
}

#[test]
fn of_several_formats_all_are_written_and_the_last_that_is_there_is_read() {
    let all = [
        Propagator::TraceContext,
        Propagator::Baggage,
        Propagator::B3,
        Propagator::B3Multi,
        Propagator::Jaeger,
    ];
    let capture = Capture::with(builder(all));
    let (first, second) =
        (format!("00-{TRACE}-{SPAN}-00"), format!("00000000000000000000000000000abc-{SPAN}-1"));
    let lines = [
        ("traceparent", first.as_str()),
        ("tracestate", "a=1"),
        ("b3", &second),
        ("baggage", "a=1,b=2"),
        ("uberctx-b", "3"),
        ("uberctx-c", "3"),
    ];
    let expected = "00000000000000000000000000000abc";
    assert_eq!(extracted(&capture, &lines), ids(expected, true));
    assert_eq!(extracted(&capture, &[lines[0], ("b3", "garbage")]), ids(TRACE, false));
    let headers = passed_on(&capture, &lines);
    for name in ["traceparent", "b3", "x-b3-traceid", "uber-trace-id"] {
        assert!(headers.header(name).unwrap().contains(expected), "{name}");
    }
    assert_eq!(headers.header("tracestate"), None, "it belongs to the other parent");
    assert_eq!(headers.header("baggage"), Some("a=1,b=2,c=3"));
    assert_eq!(headers.header("uberctx-b"), Some("2"));
}

#[test]
fn two_formats_that_name_the_same_span_make_one_parent() {
    let capture = Capture::with(builder([Propagator::TraceContext, Propagator::B3]));
    let (first, second) = (format!("00-{TRACE}-{SPAN}-02"), format!("{TRACE}-{SPAN}-1"));
    let lines = [("traceparent", first.as_str()), ("tracestate", "a=1"), ("b3", &second)];
    let headers = passed_on(&capture, &lines);
    assert_eq!(headers.header("tracestate"), Some("a=1"));
    assert!(headers.header("traceparent").unwrap().ends_with("-03"));
}

#[test]
fn without_propagators_nothing_comes_in_and_nothing_goes_out() {
    let capture = Capture::with(Pipeline::builder().propagators(Propagators::none()));
    let lines = [
        ("traceparent", "00-80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-01"),
        ("baggage", "a=1"),
    ];
    assert_eq!(extracted(&capture, &lines), None);
    assert!(passed_on(&capture, &lines).names().is_empty());
}

#[test]
fn two_pipelines_of_one_process_speak_each_their_own_format() {
    let (old, new) = (Capture::with(builder([Propagator::B3])), Capture::start());
    let names = |capture: &Capture| {
        capture.run(|| span!("work").in_scope(|| injected(&Context::current()))).names().join(",")
    };
    assert_eq!((names(&old), names(&new)), ("b3".to_owned(), "traceparent".to_owned()));
}

#[test]
fn the_trace_goes_out_without_the_baggage_where_that_is_asked_for() {
    let capture =
        Capture::with(builder([Propagator::TraceContext, Propagator::Baggage, Propagator::Jaeger]));
    let headers = capture.run(|| {
        let baggage = Baggage::default().with("tenant.id", "acme");
        Context::current().with_baggage(baggage).in_scope(|| {
            span!("work").in_scope(|| {
                let mut headers = Headers::default();
                propagation::inject_trace(&Context::current(), &mut headers);
                headers
            })
        })
    });
    assert_eq!(headers.names(), ["traceparent", "uber-trace-id"]);
}

#[test]
fn propagators_have_the_names_of_the_specification() {
    let names = ["tracecontext", "baggage", "b3", "b3multi", "jaeger"];
    let all: Vec<Propagator> = names.iter().map(|name| name.parse().unwrap()).collect();
    assert_eq!(Propagators::new(all.clone()).to_string(), names.join(","));
    assert_eq!(Propagators::new(all.iter().chain(&all).cloned()).iter().count(), 5, "each once");
    assert_eq!(Propagators::default().to_string(), "tracecontext,baggage");
    assert_eq!(Propagators::none().to_string(), "none");
    assert!("xray".parse::<Propagator>().is_err());
}
