use std::collections::{BTreeMap, HashSet};

use telemetry_core::{
    AttributeSet, Exemplar, HistogramPoint, Metric, MetricData, MetricSnapshot, Number, Scope,
    SummaryPoint, Value,
};

use super::classic;
use super::label::labels;
use super::name::{Kind, Name};

/// All metrics, grouped under the names that Prometheus will know them by.
#[derive(Debug, Default)]
pub(super) struct Families {
    families: BTreeMap<String, Family>,
    /// The names that are spoken for, of families and of their series.
    names: HashSet<String>,
    conflicts: Vec<String>,
}

/// The metrics of one name.
#[derive(Debug)]
pub(super) struct Family {
    pub(super) kind: Kind,
    pub(super) unit: Option<String>,
    pub(super) help: String,
    pub(super) series: Vec<Series>,
    /// Labels that are taken.
    taken: HashSet<String>,
}

#[derive(Debug)]
pub(super) struct Series {
    /// As they stand between the braces.
    pub(super) labels: String,
    pub(super) value: SeriesValue,
    pub(super) exemplars: Vec<Exemplar>,
}

#[derive(Debug)]
pub(super) enum SeriesValue {
    Number(Number),
    Histogram(Classic),
    Summary(SummaryPoint),
}

/// A histogram as the formats have it.
#[derive(Debug)]
pub(super) struct Classic {
    /// The upper bounds of all buckets but the last.
    pub(super) bounds: Vec<f64>,
    /// Values in each bucket, not cumulative.
    pub(super) buckets: Vec<u64>,
    pub(super) sum: f64,
}

impl Families {
    pub(super) fn of(snapshot: &MetricSnapshot, scope_labels: bool) -> Self {
        let mut families = Self::default();
        for metric in &snapshot.metrics {
            families.add(metric, scope_labels);
        }
        families
    }

    /// The families, sorted by name; a counter's name is without `_total`.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Family)> {
        self.families.iter().map(|(name, family)| (name.as_str(), family))
    }

    /// What had to be left out, and why.
    pub(super) fn conflicts(&self) -> &[String] {
        &self.conflicts
    }

    fn add(&mut self, metric: &Metric, scope_labels: bool) {
        let kind = match &metric.data {
            MetricData::Sum { monotonic: true, .. } => Kind::Counter,
            MetricData::Histogram { .. } | MetricData::ExponentialHistogram { .. } => {
                Kind::Histogram
            }
            MetricData::Summary { .. } => Kind::Summary,
            _ => Kind::Gauge,
        };
        let Name { base, unit } = Name::of(&metric.name, &metric.unit, kind);
        let known = self.families.get(&base).map(|family| family.kind);
        if known != Some(kind) && (known.is_some() || !self.claim(&base, kind)) {
            self.conflicts.push(format!(
                "{} is left out: as a {} its name would be one that is taken, {base}",
                metric.name,
                kind.as_str()
            ));
            return;
        }
        let family = self.families.entry(base);
        let family = family.or_insert_with(|| Family::new(metric, kind, unit));
        if !family.add(metric, scope_labels) {
            self.conflicts.push(format!(
                "series of {} are left out: they have the names and labels of others",
                metric.name
            ));
        }
    }

    /// Takes the names that a family needs; false when one of them is taken.
    fn claim(&mut self, base: &str, kind: Kind) -> bool {
        let suffixes: &[&str] = match kind {
            Kind::Counter => &["", "_total"],
            Kind::Gauge => &[""],
            Kind::Histogram => &["", "_bucket", "_sum", "_count"],
            Kind::Summary => &["", "_sum", "_count"],
        };
        let names: Vec<String> = suffixes.iter().map(|suffix| format!("{base}{suffix}")).collect();
        let of_target = |name: &String| name == "target" || name == "target_info";
        if names.iter().any(|name| of_target(name) || self.names.contains(name)) {
            return false;
        }
        self.names.extend(names);
        true
    }
}

impl Family {
    fn new(metric: &Metric, kind: Kind, unit: Option<String>) -> Self {
        let help = if metric.description.is_empty() { &metric.name } else { &metric.description };
        Self {
            kind,
            unit,
            help: help.clone().into_owned(),
            series: Vec::new(),
            taken: HashSet::new(),
        }
    }

    /// Adds the points of a metric; false when some have the labels of others.
    fn add(&mut self, metric: &Metric, scope_labels: bool) -> bool {
        let scope = scope_labels.then_some(metric.scope);
        match &metric.data {
            MetricData::Sum { points, .. } | MetricData::Gauge { points } => {
                points.iter().fold(true, |all, point| {
                    let labels = series_labels(&point.attributes, scope, None);
                    let value = SeriesValue::Number(point.value);
                    self.push(labels, value, &point.exemplars) && all
                })
            }
            MetricData::Histogram { points, .. } => points.iter().fold(true, |all, point| {
                let labels = series_labels(&point.attributes, scope, Some("le"));
                let value = SeriesValue::Histogram(Classic::of(point));
                self.push(labels, value, &point.exemplars) && all
            }),
            MetricData::ExponentialHistogram { points } => {
                points.iter().fold(true, |all, point| {
                    let labels = series_labels(&point.attributes, scope, Some("le"));
                    let value = SeriesValue::Histogram(classic::of_exponential(point));
                    self.push(labels, value, &point.exemplars) && all
                })
            }
            MetricData::Summary { points } => points.iter().fold(true, |all, point| {
                let labels = series_labels(&point.attributes, scope, Some("quantile"));
                self.push(labels, SeriesValue::Summary(point.clone()), &[]) && all
            }),
            _ => true,
        }
    }

    fn push(&mut self, labels: String, value: SeriesValue, exemplars: &[Exemplar]) -> bool {
        let is_new = self.taken.insert(labels.clone());
        if is_new {
            self.series.push(Series { labels, value, exemplars: exemplars.to_vec() });
        }
        is_new
    }
}

impl Classic {
    fn of(point: &HistogramPoint) -> Self {
        let bounds = point.bounds.to_vec();
        Self { bounds, buckets: point.buckets.clone(), sum: point.sum }
    }
}

fn series_labels(
    attributes: &AttributeSet,
    scope: Option<&Scope>,
    reserved: Option<&str>,
) -> String {
    let of_scope = scope.into_iter().flat_map(|scope| {
        [("otel_scope_name", scope.name()), ("otel_scope_version", scope.version())]
    });
    let of_scope = of_scope
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (key, Value::Str(value)));
    labels(attributes.iter().chain(of_scope), reserved)
}
