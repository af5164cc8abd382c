use std::fmt::{self, Write};

use telemetry_core::{Exemplar, Number, Resource, SummaryPoint};

use super::accept::Format;
use super::family::{Classic, Families, Family, Series, SeriesValue};
use super::label::{escaped, labels};
use super::name::Kind;

/// The whole answer to a scrape.
pub(super) fn render(families: &Families, resource: &Resource, format: Format) -> String {
    let mut out = String::new();
    // Writing to a string can't fail.
    let _ = try_render(&mut out, families, resource, format);
    out
}

fn try_render(
    out: &mut String,
    families: &Families,
    resource: &Resource,
    format: Format,
) -> fmt::Result {
    let mut target = Some(resource).filter(|resource| resource.attributes().next().is_some());
    for (name, family) in families.iter() {
        if name > "target" {
            put_target(out, target.take(), format)?;
        }
        put_family(out, name, family, format)?;
    }
    put_target(out, target, format)?;
    match format {
        Format::Text => Ok(()),
        Format::OpenMetrics => out.write_str("# EOF\n"),
    }
}

/// What the metrics are about, as the labels of one series.
fn put_target(out: &mut String, resource: Option<&Resource>, format: Format) -> fmt::Result {
    let Some(resource) = resource else {
        return Ok(());
    };
    let (name, kind) = match format {
        Format::Text => ("target_info", "gauge"),
        Format::OpenMetrics => ("target", "info"),
    };
    writeln!(out, "# HELP {name} What the metrics are about")?;
    writeln!(out, "# TYPE {name} {kind}")?;
    writeln!(out, "target_info{{{}}} 1", labels(resource.attributes(), None))
}

fn put_family(out: &mut String, name: &str, family: &Family, format: Format) -> fmt::Result {
    // In the text format the comments name the series, in OpenMetrics the family.
    let total = if family.kind == Kind::Counter { "_total" } else { "" };
    let (commented, quotes) = match format {
        Format::Text => (total, false),
        Format::OpenMetrics => ("", true),
    };
    let help = escaped(&family.help, quotes);
    writeln!(out, "# HELP {name}{commented} {help}")?;
    writeln!(out, "# TYPE {name}{commented} {}", family.kind.as_str())?;
    if let (Format::OpenMetrics, Some(unit)) = (format, &family.unit) {
        writeln!(out, "# UNIT {name} {unit}")?;
    }
    for series in &family.series {
        match &series.value {
            SeriesValue::Number(number) => {
                write!(out, "{name}{total}")?;
                put_labels(out, &series.labels)?;
                put_number(out, *number)?;
                // OpenMetrics has exemplars on counters and buckets, the text format has none.
                if family.kind == Kind::Counter && format == Format::OpenMetrics {
                    put_exemplar(out, latest(series.exemplars.iter()))?;
                }
                out.push('\n');
            }
            SeriesValue::Histogram(histogram) => {
                put_histogram(out, name, series, histogram, format)?;
            }
            SeriesValue::Summary(point) => put_summary(out, name, series, point, format)?,
        }
    }
    Ok(())
}

fn put_histogram(
    out: &mut String,
    name: &str,
    series: &Series,
    histogram: &Classic,
    format: Format,
) -> fmt::Result {
    let labels = &series.labels;
    let comma = if labels.is_empty() { "" } else { "," };
    let mut count = 0;
    let mut lower = f64::NEG_INFINITY;
    for (index, bucket) in histogram.buckets.iter().enumerate() {
        count += bucket;
        write!(out, "{name}_bucket{{{labels}{comma}le=\"")?;
        let upper = histogram.bounds.get(index).copied();
        match upper {
            Some(bound) => put_bound(out, bound, format)?,
            None => out.push_str("+Inf"),
        }
        write!(out, "\"}} {count}")?;
        let upper = upper.unwrap_or(f64::INFINITY);
        if format == Format::OpenMetrics {
            let within = series.exemplars.iter().filter(|exemplar| {
                let value = exemplar.value.as_f64();
                lower < value && value <= upper
            });
            put_exemplar(out, latest(within))?;
        }
        lower = upper;
        out.push('\n');
    }
    put_totals(out, name, labels, histogram.sum, count)
}

/// <https://prometheus.io/docs/specs/om/open_metrics_spec/#summary>
fn put_summary(
    out: &mut String,
    name: &str,
    series: &Series,
    point: &SummaryPoint,
    format: Format,
) -> fmt::Result {
    let labels = &series.labels;
    let comma = if labels.is_empty() { "" } else { "," };
    for known in &point.quantiles {
        write!(out, "{name}{{{labels}{comma}quantile=\"")?;
        put_bound(out, known.quantile, format)?;
        out.push_str("\"}");
        put_number(out, Number::F64(known.value))?;
        out.push('\n');
    }
    put_totals(out, name, labels, point.sum, point.count)
}

/// The series with the sum and the number of the values of a distribution.
fn put_totals(out: &mut String, name: &str, labels: &str, sum: f64, count: u64) -> fmt::Result {
    write!(out, "{name}_sum")?;
    put_labels(out, labels)?;
    put_number(out, Number::F64(sum))?;
    write!(out, "\n{name}_count")?;
    put_labels(out, labels)?;
    writeln!(out, " {count}")
}

fn latest<'a>(exemplars: impl Iterator<Item = &'a Exemplar>) -> Option<&'a Exemplar> {
    exemplars.max_by_key(|exemplar| exemplar.time_unix_nanos)
}

/// <https://prometheus.io/docs/specs/om/open_metrics_spec/#exemplars>
fn put_exemplar(out: &mut String, exemplar: Option<&Exemplar>) -> fmt::Result {
    let Some(exemplar) = exemplar else {
        return Ok(());
    };
    out.push_str(" # {");
    if let (Some(trace_id), Some(span_id)) = (exemplar.trace_id, exemplar.span_id) {
        write!(out, "trace_id=\"{trace_id}\",span_id=\"{span_id}\"")?;
    }
    out.push('}');
    put_number(out, exemplar.value)?;
    let nanos = exemplar.time_unix_nanos;
    write!(out, " {}.{:03}", nanos / 1_000_000_000, nanos / 1_000_000 % 1000)
}

fn put_labels(out: &mut String, labels: &str) -> fmt::Result {
    if labels.is_empty() {
        return Ok(());
    }
    write!(out, "{{{labels}}}")
}

fn put_number(out: &mut String, number: Number) -> fmt::Result {
    match number {
        Number::I64(value) => write!(out, " {value}"),
        Number::F64(value) if value.is_infinite() => {
            write!(out, " {}Inf", if value > 0.0 { '+' } else { '-' })
        }
        Number::F64(value) => write!(out, " {value}"),
    }
}

/// OpenMetrics tells numbers of buckets apart as texts, and wants them with a fraction.
fn put_bound(out: &mut String, bound: f64, format: Format) -> fmt::Result {
    match format {
        Format::OpenMetrics if bound.fract() == 0.0 => write!(out, "{bound:.1}"),
        _ => write!(out, "{bound}"),
    }
}
