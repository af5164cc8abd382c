use std::time::{Duration, Instant};

use telemetry_core::{SinkCounts, SpanBuilder};
use telemetry_export::Telemetry;

use crate::support::{PATIENCE, Receiver, Reply, Reserved, SCOPE, own_process, telemetry_to, work};

/// Only spans, so that each reply is for one of their requests.
const SPANS: [(&str, &str); 2] =
    [("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none")];

/// Sends spans, and only when so many are there: the clock, which a busy machine can make tick between
/// any two of them, has no say in what a request holds.
fn telemetry_to_by(endpoint: &str, count: usize, more: &[(&str, &str)]) -> Telemetry {
    let count = count.to_string();
    let batches =
        [("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", &*count)];
    telemetry_to(endpoint, &[&SPANS[..], &batches[..], more].concat())
}

fn spans(telemetry: &Telemetry, count: usize) {
    telemetry.pipeline().unwrap().scoped(|| {
        for _ in 0..count {
            SpanBuilder::new(&SCOPE, "work").root().start().end();
        }
    });
}

fn counts(exported: u64, rejected: u64, dropped: u64) -> (u64, u64, u64, u64) {
    (exported, rejected, dropped, 0)
}

fn of(spans: SinkCounts) -> (u64, u64, u64, u64) {
    (spans.exported, spans.rejected, spans.dropped, spans.queued)
}

/// A port where nobody listens, below those that are given out.
const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn what_a_receiver_puts_off_is_sent_again_and_nothing_is_lost() {
    for status in [429, 502, 503, 504] {
        let receiver = Receiver::start([Reply::status(status)]);
        let telemetry = telemetry_to_by(&receiver.url(), 10, &[]);
        spans(&telemetry, 10);
        let requests = receiver.wait_for(2);
        assert_eq!(requests[0].body, requests[1].body);
        // Half a second at the least: a second, half of it random.
        assert!(requests[1].at - requests[0].at >= Duration::from_millis(450));
        let report = telemetry.shutdown(PATIENCE);
        assert_eq!(of(report.ledger.sinks[0].spans), counts(10, 0, 0), "{status}");
        assert!(report.ledger.balances());
    }
}

#[test]
fn what_a_receiver_refuses_is_counted_and_not_sent_again() {
    for status in [400, 401, 404, 413, 500] {
        let receiver = Receiver::start([Reply::status(status)]);
        let telemetry = telemetry_to_by(&receiver.url(), 7, &[]);
        spans(&telemetry, 7);
        receiver.wait_for(1);
        spans(&telemetry, 7);
        receiver.wait_for(2);
        let report = telemetry.shutdown(PATIENCE);
        assert_eq!(of(report.ledger.sinks[0].spans), counts(7, 7, 0), "{status}");
        assert_eq!(receiver.requests().len(), 2);
        assert!(report.ledger.balances());
    }
}

#[test]
fn a_redirection_is_not_followed_with_what_is_secret() {
    let elsewhere = Receiver::start([]);
    let mut reply = Reply::status(307);
    reply.headers = Box::leak(format!("location: {}\r\n", elsewhere.url()).into_boxed_str());
    let receiver = Receiver::start([reply]);
    let telemetry = telemetry_to_by(&receiver.url(), 1, &[]);
    spans(&telemetry, 1);
    receiver.wait_for(1);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(of(report.ledger.sinks[0].spans), counts(0, 1, 0));
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn what_a_receiver_takes_only_in_part_is_counted_as_refused_for_the_rest() {
    let mut reply = Reply::status(200);
    // ExportTraceServiceResponse { partial_success { rejected_spans: 4, error_message: "no" } }
    reply.body = vec![0x0a, 0x06, 0x08, 0x04, 0x12, 0x02, b'n', b'o'];
    let receiver = Receiver::start([reply]);
    let telemetry = telemetry_to_by(&receiver.url(), 10, &[]);
    spans(&telemetry, 10);
    receiver.wait_for(1);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(of(report.ledger.sinks[0].spans), counts(6, 4, 0));
    assert!(report.ledger.balances());
}

#[test]
fn a_receiver_that_says_when_to_come_again_is_heard() {
    let mut reply = Reply::status(503);
    reply.headers = "retry-after: 3\r\n";
    let receiver = Receiver::start([reply]);
    let telemetry = telemetry_to_by(&receiver.url(), 1, &[]);
    spans(&telemetry, 1);
    let requests = receiver.wait_for(2);
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(3));
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(of(report.ledger.sinks[0].spans), counts(1, 0, 0));
}

#[test]
fn after_three_attempts_records_are_dropped_and_counted_and_the_next_ones_are_sent() {
    let receiver = Receiver::start([503, 503, 503].map(Reply::status));
    let telemetry = telemetry_to_by(&receiver.url(), 5, &[]);
    spans(&telemetry, 5);
    receiver.wait_for(3);
    spans(&telemetry, 5);
    let requests = receiver.wait_for(4);
    assert_ne!(requests[3].body, requests[2].body);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(of(report.ledger.sinks[0].spans), counts(5, 0, 5));
    assert!(report.ledger.balances());
}

#[test]
fn nobody_listening_costs_records_that_are_counted_and_nothing_else() {
    let telemetry = telemetry_to(NOWHERE, &[]);
    work(&telemetry);
    let began = Instant::now();
    while telemetry.ledger().sinks[0].spans.dropped < 2 {
        assert!(began.elapsed() < PATIENCE, "{}", telemetry.ledger());
        std::thread::sleep(Duration::from_millis(20));
    }
    work(&telemetry);
    let began = Instant::now();
    let report = telemetry.shutdown(Duration::from_secs(300));
    // It is known to be away, so it is asked once.
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    assert!(report.complete);
    let sink = &report.ledger.sinks[0];
    assert_eq!(of(sink.spans), counts(0, 0, 4));
    assert_eq!(of(sink.logs), counts(0, 0, 2));
    assert_eq!(sink.points.dropped, 3);
    assert!(report.ledger.balances());
}

#[test]
fn an_unreachable_receiver_gets_one_line_and_another_when_it_is_back() {
    let run = own_process(
        "otlp_survives_its_receiver::an_unreachable_receiver_gets_one_line_and_another_when_it_is_back",
        &[],
        || {
            let away = Reserved::new();
            let telemetry = telemetry_to(&away.url(), &[]);
            let began = Instant::now();
            // More than once, so that a second line had its chance.
            while telemetry.ledger().sinks[0].spans.dropped < 6 {
                assert!(began.elapsed() < PATIENCE, "{}", telemetry.ledger());
                work(&telemetry);
                std::thread::sleep(Duration::from_millis(500));
            }
            let back = away.start();
            let began = Instant::now();
            while back.traces().is_empty() {
                assert!(began.elapsed() < PATIENCE, "{}", telemetry.ledger());
                work(&telemetry);
                std::thread::sleep(Duration::from_millis(100));
            }
            assert!(telemetry.shutdown(PATIENCE).ledger.balances());
        },
    );
    let run = run.finish();
    let said = run.said();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].starts_with("otlp http://127.0.0.1:")
            && said[0].ends_with(
                ": cannot be reached: connection refused; what cannot be sent is dropped and counted until it is back"
            ),
        "{said:?}"
    );
    assert!(said[1].contains(": back, ") && said[1].ends_with(" lost"), "{said:?}");
}

#[test]
fn a_receiver_that_hangs_does_not_hold_up_a_shutdown_beyond_its_time() {
    let mut reply = Reply::status(200);
    reply.after = Duration::from_secs(60);
    let receiver = Receiver::start([reply.clone(), reply]);
    let telemetry = telemetry_to_by(&receiver.url(), 5, &[]);
    spans(&telemetry, 5);
    receiver.wait_for(1);
    let began = Instant::now();
    let report = telemetry.shutdown(Duration::from_secs(1));
    // Long before the answer that it was waiting for.
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    assert!(!report.complete);
    assert_eq!(report.ledger.sinks[0].spans.queued, 5);
    assert!(report.ledger.balances(), "{}", report.ledger);
}

#[test]
fn an_endpoint_that_hangs_takes_no_time_from_the_others_at_the_end() {
    for (path, received) in
        [("/v1/traces", (0, 1, true)), ("/v1/logs", (2, 0, true)), ("/v1/metrics", (2, 1, false))]
    {
        let receiver = Receiver::that_hangs_at(path);
        let delays =
            [("OTEL_BSP_SCHEDULE_DELAY", "3600000"), ("OTEL_BLRP_SCHEDULE_DELAY", "3600000")];
        let telemetry = telemetry_to(&receiver.url(), &delays);
        work(&telemetry);
        telemetry.shutdown(Duration::from_secs(2));
        // The sink may tell a moment later, on a machine that does much else.
        let began = Instant::now();
        while telemetry.ledger().sinks[0].spans.queued > 0 {
            assert!(began.elapsed() < PATIENCE, "{}", telemetry.ledger());
            std::thread::sleep(Duration::from_millis(20));
        }
        let ledger = telemetry.ledger();
        let sink = &ledger.sinks[0];
        let points = sink.points.exported > 0;
        assert_eq!((sink.spans.exported, sink.logs.exported, points), received, "{sink:?}");
        assert!(ledger.balances(), "{ledger}");
    }
}

#[test]
fn a_request_takes_no_longer_than_its_timeout() {
    let mut reply = Reply::status(200);
    reply.after = Duration::from_secs(60);
    let receiver = Receiver::start([reply]);
    let timeout = [("OTEL_EXPORTER_OTLP_TIMEOUT", "2000")];
    let telemetry = telemetry_to_by(&receiver.url(), 5, &timeout);
    spans(&telemetry, 5);
    // The second attempt, a second or so later, is answered.
    receiver.wait_for(2);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(of(report.ledger.sinks[0].spans), counts(5, 0, 0));
}

#[test]
fn what_waits_is_bounded_and_what_has_no_room_is_counted() {
    let mut reply = Reply::status(503);
    // Time enough for the next ones to come meanwhile, on a machine that does much else.
    reply.headers = "retry-after: 10\r\n";
    let receiver = Receiver::start([reply]);
    let queue = [("OTEL_BSP_MAX_QUEUE_SIZE", "50")];
    let telemetry = telemetry_to_by(&receiver.url(), 50, &queue);
    spans(&telemetry, 50);
    receiver.wait_for(1);
    spans(&telemetry, 30);
    receiver.wait_for(2);
    let report = telemetry.shutdown(PATIENCE);
    assert_eq!(of(report.ledger.sinks[0].spans), counts(50, 0, 30));
    assert!(report.ledger.balances());
}

#[test]
fn metrics_that_could_not_be_sent_are_made_up_for_by_the_next_push() {
    let receiver = Receiver::start([400, 503].map(Reply::status));
    let preference = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
    let variables =
        [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none"), (preference, "delta")];
    let telemetry = telemetry_to(&receiver.url(), &variables);
    let orders = telemetry.pipeline().unwrap().meter(&SCOPE).counter("orders").build();
    // Refused for good: it isn't sent again. Put off: it is in the next sum.
    for (amount, requests) in [(1, 1), (2, 2), (4, 3)] {
        orders.add(amount, &[]);
        let _ = telemetry.flush(Duration::from_millis(400));
        // Those that a flush leaves are sent again, a second or so later.
        receiver.wait_for(requests);
    }
    let report = telemetry.shutdown(PATIENCE);
    let points = report.ledger.sinks[0].points;
    assert_eq!((points.rejected, points.dropped), (1, 0));
    assert!(report.ledger.balances());
    let taken: Vec<i64> = receiver.metrics().iter().map(integer).collect();
    assert_eq!(taken.iter().sum::<i64>(), 6, "{taken:?}");
}

/// The value of the only point.
fn integer(
    request: &opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest,
) -> i64 {
    use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point::Value};
    let metric = &request.resource_metrics[0].scope_metrics[0].metrics[0];
    match &metric.data {
        Some(Data::Sum(sum)) => match sum.data_points[0].value {
            Some(Value::AsInt(value)) => value,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}
