use std::fmt::Write;

use telemetry_core::{AttributeSet, LogRef, MetricData, MetricSnapshot, Severity, Value};

use super::style::{Paint, Style};
use crate::notice::{cut, plain};
use crate::time::Timestamp;

/// A value longer than this is cut.
const VALUE: usize = 200;

/// Appends a log record or event as one line.
pub(super) fn put_log(out: &mut String, log: &LogRef<'_>, style: Style) {
    let time = Timestamp(log.time_unix_nanos());
    let paint = match log.severity() {
        Severity::Trace | Severity::Debug => Paint::Dim,
        Severity::Info => Paint::Good,
        Severity::Warn => Paint::Warning,
        Severity::Error | Severity::Fatal => Paint::Bad,
    };
    let level = style.paint(paint, format!("{:<5}", log.severity().as_str()));
    let name = match log.event_name() {
        "" => log.scope().name(),
        name => name,
    };
    let (clock, name) = (time.clock(), plain(name));
    let clock = style.paint(Paint::Dim, clock);
    let _ = write!(out, "{clock} {level} {}", style.paint(Paint::Strong, name));
    if let Some(body) = log.body() {
        let _ = write!(out, "  {}", shown(body));
    }
    for (key, value) in log.attributes() {
        let key = format!("{}=", plain(key));
        let _ = write!(out, "  {}{}", style.paint(Paint::Dim, key), shown(value));
    }
    if let Some(trace) = log.trace_id() {
        // Enough to find it in the tree that follows.
        let trace = format!("trace {:.8}…", trace.to_string());
        let _ = write!(out, "  {}", style.paint(Paint::Dim, trace));
    }
    out.push('\n');
}

/// Appends all metrics, a line for each series.
pub(super) fn put_metrics(out: &mut String, snapshot: &MetricSnapshot, style: Style) {
    if snapshot.points() == 0 {
        return;
    }
    let clock = Timestamp(snapshot.time_unix_nanos).clock();
    let _ = writeln!(out, "{} metrics", style.paint(Paint::Dim, clock));
    for metric in &snapshot.metrics {
        let name = style.paint(Paint::Strong, plain(&metric.name)).to_string();
        let unit = plain(&metric.unit);
        match &metric.data {
            MetricData::Sum { points, .. } | MetricData::Gauge { points } => {
                for point in points {
                    let labels = labels(point.attributes.iter());
                    let _ = writeln!(out, "  {name}{labels} {} {unit}", point.value);
                }
            }
            MetricData::Histogram { points, .. } => {
                for point in points {
                    let (count, quantile) = (point.count(), |q| point.quantile(q));
                    put_distribution(out, &name, &point.attributes, count, quantile, &unit);
                }
            }
            MetricData::ExponentialHistogram { points } => {
                for point in points {
                    let (count, quantile) = (point.count(), |q| point.quantile(q));
                    put_distribution(out, &name, &point.attributes, count, quantile, &unit);
                }
            }
            MetricData::Summary { points } => {
                for point in points {
                    let (count, quantile) = (point.count, |q| point.quantile(q));
                    put_distribution(out, &name, &point.attributes, count, quantile, &unit);
                }
            }
            _ => {}
        }
    }
}

fn put_distribution(
    out: &mut String,
    name: &str,
    attributes: &AttributeSet,
    count: u64,
    quantile: impl Fn(f64) -> Option<f64>,
    unit: &str,
) {
    let labels = labels(attributes.iter());
    let _ = write!(out, "  {name}{labels} {count} values");
    for q in [0.5, 0.95, 0.99] {
        if let Some(value) = quantile(q) {
            let _ = write!(out, ", p{} {value:.4}", q * 100.0);
        }
    }
    let _ = writeln!(out, " {unit}");
}

fn labels<'a>(attributes: impl Iterator<Item = (&'a str, Value<'a>)>) -> String {
    let labels: Vec<String> =
        attributes.map(|(key, value)| format!("{}={}", plain(key), shown(value))).collect();
    if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(", ")) }
}

fn shown(value: Value<'_>) -> String {
    cut(&plain(&value.to_string()), VALUE)
}
