use std::fmt::{self, Write};

use telemetry_core::{Number, Resource};

use super::accept::Format;
use super::family::{Families, Family, SeriesValue};
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
            }
            SeriesValue::Histogram { bounds, buckets, sum } => {
                put_histogram(out, name, &series.labels, (bounds, buckets, *sum), format)?;
            }
        }
    }
    Ok(())
}

fn put_histogram(
    out: &mut String,
    name: &str,
    labels: &str,
    (bounds, buckets, sum): (&[f64], &[u64], f64),
    format: Format,
) -> fmt::Result {
    let comma = if labels.is_empty() { "" } else { "," };
    let mut count = 0;
    for (index, bucket) in buckets.iter().enumerate() {
        count += bucket;
        write!(out, "{name}_bucket{{{labels}{comma}le=\"")?;
        match bounds.get(index) {
            Some(bound) => put_bound(out, *bound, format)?,
            None => out.push_str("+Inf"),
        }
        writeln!(out, "\"}} {count}")?;
    }
    write!(out, "{name}_sum")?;
    put_labels(out, labels)?;
    put_number(out, Number::F64(sum))?;
    write!(out, "{name}_count")?;
    put_labels(out, labels)?;
    writeln!(out, " {count}")
}

fn put_labels(out: &mut String, labels: &str) -> fmt::Result {
    if labels.is_empty() {
        return Ok(());
    }
    write!(out, "{{{labels}}}")
}

fn put_number(out: &mut String, number: Number) -> fmt::Result {
    match number {
        Number::I64(value) => writeln!(out, " {value}"),
        Number::F64(value) if value.is_infinite() => {
            writeln!(out, " {}Inf", if value > 0.0 { '+' } else { '-' })
        }
        Number::F64(value) => writeln!(out, " {value}"),
    }
}

/// OpenMetrics tells numbers of buckets apart as texts, and wants them with a fraction.
fn put_bound(out: &mut String, bound: f64, format: Format) -> fmt::Result {
    match format {
        Format::OpenMetrics if bound.fract() == 0.0 => write!(out, "{bound:.1}"),
        _ => write!(out, "{bound}"),
    }
}
