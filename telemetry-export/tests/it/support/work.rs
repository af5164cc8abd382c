use std::time::Duration;

use telemetry_core::{Event, Scope, Severity, SpanBuilder, SpanKind};
use telemetry_export::{Console, Telemetry};

pub(crate) static SCOPE: Scope = Scope::new("shop", "1.2.3");

/// Telemetry of a service called `shop`, with these variables as its whole environment, recording
/// only what is scoped to it.
pub(crate) fn build(variables: &[(&str, &str)]) -> Telemetry {
    Telemetry::builder()
        .service_name("shop")
        .service_version("1.2.3")
        .console(Console::None)
        .variables(variables.iter().copied())
        .build()
        .expect("telemetry starts")
}

/// The same, that sends everything to an OTLP receiver as soon as it comes.
pub(crate) fn telemetry_to(endpoint: &str, more: &[(&str, &str)]) -> Telemetry {
    let mut variables = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "50"),
    ];
    variables.extend(more);
    build(&variables)
}

/// A request with a query and an event, and what it measures: two spans, one log record, three
/// metrics.
pub(crate) fn work(telemetry: &Telemetry) {
    let pipeline = telemetry.pipeline().expect("telemetry is enabled");
    pipeline.scoped(|| {
        let mut root = SpanBuilder::new(&SCOPE, "GET /orders/{id}").kind(SpanKind::Server).start();
        root.set("http.response.status_code", 500);
        root.set("tags", telemetry_core::Value::StrArray(&["a", "b"]));
        root.in_scope(|| {
            let mut query =
                SpanBuilder::new(&SCOPE, "SELECT orders").kind(SpanKind::Client).start();
            query.set("db.response.returned_rows", 3);
            query.end();
            Event::new(&SCOPE, "order.failed")
                .severity(Severity::Error)
                .body("out of stock")
                .attribute("lines", 3)
                .emit();
        });
        root.set_error("500");
        root.end();
    });
    let meter = pipeline.meter(&SCOPE);
    meter.counter("orders").unit("{order}").build().add(2, &[("country", "fr".into())]);
    meter.up_down_counter("open").build().add(-1, &[]);
    let duration = meter.histogram("order.duration").unit("s").buckets(&[0.1, 1.0]).build();
    duration.record(0.5, &[]);
    duration.record(5.0, &[]);
}

/// Long enough for anything that ought to happen at once, on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
