use telemetry_core::{
    Attributes, ExponentialBuckets, LogRef, Metric, MetricData, MetricSnapshot, Resource, Scope,
    SpanId, SpanRef, Status, TraceId, Value,
};

use super::span_events::put_span_events;
use crate::json::{put_display, put_f64, put_text, put_value};
use crate::time::{Milliseconds, Timestamp};

/// The names of the fields that aren't attributes, in any kind of record. An attribute with such a
/// name is written as `attribute.` and the name.
const FIELDS: [&str; 35] = [
    "body",
    "bounds",
    "buckets",
    "count",
    "dropped_attributes",
    "dropped_events",
    "duration_ms",
    "events",
    "kind",
    "max",
    "min",
    "name",
    "negative_counts",
    "negative_offset",
    "otel.scope.name",
    "otel.scope.version",
    "parent_span_id",
    "positive_counts",
    "positive_offset",
    "quantile_values",
    "quantiles",
    "scale",
    "severity",
    "signal",
    "span_id",
    "status",
    "status_message",
    "sum",
    "timestamp",
    "trace_id",
    "trace_state",
    "type",
    "unit",
    "value",
    "zero_count",
];

/// Writes records as JSON, one a line.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// The resource's fields, the same in each line, each with a comma before it.
    resource: Vec<u8>,
    resource_keys: Vec<String>,
}

impl Records {
    /// Records about `resource`; what describes the library alone is left out.
    pub(super) fn of(resource: &Resource) -> Self {
        let mut records = Self::default();
        for (key, value) in resource.attributes() {
            if !key.starts_with("telemetry.sdk.") && !FIELDS.contains(&key) {
                put_key(&mut records.resource, key);
                put_value(&mut records.resource, value);
                records.resource_keys.push(key.to_owned());
            }
        }
        records
    }

    pub(super) fn put_span(&self, out: &mut Vec<u8>, span: &SpanRef<'_>) {
        begin(out, span.start_unix_nanos(), "span");
        put_ids(out, Some(span.trace_id()), Some(span.span_id()));
        if let Some(parent) = span.parent_span_id() {
            put_shown(out, "parent_span_id", parent);
        }
        put_string(out, "name", span.name());
        put_string(out, "kind", span.kind().as_str());
        put_key(out, "duration_ms");
        let duration = span.end_unix_nanos().saturating_sub(span.start_unix_nanos());
        put_display(out, Milliseconds(duration));
        match span.status() {
            Status::Unset => put_string(out, "status", "unset"),
            Status::Ok => put_string(out, "status", "ok"),
            Status::Error(description) => {
                put_string(out, "status", "error");
                put_non_empty(out, "status_message", &description);
            }
        }
        put_non_empty(out, "trace_state", span.trace_state());
        put_span_events(out, span);
        self.end(out, span.attributes(), span.dropped_attributes(), span.scope());
    }

    pub(super) fn put_log(&self, out: &mut Vec<u8>, log: &LogRef<'_>) {
        begin(out, log.time_unix_nanos(), "log");
        put_string(out, "severity", log.severity().as_str());
        put_non_empty(out, "name", log.event_name());
        if let Some(body) = log.body() {
            put_key(out, "body");
            put_value(out, body);
        }
        put_ids(out, log.trace_id(), log.span_id());
        self.end(out, log.attributes(), log.dropped_attributes(), log.scope());
    }

    pub(super) fn put_metrics(&self, out: &mut Vec<u8>, snapshot: &MetricSnapshot) {
        for metric in &snapshot.metrics {
            let begin = |out: &mut Vec<u8>, kind: &'static str| {
                begin(out, snapshot.time_unix_nanos, "metric");
                put_string(out, "name", &metric.name);
                put_string(out, "type", kind);
                put_non_empty(out, "unit", &metric.unit);
            };
            self.put_points(out, metric, begin);
        }
    }

    fn put_points(
        &self,
        out: &mut Vec<u8>,
        metric: &Metric,
        begin: impl Fn(&mut Vec<u8>, &'static str),
    ) {
        let (kind, numbers) = match &metric.data {
            MetricData::Sum { monotonic: true, points } => ("counter", points),
            MetricData::Sum { points, .. } => ("up_down_counter", points),
            MetricData::Gauge { points } => ("gauge", points),
            MetricData::Histogram { bounds, points } => {
                for point in points {
                    begin(out, "histogram");
                    put_key(out, "count");
                    put_display(out, point.count());
                    put_key(out, "sum");
                    put_f64(out, point.sum);
                    put_key(out, "bounds");
                    put_value(out, Value::F64Array(bounds));
                    put_key(out, "buckets");
                    put_display(out, format_args!("{:?}", point.buckets));
                    put_extremes(out, point.min, point.max);
                    self.end(out, point.attributes.iter(), 0, metric.scope);
                }
                return;
            }
            MetricData::ExponentialHistogram { points } => {
                for point in points {
                    begin(out, "exponential_histogram");
                    put_key(out, "count");
                    put_display(out, point.count());
                    put_key(out, "sum");
                    put_f64(out, point.sum);
                    put_key(out, "scale");
                    put_display(out, point.scale);
                    put_key(out, "zero_count");
                    put_display(out, point.zero_count);
                    put_buckets(out, ["positive_offset", "positive_counts"], &point.positive);
                    put_buckets(out, ["negative_offset", "negative_counts"], &point.negative);
                    put_extremes(out, point.min, point.max);
                    self.end(out, point.attributes.iter(), 0, metric.scope);
                }
                return;
            }
            MetricData::Summary { points } => {
                for point in points {
                    begin(out, "summary");
                    put_key(out, "count");
                    put_display(out, point.count);
                    put_key(out, "sum");
                    put_f64(out, point.sum);
                    let (quantiles, values): (Vec<f64>, Vec<f64>) =
                        point.quantiles.iter().map(|known| (known.quantile, known.value)).unzip();
                    put_key(out, "quantiles");
                    put_value(out, Value::F64Array(&quantiles));
                    put_key(out, "quantile_values");
                    put_value(out, Value::F64Array(&values));
                    self.end(out, point.attributes.iter(), 0, metric.scope);
                }
                return;
            }
            _ => return,
        };
        for point in numbers {
            begin(out, kind);
            put_key(out, "value");
            match point.value {
                telemetry_core::Number::I64(value) => put_display(out, value),
                telemetry_core::Number::F64(value) => put_f64(out, value),
            }
            self.end(out, point.attributes.iter(), 0, metric.scope);
        }
    }

    /// What all records end with.
    fn end(&self, out: &mut Vec<u8>, attributes: Attributes<'_>, dropped: u32, scope: &Scope) {
        for (key, value) in attributes {
            let taken =
                FIELDS.contains(&key) || self.resource_keys.iter().any(|taken| taken == key);
            if taken {
                put_key(out, &format!("attribute.{key}"));
            } else {
                put_key(out, key);
            }
            put_value(out, value);
        }
        if dropped > 0 {
            put_key(out, "dropped_attributes");
            put_display(out, dropped);
        }
        put_non_empty(out, "otel.scope.name", scope.name());
        put_non_empty(out, "otel.scope.version", scope.version());
        out.extend_from_slice(&self.resource);
        out.extend_from_slice(b"}\n");
    }
}

fn put_extremes(out: &mut Vec<u8>, min: Option<f64>, max: Option<f64>) {
    for (key, value) in [("min", min), ("max", max)] {
        if let Some(value) = value {
            put_key(out, key);
            put_f64(out, value);
        }
    }
}

/// Buckets of one sign; nothing where there are none.
fn put_buckets(out: &mut Vec<u8>, keys: [&str; 2], buckets: &ExponentialBuckets) {
    if !buckets.counts.is_empty() {
        let [offset, counts] = keys;
        put_key(out, offset);
        put_display(out, buckets.offset);
        put_key(out, counts);
        put_display(out, format_args!("{:?}", buckets.counts));
    }
}

fn begin(out: &mut Vec<u8>, unix_nanos: u64, signal: &str) {
    out.extend_from_slice(b"{\"timestamp\":\"");
    put_display(out, Timestamp(unix_nanos));
    out.push(b'"');
    put_string(out, "signal", signal);
}

fn put_ids(out: &mut Vec<u8>, trace: Option<TraceId>, span: Option<SpanId>) {
    if let Some(trace) = trace {
        put_shown(out, "trace_id", trace);
    }
    if let Some(span) = span {
        put_shown(out, "span_id", span);
    }
}

pub(super) fn put_key(out: &mut Vec<u8>, key: &str) {
    out.push(b',');
    put_text(out, key);
    out.push(b':');
}

pub(super) fn put_string(out: &mut Vec<u8>, key: &str, text: &str) {
    put_key(out, key);
    put_text(out, text);
}

fn put_non_empty(out: &mut Vec<u8>, key: &str, text: &str) {
    if !text.is_empty() {
        put_string(out, key, text);
    }
}

/// An id, shown in digits that need no escaping.
fn put_shown(out: &mut Vec<u8>, key: &str, id: impl std::fmt::Display) {
    put_key(out, key);
    put_display(out, format_args!("\"{id}\""));
}
