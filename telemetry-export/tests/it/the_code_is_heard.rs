//! What a program says to the builder is what its pipeline does, where the environment says nothing.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use telemetry_core::propagation::{self, HeaderSet, Propagator, Propagators};
use telemetry_core::{
    Baggage, Batch, Context, CpuBudget, Limits, Receipt, Sampler, Signal, Sink, Tail, emit, span,
};
use telemetry_export::{Console, Telemetry, TelemetryBuilder};

use crate::support::{PATIENCE, SCOPE, Target};

/// Of a span its name, the number of its attributes and why it was kept.
type Told = (String, usize, Option<String>);

/// Keeps what it is told of spans.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Told>>>);

impl Sink for Spans {
    fn name(&self) -> &'static str {
        "spans"
    }

    fn accepts(&self, signal: Signal) -> bool {
        signal == Signal::Spans
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let told = batch.spans().map(|span| {
            let reason = span.attribute("telemetry.kept_because").map(|it| it.to_string());
            (span.name().to_owned(), span.attributes().count(), reason)
        });
        self.0.lock().unwrap().extend(told);
        Receipt::exported(batch)
    }
}

#[derive(Default)]
struct Names(Vec<String>);

impl HeaderSet for Names {
    fn set_header(&mut self, name: &str, _: &str) {
        self.0.push(name.to_owned());
    }
}

/// What can be seen of a program's settings.
#[derive(Debug, PartialEq)]
struct Seen {
    spans: Vec<Told>,
    events: u64,
    active: usize,
    tenant: bool,
    headers: Vec<String>,
    budget: bool,
    itself: bool,
    team: Option<String>,
}

/// What is seen of the same work.
fn seen(set: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Seen {
    let spans = Spans::default();
    let builder = Telemetry::builder().console(Console::None).variables::<&str, &str>([]);
    let telemetry = set(builder).sink(Box::new(spans.clone())).build().unwrap();
    let pipeline = telemetry.pipeline().unwrap();
    let orders = pipeline.meter(&SCOPE).counter("orders").build();
    let mut headers = Names::default();
    let active = pipeline.scoped(|| {
        let baggage = Baggage::default().with("tenant.id", "acme");
        Context::current().with_baggage(baggage).in_scope(|| {
            orders.add(1, &[]);
            emit!("order.placed");
            let mut failed = span!("fails", "one" = 1, "two" = 2).start();
            let active = failed.in_scope(|| {
                propagation::inject(&Context::current(), &mut headers);
                span!("within").in_scope(|| pipeline.active_spans().len())
            });
            failed.set_error("timeout");
            active
        })
    });
    assert!(telemetry.flush(PATIENCE));
    let metrics = telemetry.metrics();
    let team = pipeline.resource().attribute("team").map(|team| team.to_string());
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.complete && report.ledger.balances(), "{}", report.ledger);
    let mut spans = spans.0.lock().unwrap().split_off(0);
    spans.sort();
    Seen {
        spans,
        events: report.ledger.logs.accepted,
        active,
        tenant: metrics.sum("orders", &[("tenant.id", "acme")]) > 0.0,
        headers: headers.0,
        budget: metrics.metric("telemetry.detail.step").is_some(),
        itself: metrics.metric("otel.sdk.span.started").is_some(),
        team,
    }
}

fn spans(spans: &[(&str, usize, Option<&str>)]) -> Vec<Told> {
    let owned = |(name, count, reason): &(&str, usize, Option<&str>)| {
        ((*name).to_owned(), *count, reason.map(str::to_owned))
    };
    spans.iter().map(owned).collect()
}

fn by_default() -> Seen {
    Seen {
        spans: spans(&[("fails", 3, None), ("within", 0, None)]),
        events: 1,
        active: 1,
        tenant: false,
        headers: vec!["traceparent".to_owned(), "baggage".to_owned()],
        budget: false,
        itself: false,
        team: None,
    }
}

#[test]
fn nothing_said_means_the_defaults() {
    assert_eq!(seen(|builder| builder), by_default());
}

#[test]
fn each_setting_has_its_effect_and_no_other() {
    let tail = || Tail::default().slow(false).first(0).grace(Duration::ZERO);
    assert_eq!(
        seen(|builder| builder.sampler(Sampler::AlwaysOff)),
        Seen { spans: Vec::new(), ..by_default() }
    );
    let rescued = [("fails", 4, Some("error")), ("within", 1, Some("error"))];
    assert_eq!(
        seen(|builder| builder.sampler(Sampler::AlwaysOff).tail(tail())),
        Seen { spans: spans(&rescued), ..by_default() }
    );
    assert_eq!(
        seen(|builder| builder.event_sampler(Sampler::AlwaysOff)),
        Seen { events: 0, ..by_default() }
    );
    assert_eq!(
        seen(|builder| builder.limits(Limits::default().span_attributes(1))),
        Seen { spans: spans(&[("fails", 1, None), ("within", 0, None)]), ..by_default() }
    );
    assert_eq!(seen(|builder| builder.list_all_spans(true)), Seen { active: 2, ..by_default() });
    assert_eq!(
        seen(|builder| builder.baggage_labels(["tenant.id"])),
        Seen { tenant: true, ..by_default() }
    );
    assert_eq!(
        seen(|builder| builder.baggage_attributes(["tenant.id"])),
        Seen { spans: spans(&[("fails", 4, None), ("within", 1, None)]), ..by_default() }
    );
    assert_eq!(
        seen(|builder| builder.propagators(Propagators::new([Propagator::B3]))),
        Seen { headers: vec!["b3".to_owned()], ..by_default() }
    );
    let whole_core = CpuBudget::percent_of_a_core(100.0).unwrap();
    assert_eq!(
        seen(|builder| builder.cpu_budget(whole_core)),
        Seen { budget: true, ..by_default() }
    );
    assert_eq!(seen(|builder| builder.self_telemetry(true)), Seen { itself: true, ..by_default() });
    assert_eq!(
        seen(|builder| builder.resource_attribute("team", "desk")),
        Seen { team: Some("desk".to_owned()), ..by_default() }
    );
}

#[test]
fn a_file_and_its_service_are_named_by_the_code() {
    let target = Target::new("code");
    let telemetry = Telemetry::builder()
        .service_name("shop")
        .service_version("1.2.3")
        .environment("staging")
        .console(Console::None)
        .file(target.path())
        .variables::<&str, &str>([])
        .build()
        .unwrap();
    telemetry.pipeline().unwrap().scoped(|| span!("work").in_scope(|| ()));
    assert!(telemetry.shutdown(PATIENCE).complete);
    let lines = target.lines();
    assert_eq!((lines.len(), &lines[0]["name"]), (1, &"work".into()));
    for (key, value) in [
        ("service.name", "shop"),
        ("service.version", "1.2.3"),
        ("deployment.environment.name", "staging"),
    ] {
        assert_eq!(lines[0][key], value);
    }
}
