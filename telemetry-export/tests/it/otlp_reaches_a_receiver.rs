use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric, number_data_point};
use telemetry_core::SpanBuilder;

use telemetry_export::Telemetry;

use crate::support::{self, PATIENCE, Receiver, SCOPE, build, work};

/// Sends when it is flushed, or when there is enough: the clock, which a busy machine can make tick between
/// any two records, has no say in what a request holds.
fn telemetry_to(endpoint: &str, variables: &[(&str, &str)]) -> Telemetry {
    let delays = [("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_BLRP_SCHEDULE_DELAY", "3600000")];
    support::telemetry_to(endpoint, &[&delays[..], variables].concat())
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> &'a Any {
    let found = attributes.iter().find(|attribute| attribute.key == key);
    let value = found.unwrap_or_else(|| panic!("no {key} in {attributes:?}"));
    value.value.as_ref().and_then(|value| value.value.as_ref()).expect("a value")
}

fn text(text: &str) -> Any {
    Any::StringValue(text.to_owned())
}

#[test]
fn spans_arrive_with_their_ids_kinds_times_status_and_resource() {
    let receiver = Receiver::start([]);
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,team=desk")];
    let telemetry = telemetry_to(&receiver.url(), &variables);
    work(&telemetry);
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.complete && report.ledger.balances(), "{}", report.ledger);
    assert_eq!(report.ledger.sinks[0].spans.exported, 2);

    let requests = receiver.traces();
    assert_eq!(requests.len(), 1);
    let [resource] = &requests[0].resource_spans[..] else {
        panic!("not one resource: {requests:?}");
    };
    let about = &resource.resource.as_ref().unwrap().attributes;
    for (key, value) in [
        ("service.name", text("shop")),
        ("service.version", text("1.2.3")),
        ("deployment.environment.name", text("test")),
        ("team", text("desk")),
        ("telemetry.sdk.language", text("rust")),
        ("process.pid", Any::IntValue(i64::from(std::process::id()))),
    ] {
        assert_eq!(*attribute(about, key), value, "{key}");
    }
    let [scope] = &resource.scope_spans[..] else {
        panic!("not one scope: {resource:?}");
    };
    let library = scope.scope.as_ref().unwrap();
    assert_eq!((library.name.as_str(), library.version.as_str()), ("shop", "1.2.3"));
    let named = |name| scope.spans.iter().find(|span| span.name == name).unwrap();
    let (root, query) = (named("GET /orders/{id}"), named("SELECT orders"));
    assert_eq!((root.kind, query.kind), (2, 3));
    assert_eq!((root.trace_id.len(), root.span_id.len()), (16, 8));
    assert_eq!(root.trace_id, query.trace_id);
    assert_eq!(query.parent_span_id, root.span_id);
    assert!(root.parent_span_id.is_empty());
    assert!(root.start_time_unix_nano <= query.start_time_unix_nano);
    assert!(query.end_time_unix_nano <= root.end_time_unix_nano);
    assert_eq!(root.status.as_ref().unwrap().code, 2);
    assert_eq!(*attribute(&root.attributes, "http.response.status_code"), Any::IntValue(500));
    let Any::ArrayValue(tags) = attribute(&root.attributes, "tags") else {
        panic!("not a list");
    };
    let tags: Vec<_> = tags.values.iter().map(|tag| tag.value.clone().unwrap()).collect();
    assert_eq!(tags, [text("a"), text("b")]);
}

#[test]
fn what_happened_within_a_span_arrives_with_it() {
    let receiver = Receiver::start([]);
    let telemetry = telemetry_to(&receiver.url(), &[("OTEL_SPAN_EVENT_COUNT_LIMIT", "1")]);
    telemetry.pipeline().unwrap().scoped(|| {
        let mut span = SpanBuilder::new(&SCOPE, "work").start();
        span.set("own", true);
        span.add_event("cache.miss", &[("key", "price".into())]);
        span.add_event("one too many", &[]);
        span.set_error("timeout");
        span.end();
    });
    assert!(telemetry.shutdown(PATIENCE).complete);
    let traces = receiver.traces();
    let span = &traces[0].resource_spans[0].scope_spans[0].spans[0];
    assert_eq!((span.events.len(), span.dropped_events_count), (1, 1));
    let event = &span.events[0];
    assert_eq!((event.name.as_str(), event.dropped_attributes_count), ("cache.miss", 0));
    assert_eq!(*attribute(&event.attributes, "key"), text("price"));
    assert!((span.start_time_unix_nano..=span.end_time_unix_nano).contains(&event.time_unix_nano));
    assert_eq!(*attribute(&span.attributes, "own"), Any::BoolValue(true));
    assert_eq!(span.status.as_ref().unwrap().code, 2);
}

#[test]
fn events_arrive_correlated() {
    let receiver = Receiver::start([]);
    let telemetry = telemetry_to(&receiver.url(), &[]);
    work(&telemetry);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(report.ledger.sinks[0].logs.exported, 1);
    let requests = receiver.logs();
    let log = &requests[0].resource_logs[0].scope_logs[0].log_records[0];
    assert_eq!((log.event_name.as_str(), log.severity_number), ("order.failed", 17));
    let body = AnyValue { value: Some(text("out of stock")) };
    assert_eq!(log.body, Some(body));
    assert_eq!(*attribute(&log.attributes, "lines"), Any::IntValue(3));
    let traces = receiver.traces();
    let spans = &traces[0].resource_spans[0].scope_spans[0].spans;
    let root = spans.iter().find(|span| span.parent_span_id.is_empty()).unwrap();
    assert_eq!((&log.trace_id, &log.span_id), (&root.trace_id, &root.span_id));
}

/// The metrics of the last push, by name.
fn pushed(receiver: &Receiver, name: &str) -> Metric {
    let last = receiver.metrics().pop().expect("a push");
    let scopes = last.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    let mut metrics = scopes.flat_map(|scope| scope.metrics);
    metrics.find(|metric| metric.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn has(receiver: &Receiver, name: &str) -> bool {
    let last = receiver.metrics().pop().expect("a push");
    let scopes = last.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).any(|metric| metric.name == name)
}

fn sum(receiver: &Receiver, name: &str) -> (i64, i32, u64, u64) {
    let Some(Data::Sum(sum)) = pushed(receiver, name).data else {
        panic!("not a sum");
    };
    let point = &sum.data_points[0];
    let Some(number_data_point::Value::AsInt(value)) = point.value else {
        panic!("not an integer");
    };
    (value, sum.aggregation_temporality, point.start_time_unix_nano, point.time_unix_nano)
}

const DELTA: i32 = AggregationTemporality::Delta as i32;
const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

#[test]
fn metrics_arrive_as_sums_since_the_start() {
    let receiver = Receiver::start([]);
    let telemetry = telemetry_to(&receiver.url(), &[]);
    work(&telemetry);
    assert!(telemetry.flush(PATIENCE));
    work(&telemetry);
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.ledger.balances(), "{}", report.ledger);
    assert_eq!(report.ledger.sinks[0].points.exported, 6);
    let (value, temporality, start, time) = sum(&receiver, "orders");
    assert_eq!((value, temporality), (4, CUMULATIVE));
    assert!(0 < start && start < time);
    let orders = pushed(&receiver, "orders");
    assert_eq!(orders.unit, "{order}");
    let Some(Data::Sum(orders)) = orders.data else {
        panic!("not a sum");
    };
    assert!(orders.is_monotonic);
    assert_eq!(*attribute(&orders.data_points[0].attributes, "country"), text("fr"));
    assert_eq!(sum(&receiver, "open").0, -2);
    let Some(Data::Histogram(duration)) = pushed(&receiver, "order.duration").data else {
        panic!("not a histogram");
    };
    let point = &duration.data_points[0];
    assert_eq!((point.count, point.sum), (4, Some(11.0)));
    assert_eq!(point.bucket_counts, [0, 2, 2]);
    assert_eq!(point.explicit_bounds, [0.1, 1.0]);
    assert_eq!(duration.aggregation_temporality, CUMULATIVE);
}

#[test]
fn deltas_hold_what_was_added_since_the_last_push() {
    let receiver = Receiver::start([]);
    let preference = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    let telemetry = telemetry_to(&receiver.url(), &[(preference, "delta")]);
    work(&telemetry);
    assert!(telemetry.flush(PATIENCE));
    let first = sum(&receiver, "orders");
    assert_eq!((first.0, first.1), (2, DELTA));

    // Nothing has happened to the counter and the histogram; the up-down counter says where it is.
    assert!(telemetry.flush(PATIENCE));
    assert!(!has(&receiver, "orders") && !has(&receiver, "order.duration"));
    assert_eq!(sum(&receiver, "open").1, CUMULATIVE);

    let pipeline = telemetry.pipeline().unwrap();
    let meter = pipeline.meter(&SCOPE);
    meter.counter("orders").unit("{order}").build().add(5, &[("country", "fr".into())]);
    let duration = meter.histogram("order.duration").unit("s").buckets(&[0.1, 1.0]);
    duration.build().record(0.25, &[]);
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.ledger.balances());
    let last = sum(&receiver, "orders");
    assert_eq!(last.0, 5);
    // Periods follow each other without a gap; the one in between had nothing of it.
    assert!(first.3 <= last.2 && last.2 < last.3);
    let Some(Data::Histogram(duration)) = pushed(&receiver, "order.duration").data else {
        panic!("not a histogram");
    };
    let point = &duration.data_points[0];
    assert_eq!((point.count, point.sum, &point.bucket_counts[..]), (1, Some(0.25), &[0, 1, 0][..]));
}

#[test]
fn requests_carry_the_headers_and_are_compressed_when_asked() {
    let receiver = Receiver::start([]);
    let variables = [
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-team=desk%201,Authorization=Bearer abc"),
        ("OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "none"),
    ];
    let telemetry = telemetry_to(&receiver.url(), &variables);
    work(&telemetry);
    assert!(telemetry.shutdown(PATIENCE).complete);
    assert_eq!(receiver.span_count(), 2);
    assert_eq!((receiver.logs().len(), receiver.metrics().len()), (1, 1));
    for request in receiver.requests() {
        let header = |name: &str| request.headers.get(name).map(String::as_str);
        assert_eq!(header("content-type"), Some("application/x-protobuf"));
        assert_eq!(header("x-team"), Some("desk 1"));
        assert_eq!(header("authorization"), Some("Bearer abc"));
        assert!(header("user-agent").unwrap().starts_with("telemetry-export-rust/"));
        let encoding = (request.path != "/v1/logs").then_some("gzip");
        assert_eq!(header("content-encoding"), encoding, "{}", request.path);
    }
}

#[test]
fn signals_with_endpoints_of_their_own_go_there() {
    let (all, logs) = (Receiver::start([]), Receiver::start([]));
    let own = format!("{}/custom", logs.url());
    let own = own.replace("http://", "http://me:word@");
    let telemetry = telemetry_to(&all.url(), &[("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &own)]);
    work(&telemetry);
    let report = telemetry.shutdown(PATIENCE);
    let names: Vec<_> = report.ledger.sinks.iter().map(|sink| sink.name).collect();
    assert_eq!(names, ["otlp", "otlp"]);
    assert!(report.ledger.balances());
    let paths = |receiver: &Receiver| {
        let mut paths: Vec<_> =
            receiver.requests().into_iter().map(|request| request.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(&all), ["/v1/metrics", "/v1/traces"]);
    assert_eq!(paths(&logs), ["/custom"]);
    // `printf me:word | base64`
    assert_eq!(logs.requests()[0].headers["authorization"], "Basic bWU6d29yZA==");
    assert_eq!(all.requests()[0].headers.get("authorization"), None);
}

#[test]
fn requests_are_as_large_as_was_said_and_do_not_wait_when_they_are_full() {
    let receiver = Receiver::start([]);
    let variables = [
        ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "100"),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    let telemetry = telemetry_to(&receiver.url(), &variables);
    telemetry.pipeline().unwrap().scoped(|| {
        for _ in 0..1050 {
            SpanBuilder::new(&SCOPE, "work").root().start().end();
        }
    });
    // The fifty that are left wait for others, an hour if need be.
    receiver.wait_for(10);
    assert_eq!(receiver.span_count(), 1000);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(report.ledger.sinks[0].spans.exported, 1050);
    let sizes = receiver
        .traces()
        .into_iter()
        .map(|request| request.resource_spans[0].scope_spans[0].spans.len());
    assert_eq!(sizes.collect::<Vec<_>>(), [[100; 10].as_slice(), &[50]].concat());
}

#[test]
fn a_record_waits_no_longer_than_the_delay() {
    let receiver = Receiver::start([]);
    let telemetry =
        support::telemetry_to(&receiver.url(), &[("OTEL_METRIC_EXPORT_INTERVAL", "100")]);
    work(&telemetry);
    // Spans, logs and metrics, without a flush; of the last there may be several by then.
    receiver.wait_until(|requests| {
        let came = |path: &str| requests.iter().any(|request| request.path == path);
        ["/v1/traces", "/v1/logs", "/v1/metrics"].into_iter().all(came)
    });
    assert!(telemetry.shutdown(PATIENCE).ledger.balances());
}

#[test]
fn without_an_endpoint_nothing_is_sent_and_no_port_is_bound() {
    let telemetry = build(&[]);
    let ledger = telemetry.ledger();
    assert!(ledger.sinks.is_empty(), "{ledger}");
    work(&telemetry);
    let report = telemetry.shutdown(PATIENCE);
    assert!(report.complete && report.ledger.balances());
}
