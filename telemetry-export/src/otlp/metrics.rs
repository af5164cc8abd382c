use std::ptr;

use telemetry_core::{
    AttributeSet, Exemplar, ExponentialBuckets, ExponentialHistogramPoint, HistogramPoint, Metric,
    MetricData, MetricSnapshot, Number, NumberPoint, Scope, SummaryPoint, Temporality, Value,
};

use super::gathering::scope_message;
use super::proto::{
    put_bytes, put_f64, put_fixed64, put_message, put_packed, put_packed_varints, put_text,
    put_uint, zigzag,
};

const DELTA: u64 = 1;
const CUMULATIVE: u64 = 2;

/// Encodes metrics as the body of a request (`ExportMetricsServiceRequest`), and says how many points
/// it has. Up-down counters count from the start in a snapshot of deltas too.
pub(super) fn encode(snapshot: &MetricSnapshot, resource: &[u8]) -> (Vec<u8>, u64) {
    let encoder = Encoder { snapshot };
    let mut by_scope: Vec<(&'static Scope, Vec<u8>)> = Vec::new();
    let mut points = 0;
    for metric in &snapshot.metrics {
        let Some(message) = encoder.metric(metric) else {
            continue;
        };
        points += metric.data.points() as u64;
        match by_scope.iter_mut().find(|(scope, _)| ptr::eq(*scope, metric.scope)) {
            Some((_, metrics)) => put_bytes(metrics, 2, &message),
            None => {
                let mut metrics = Vec::new();
                put_bytes(&mut metrics, 2, &message);
                by_scope.push((metric.scope, metrics));
            }
        }
    }
    let mut body = Vec::new();
    put_message(&mut body, 1, |resource_metrics| {
        put_bytes(resource_metrics, 1, resource);
        for (scope, metrics) in by_scope {
            put_message(resource_metrics, 2, |scope_metrics| {
                put_bytes(scope_metrics, 1, &scope_message(scope));
                scope_metrics.extend_from_slice(&metrics);
            });
        }
    });
    (body, points)
}

struct Encoder<'a> {
    snapshot: &'a MetricSnapshot,
}

impl Encoder<'_> {
    /// A `Metric` message; none without points.
    fn metric(&self, metric: &Metric) -> Option<Vec<u8>> {
        if metric.data.points() == 0 {
            return None;
        }
        let mut data = Vec::new();
        let field = match &metric.data {
            MetricData::Gauge { points } => {
                points.iter().for_each(|point| self.number(&mut data, point, false));
                5
            }
            MetricData::Sum { monotonic, points } => {
                points.iter().for_each(|point| self.number(&mut data, point, true));
                put_uint(&mut data, 2, if *monotonic { self.temporality() } else { CUMULATIVE });
                put_uint(&mut data, 3, u64::from(*monotonic));
                7
            }
            MetricData::Histogram { points, .. } => {
                points.iter().for_each(|point| self.histogram(&mut data, point));
                put_uint(&mut data, 2, self.temporality());
                9
            }
            MetricData::ExponentialHistogram { points } => {
                points.iter().for_each(|point| self.exponential(&mut data, point));
                put_uint(&mut data, 2, self.temporality());
                10
            }
            MetricData::Summary { points } => {
                points.iter().for_each(|point| self.summary(&mut data, point));
                11
            }
            _ => return None,
        };
        let mut message = Vec::new();
        put_text(&mut message, 1, &metric.name);
        put_text(&mut message, 2, &metric.description);
        put_text(&mut message, 3, &metric.unit);
        put_bytes(&mut message, field, &data);
        Some(message)
    }

    fn temporality(&self) -> u64 {
        match self.snapshot.temporality {
            Temporality::Delta => DELTA,
            Temporality::Cumulative => CUMULATIVE,
        }
    }

    /// A `NumberDataPoint`.
    fn number(&self, data: &mut Vec<u8>, point: &NumberPoint, has_start: bool) {
        put_message(data, 1, |message| {
            if has_start {
                put_fixed64(message, 2, point.start_unix_nanos);
            }
            put_fixed64(message, 3, self.snapshot.time_unix_nanos);
            match point.value {
                Number::F64(value) => put_f64(message, 4, value),
                Number::I64(value) => put_fixed64(message, 6, value as u64),
            }
            put_exemplars(message, 5, &point.exemplars);
            put_attributes(message, 7, &point.attributes);
        });
    }

    /// A `HistogramDataPoint`.
    fn histogram(&self, data: &mut Vec<u8>, point: &HistogramPoint) {
        put_message(data, 1, |message| {
            put_fixed64(message, 2, point.start_unix_nanos);
            put_fixed64(message, 3, self.snapshot.time_unix_nanos);
            put_fixed64(message, 4, point.count());
            put_f64(message, 5, point.sum);
            put_packed(message, 6, point.buckets.iter().copied());
            put_packed(message, 7, point.bounds.iter().map(|bound| bound.to_bits()));
            put_exemplars(message, 8, &point.exemplars);
            put_attributes(message, 9, &point.attributes);
            point.min.into_iter().for_each(|min| put_f64(message, 11, min));
            point.max.into_iter().for_each(|max| put_f64(message, 12, max));
        });
    }

    /// A `SummaryDataPoint`.
    fn summary(&self, data: &mut Vec<u8>, point: &SummaryPoint) {
        put_message(data, 1, |message| {
            put_fixed64(message, 2, point.start_unix_nanos);
            put_fixed64(message, 3, self.snapshot.time_unix_nanos);
            put_fixed64(message, 4, point.count);
            put_f64(message, 5, point.sum);
            for known in &point.quantiles {
                put_message(message, 6, |message| {
                    put_f64(message, 1, known.quantile);
                    put_f64(message, 2, known.value);
                });
            }
            put_attributes(message, 7, &point.attributes);
        });
    }

    /// An `ExponentialHistogramDataPoint`.
    fn exponential(&self, data: &mut Vec<u8>, point: &ExponentialHistogramPoint) {
        put_message(data, 1, |message| {
            put_attributes(message, 1, &point.attributes);
            put_fixed64(message, 2, point.start_unix_nanos);
            put_fixed64(message, 3, self.snapshot.time_unix_nanos);
            put_fixed64(message, 4, point.count());
            put_f64(message, 5, point.sum);
            put_uint(message, 6, zigzag(point.scale));
            put_fixed64(message, 7, point.zero_count);
            put_buckets(message, 8, &point.positive);
            put_buckets(message, 9, &point.negative);
            put_exemplars(message, 11, &point.exemplars);
            point.min.into_iter().for_each(|min| put_f64(message, 12, min));
            point.max.into_iter().for_each(|max| put_f64(message, 13, max));
        });
    }
}

/// An `ExponentialHistogramDataPoint.Buckets`.
fn put_buckets(out: &mut Vec<u8>, field: u32, buckets: &ExponentialBuckets) {
    if !buckets.counts.is_empty() {
        put_message(out, field, |message| {
            put_uint(message, 1, zigzag(buckets.offset));
            put_packed_varints(message, 2, &buckets.counts);
        });
    }
}

/// `Exemplar` messages.
fn put_exemplars(out: &mut Vec<u8>, field: u32, exemplars: &[Exemplar]) {
    for exemplar in exemplars {
        put_message(out, field, |message| {
            put_fixed64(message, 2, exemplar.time_unix_nanos);
            match exemplar.value {
                Number::F64(value) => put_f64(message, 3, value),
                Number::I64(value) => put_fixed64(message, 6, value as u64),
            }
            if let Some(span_id) = exemplar.span_id {
                put_bytes(message, 4, &span_id.to_bytes());
            }
            if let Some(trace_id) = exemplar.trace_id {
                put_bytes(message, 5, &trace_id.to_bytes());
            }
        });
    }
}

/// `KeyValue` messages.
fn put_attributes(out: &mut Vec<u8>, field: u32, attributes: &AttributeSet) {
    for (key, value) in attributes {
        put_message(out, field, |message| {
            put_text(message, 1, key);
            put_message(message, 2, |any| put_any_value(any, value));
        });
    }
}

/// An `AnyValue` message.
fn put_any_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Str(text) => put_bytes(out, 1, text.as_bytes()),
        Value::Bool(value) => put_uint(out, 2, u64::from(value)),
        Value::I64(value) => put_uint(out, 3, value as u64),
        Value::F64(value) => put_f64(out, 4, value),
        Value::Bytes(bytes) => put_bytes(out, 7, bytes),
        // Lists stand in a set in the form of the wire already.
        Value::Encoded(message) => out.extend_from_slice(message),
        _ => {}
    }
}
