//! What mirrors show.

use std::io;

use telemetry_core::testing::Capture;
use telemetry_core::{Pipeline, Sampler, Scope, Span, SpanBuilder, SpanKind, Status, span};

use super::super::one;
use super::{mirroring, told, with, written};
use tracing_subscriber::fmt::format::FmtSpan;

#[test]
fn fmt_writes_native_spans_with_their_ids_before_what_is_logged_in_them() {
    let capture = mirroring();
    let text = written("info", FmtSpan::NONE, &capture, || {
        span!("order.place", "order.id" = 17, "shop" = "north").in_scope(|| {
            span!("stock.reserve").kind(SpanKind::Client).in_scope(|| {
                tracing::info!("reserved");
            });
        });
    });
    let (place, reserve) = (one(&capture, "order.place"), one(&capture, "stock.reserve"));
    let (trace, outer, inner) = (place.trace_id, place.span_id, reserve.span_id);
    let target = module_path!();
    assert_eq!(
        text,
        format!(
            " INFO telemetry.span{{otel.name=order.place trace_id={trace} span_id={outer} \
             attributes=order.id=17 shop=\"north\"}}:telemetry.span{{\
             otel.name=stock.reserve otel.kind=\"client\" trace_id={trace} span_id={inner}}}: \
             {target}: reserved\n"
        )
    );
    let event = &capture.events()[0];
    assert_eq!((event.trace_id, event.span_id), (Some(trace), Some(inner)));
    assert_eq!(capture.spans().len(), 2, "the bridge makes no doubles");
}

#[test]
fn a_directive_leaves_mirrors_out() {
    let capture = mirroring();
    let work = || span!("order.place").in_scope(|| tracing::info!("placed"));
    assert!(
        !written("info,telemetry::span=off", FmtSpan::NONE, &capture, work).contains("order.place")
    );
    assert!(written("info", FmtSpan::NONE, &capture, work).contains("order.place"));
    assert_eq!(capture.spans_named("order.place").len(), 2);
}

#[test]
fn without_the_option_nothing_is_mirrored() {
    // Others of the process may be.
    let (_other, capture) = (mirroring(), Capture::start());
    let (told, dispatch) = told();
    with(&dispatch, &capture, || span!("order.place").in_scope(|| ()));
    assert_eq!((told.names().len(), capture.spans().len()), (0, 1));
}

#[test]
fn what_sampling_leaves_out_is_mirrored_too() {
    let builder = Pipeline::builder().mirror_to_tracing(true).sampler(Sampler::AlwaysOff);
    let (capture, (told, dispatch)) = (Capture::with(builder), told());
    with(&dispatch, &capture, || span!("quiet", "order.id" = 17).in_scope(|| ()));
    told.assert_is_balanced();
    let quiet = told.one("quiet");
    assert_eq!(quiet.fields["attributes"], "order.id=17");
    assert!(quiet.late.is_empty(), "nobody keeps how it ends: {quiet:?}");
    assert!(capture.spans().is_empty());
    capture.assert_ledger_balances();
}

#[test]
fn how_a_span_ends_is_recorded_before_it_closes() {
    let (capture, (told, dispatch)) = (mirroring(), told());
    with(&dispatch, &capture, || {
        let mut span = span!("GET", "user_agent" = "curl", "attempt" = 1).start();
        span.set("http.response.status_code", 504);
        span.set("attempt", 2);
        span.set_name("GET /orders/{id}");
        span.in_scope(|| Span::current_set("cache", "miss"));
        span.fail(&io::Error::from(io::ErrorKind::TimedOut));
        span.end();
        let mut span = span!("checked").start();
        span.set_status(Status::Ok);
        span.end();
        let mut span = span!("refused").start();
        span.set_status(Status::Error("no stock".into()));
        span.end();
        span!("plain", "user_agent" = "curl").in_scope(|| ());
    });
    told.assert_is_balanced();
    let late = |name: &str| {
        let mut late: Vec<_> = told.one(name).late.into_iter().collect();
        late.sort();
        late
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<_> {
        pairs.iter().map(|(field, value)| ((*field).to_owned(), (*value).to_owned())).collect()
    };
    let expected = pairs(&[
        ("error.type", "timeout"),
        ("late_attributes", "http.response.status_code=504 attempt=2 cache=\"miss\""),
        ("otel.name", "GET /orders/{id}"),
        ("otel.status_code", "ERROR"),
    ]);
    assert_eq!(late("GET"), expected);
    assert_eq!(late("checked"), pairs(&[("otel.status_code", "OK")]));
    let expected = pairs(&[("otel.status_code", "ERROR"), ("otel.status_description", "no stock")]);
    assert_eq!(late("refused"), expected);
    assert_eq!(late("plain"), []);
    // The bridge takes none of it for its own.
    let native = one(&capture, "GET /orders/{id}");
    assert!(native.attribute("late_attributes").is_none());
    assert_eq!(capture.spans().len(), 4);
}

#[test]
fn secrets_are_taken_out_and_texts_are_bounded() {
    let capture = mirroring();
    let (key, password) = ("sk-live-4242424242424242", "hunter2");
    let text = written("trace", FmtSpan::CLOSE, &capture, || {
        let url = format!("postgres://app:{password}@db/shop");
        let long = "word ".repeat(2_000);
        span!("connect", "url" = url.as_str(), "api_key" = key, "password" = password)
            .in_scope(|| tracing::info!("connected"));
        span!("long", "long" = long.as_str()).in_scope(|| tracing::info!("long"));
        let name = format!("call with {key} {long}");
        SpanBuilder::new(&SCOPE, name.clone()).in_scope(|| tracing::info!("named"));
        let mut late = span!("late").start();
        late.set("url", format!("redis://:{password}@cache").as_str());
        late.set("password", password);
        late.set("long", long.as_str());
        late.set("error.type", format!("refused {key} {long}").as_str());
        late.set_status(Status::Error(format!("no access with {key} {long}").into()));
        late.set_name(name);
    });
    static SCOPE: Scope = Scope::new("mirroring", "");
    assert!(text.contains("connect") && text.contains("***@db/shop"), "{text}");
    assert!(!text.contains(key) && !text.contains(password), "{text}");
    assert!(text.contains("url=\"redis://***@cache\"") && text.contains("refused ***"), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3 + 4, "{text}");
    assert!(lines.iter().all(|line| line.len() < 3_000), "{text}");
}
