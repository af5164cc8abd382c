use std::collections::HashMap;
use std::ptr;

use telemetry_core::{
    AttributeSet, HistogramPoint, Metric, MetricData, MetricSnapshot, Number, NumberPoint, Scope,
    Value,
};

use super::gathering::scope_message;
use super::proto::{put_bytes, put_f64, put_fixed64, put_message, put_packed, put_text, put_uint};

const DELTA: u64 = 1;
const CUMULATIVE: u64 = 2;

/// Encodes metrics as the body of a request (`ExportMetricsServiceRequest`), and says how many points
/// it has.
///
/// Sums count from the start, or, with `since`, from that earlier snapshot: series that haven't
/// changed are left out then, and up-down counters still count from the start, as the specification's
/// delta preference has it.
pub(super) fn encode(
    snapshot: &MetricSnapshot,
    since: Option<&MetricSnapshot>,
    delta: bool,
    resource: &[u8],
) -> (Vec<u8>, u64) {
    let mut encoder = Encoder {
        snapshot,
        earlier: delta.then(|| Earlier::of(since)),
        since_unix_nanos: since.map_or(snapshot.start_unix_nanos, |since| since.time_unix_nanos),
        points: 0,
    };
    let mut by_scope: Vec<(&'static Scope, Vec<u8>)> = Vec::new();
    for metric in &snapshot.metrics {
        let Some(message) = encoder.metric(metric) else {
            continue;
        };
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
    (body, encoder.points)
}

struct Encoder<'a> {
    snapshot: &'a MetricSnapshot,
    /// What was sent before, for deltas.
    earlier: Option<Earlier<'a>>,
    since_unix_nanos: u64,
    points: u64,
}

/// The series of an earlier snapshot, to be found again.
#[derive(Default)]
struct Earlier<'a> {
    numbers: HashMap<SeriesKey<'a>, Number>,
    histograms: HashMap<SeriesKey<'a>, &'a HistogramPoint>,
}

/// A scope by its address, a name and the attributes.
type SeriesKey<'a> = (usize, &'a str, &'a AttributeSet);

fn key<'a>(metric: &'a Metric, attributes: &'a AttributeSet) -> SeriesKey<'a> {
    (ptr::from_ref(metric.scope).addr(), &metric.name, attributes)
}

impl<'a> Earlier<'a> {
    fn of(snapshot: Option<&'a MetricSnapshot>) -> Self {
        let mut earlier = Self::default();
        for metric in snapshot.into_iter().flat_map(|snapshot| &snapshot.metrics) {
            match &metric.data {
                MetricData::Sum { monotonic: true, points } => {
                    let points = points.iter();
                    let values = points.map(|point| (key(metric, &point.attributes), point.value));
                    earlier.numbers.extend(values);
                }
                MetricData::Histogram { points, .. } => {
                    let points = points.iter();
                    let values = points.map(|point| (key(metric, &point.attributes), point));
                    earlier.histograms.extend(values);
                }
                _ => {}
            }
        }
        earlier
    }
}

impl Encoder<'_> {
    /// A `Metric` message; none without points.
    fn metric(&mut self, metric: &Metric) -> Option<Vec<u8>> {
        let before = self.points;
        let mut data = Vec::new();
        let field = match &metric.data {
            MetricData::Gauge { points } => {
                for point in points {
                    self.number(&mut data, point, point.value, None);
                }
                5
            }
            MetricData::Sum { monotonic, points } => {
                let temporality = self.sum(&mut data, metric, *monotonic, points);
                put_uint(&mut data, 2, temporality);
                put_uint(&mut data, 3, u64::from(*monotonic));
                7
            }
            MetricData::Histogram { bounds, points } => {
                for point in points {
                    self.histogram(&mut data, metric, bounds, point);
                }
                let is_delta = self.earlier.is_some();
                put_uint(&mut data, 2, if is_delta { DELTA } else { CUMULATIVE });
                9
            }
            _ => return None,
        };
        if self.points == before {
            return None;
        }
        let mut message = Vec::new();
        put_text(&mut message, 1, &metric.name);
        put_text(&mut message, 2, &metric.description);
        put_text(&mut message, 3, &metric.unit);
        put_bytes(&mut message, field, &data);
        Some(message)
    }

    /// The points of a sum; gives its temporality.
    fn sum(
        &mut self,
        data: &mut Vec<u8>,
        metric: &Metric,
        monotonic: bool,
        points: &[NumberPoint],
    ) -> u64 {
        let Some(earlier) = self.earlier.as_ref().filter(|_| monotonic) else {
            let start = self.snapshot.start_unix_nanos;
            for point in points {
                self.number(data, point, point.value, Some(start));
            }
            return CUMULATIVE;
        };
        let grown = points.iter().filter_map(|point| {
            let earlier = earlier.numbers.get(&key(metric, &point.attributes));
            growth(earlier.copied(), point.value).map(|value| (point, value))
        });
        let grown: Vec<_> = grown.collect();
        for (point, value) in grown {
            self.number(data, point, value, Some(self.since_unix_nanos));
        }
        DELTA
    }

    /// A `NumberDataPoint`.
    fn number(
        &mut self,
        data: &mut Vec<u8>,
        point: &NumberPoint,
        value: Number,
        start: Option<u64>,
    ) {
        self.points += 1;
        put_message(data, 1, |message| {
            if let Some(start) = start {
                put_fixed64(message, 2, start);
            }
            put_fixed64(message, 3, self.snapshot.time_unix_nanos);
            match value {
                Number::F64(value) => put_f64(message, 4, value),
                Number::I64(value) => put_fixed64(message, 6, value as u64),
            }
            put_attributes(message, 7, &point.attributes);
        });
    }

    /// A `HistogramDataPoint`.
    fn histogram(
        &mut self,
        data: &mut Vec<u8>,
        metric: &Metric,
        bounds: &[f64],
        point: &HistogramPoint,
    ) {
        let (mut buckets, mut sum) = (point.buckets.clone(), point.sum);
        let mut start = self.snapshot.start_unix_nanos;
        if let Some(earlier) = &self.earlier {
            start = self.since_unix_nanos;
            if let Some(earlier) = earlier.histograms.get(&key(metric, &point.attributes)) {
                sum -= earlier.sum;
                for (bucket, before) in buckets.iter_mut().zip(&earlier.buckets) {
                    *bucket = bucket.saturating_sub(*before);
                }
            }
            if buckets.iter().all(|count| *count == 0) {
                return;
            }
        }
        self.points += 1;
        put_message(data, 1, |message| {
            put_fixed64(message, 2, start);
            put_fixed64(message, 3, self.snapshot.time_unix_nanos);
            put_fixed64(message, 4, buckets.iter().sum());
            put_f64(message, 5, sum);
            put_packed(message, 6, buckets.iter().copied());
            put_packed(message, 7, bounds.iter().map(|bound| bound.to_bits()));
            put_attributes(message, 9, &point.attributes);
        });
    }
}

/// How far a counter has grown; none when it hasn't. One that fell has begun anew.
fn growth(earlier: Option<Number>, now: Number) -> Option<Number> {
    let grown = match (earlier, now) {
        (None, now) => now,
        (Some(Number::I64(earlier)), Number::I64(now)) if now >= earlier => {
            Number::I64(now - earlier)
        }
        (Some(earlier), now) if now.as_f64() >= earlier.as_f64() => {
            Number::F64(now.as_f64() - earlier.as_f64())
        }
        (Some(_), now) => now,
    };
    (grown.as_f64() != 0.0).then_some(grown)
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
