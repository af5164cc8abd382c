use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric, exemplar};
use telemetry_core::{Context, span};

use crate::support::{PATIENCE, Receiver, SCOPE, telemetry_to};

const CUMULATIVE: i32 = AggregationTemporality::Cumulative as i32;

/// The metric of the last push.
fn pushed(receiver: &Receiver, name: &str) -> Metric {
    let request = receiver.metrics().pop().expect("a push");
    let resources = request.resource_metrics.into_iter();
    let metrics = resources.flat_map(|resource| resource.scope_metrics);
    let mut metrics = metrics.flat_map(|scope| scope.metrics);
    metrics.find(|metric| metric.name == name).expect("the metric")
}

#[test]
fn exponential_histograms_and_exemplars_arrive_whole() {
    let receiver = Receiver::start([]);
    let telemetry = telemetry_to(&receiver.url(), &[]);
    let pipeline = telemetry.pipeline().unwrap();
    let meter = pipeline.meter(&SCOPE);
    let size = meter.histogram("size").unit("By").exponential().build();
    let orders = meter.counter("orders").build();
    let mut ids = None;
    pipeline.scoped(|| {
        span!("work").in_scope(|| {
            [1.0, 1.5, 1000.0, -2.0, 0.0].into_iter().for_each(|value| size.record(value, &[]));
            orders.add(3, &[]);
            let context = Context::current();
            let span = context.span_context().unwrap();
            ids = Some((span.trace_id().to_bytes(), span.span_id().to_bytes()));
        });
    });
    let point_here = telemetry.metrics().exponential_histogram("size", &[]).unwrap().clone();
    assert!(telemetry.shutdown(PATIENCE).complete);
    let Some(Data::ExponentialHistogram(size)) = pushed(&receiver, "size").data else {
        panic!("not an exponential histogram");
    };
    assert_eq!(size.aggregation_temporality, CUMULATIVE);
    let point = &size.data_points[0];
    assert_eq!((point.count, point.sum, point.zero_count), (5, Some(1000.5), 1));
    assert_eq!((point.scale, point.min, point.max), (3, Some(-2.0), Some(1000.0)));
    let (positive, negative) = (point.positive.as_ref().unwrap(), point.negative.as_ref().unwrap());
    // 1 is the upper bound of bucket -1, 1000 lies in (2^(79/8), 2^(80/8)].
    assert_eq!(positive.offset, -1);
    assert_eq!(positive.bucket_counts, point_here.positive.counts);
    assert_eq!(positive.bucket_counts.len(), 81);
    // 2 is the upper bound of bucket 7.
    assert_eq!((negative.offset, &negative.bucket_counts[..]), (7, &[1][..]));
    let ids = ids.unwrap();
    // One of each magnitude: 1 and 1.5 share one, and so do -2 and 0.
    assert_eq!(point.exemplars.len(), 3, "{:?}", point.exemplars);
    let Some(Data::Sum(orders)) = pushed(&receiver, "orders").data else {
        panic!("not a sum");
    };
    let exemplar = &orders.data_points[0].exemplars[0];
    assert_eq!((&exemplar.trace_id[..], &exemplar.span_id[..]), (&ids.0[..], &ids.1[..]));
    assert_eq!(exemplar.value, Some(exemplar::Value::AsInt(3)));
    assert!(exemplar.time_unix_nano > 0);
}

#[test]
fn a_histogram_has_its_extremes_and_the_trace_behind_each_bucket() {
    let receiver = Receiver::start([]);
    let telemetry = telemetry_to(&receiver.url(), &[]);
    let pipeline = telemetry.pipeline().unwrap();
    let duration = pipeline.meter(&SCOPE).histogram("d").buckets(&[1.0, 2.0]).build();
    pipeline.scoped(|| {
        span!("work").in_scope(|| [0.5, 3.0].map(|value| duration.record(value, &[])));
    });
    assert!(telemetry.shutdown(PATIENCE).complete);
    let Some(Data::Histogram(duration)) = pushed(&receiver, "d").data else {
        panic!("not a histogram");
    };
    let point = &duration.data_points[0];
    assert_eq!((point.min, point.max), (Some(0.5), Some(3.0)));
    let values: Vec<_> = point.exemplars.iter().map(|exemplar| exemplar.value).collect();
    let of = |value| Some(exemplar::Value::AsDouble(value));
    assert_eq!(values, [of(0.5), of(3.0)]);
}

#[test]
fn the_environment_switches_exemplars_off() {
    let receiver = Receiver::start([]);
    let telemetry =
        telemetry_to(&receiver.url(), &[("OTEL_METRICS_EXEMPLAR_FILTER", "always_off")]);
    let pipeline = telemetry.pipeline().unwrap();
    let orders = pipeline.meter(&SCOPE).counter("orders").build();
    pipeline.scoped(|| span!("work").in_scope(|| orders.add(1, &[])));
    assert!(telemetry.shutdown(PATIENCE).complete);
    let Some(Data::Sum(orders)) = pushed(&receiver, "orders").data else {
        panic!("not a sum");
    };
    assert_eq!(orders.data_points[0].exemplars, []);
}
