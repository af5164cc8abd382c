use std::borrow::Cow;
use std::sync::Arc;

use super::Number;
use super::instrument::Description;
use crate::attribute::AttributeSet;
use crate::scope::Scope;

/// All metrics at one point in time, cumulative since the start; sorted by name, points by
/// attributes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MetricSnapshot {
    /// Since when the sums count, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// When they were read, in nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// The metrics.
    pub metrics: Vec<Metric>,
}

/// One instrument's points.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// The instrument's name.
    pub name: Cow<'static, str>,
    /// The unit, in [UCUM](https://ucum.org/ucum); empty when there is none.
    pub unit: Cow<'static, str>,
    /// What it measures.
    pub description: Cow<'static, str>,
    /// The library that measures it.
    pub scope: &'static Scope,
    /// The points.
    pub data: MetricData,
}

/// The points of a metric, by kind.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MetricData {
    /// Sums since the start.
    Sum {
        /// Whether they only grow.
        monotonic: bool,
        /// The series.
        points: Vec<NumberPoint>,
    },
    /// Last values.
    Gauge {
        /// The series.
        points: Vec<NumberPoint>,
    },
    /// Distributions.
    Histogram {
        /// Upper bounds of all buckets but the last, which has none; a bound belongs to its bucket.
        bounds: Arc<[f64]>,
        /// The series.
        points: Vec<HistogramPoint>,
    },
}

/// The value of one series.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NumberPoint {
    /// What it is the value of.
    pub attributes: AttributeSet,
    /// The value.
    pub value: Number,
}

/// The distribution of one series.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistogramPoint {
    /// What it is the distribution of.
    pub attributes: AttributeSet,
    /// Values in each bucket, not cumulative; one more than there are bounds.
    pub buckets: Vec<u64>,
    /// The sum of all values.
    pub sum: f64,
}

impl HistogramPoint {
    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The value below which a share `q` (0 to 1) of all values lies, interpolated within its bucket
    /// as Prometheus' `histogram_quantile` does; none without values.
    pub fn quantile(&self, bounds: &[f64], q: f64) -> Option<f64> {
        let rank = q.clamp(0.0, 1.0) * self.count() as f64;
        let mut below = 0.0;
        for (index, count) in self.buckets.iter().enumerate().filter(|(_, count)| **count > 0) {
            let within = below + *count as f64;
            if within >= rank {
                let lower = index.checked_sub(1).and_then(|at| bounds.get(at)).copied();
                let Some(upper) = bounds.get(index) else {
                    // In the last bucket all that is known is its lower bound.
                    return lower;
                };
                let lower = lower.unwrap_or(0.0_f64.min(*upper));
                return Some(lower + (upper - lower) * (rank - below) / *count as f64);
            }
            below = within;
        }
        None
    }
}

impl Metric {
    pub(super) fn new(description: &Description, data: MetricData) -> Self {
        Self {
            name: description.name.clone(),
            unit: description.unit.clone(),
            description: description.description.clone(),
            scope: description.scope,
            data,
        }
    }
}

impl MetricData {
    /// How many points there are.
    pub fn points(&self) -> usize {
        match self {
            Self::Sum { points, .. } | Self::Gauge { points } => points.len(),
            Self::Histogram { points, .. } => points.len(),
        }
    }

    pub(super) fn sort(&mut self) {
        match self {
            Self::Sum { points, .. } | Self::Gauge { points } => {
                points.sort_by(|one, other| one.attributes.cmp(&other.attributes));
            }
            Self::Histogram { points, .. } => {
                points.sort_by(|one, other| one.attributes.cmp(&other.attributes));
            }
        }
    }
}

impl MetricSnapshot {
    /// How many points all metrics have together.
    pub fn points(&self) -> usize {
        self.metrics.iter().map(|metric| metric.data.points()).sum()
    }

    /// The metric of this name.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }

    /// The sum of all points of a counter or gauge that carry these labels; zero when there are none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let points = match self.metric(name).map(|metric| &metric.data) {
            Some(MetricData::Sum { points, .. } | MetricData::Gauge { points }) => &points[..],
            _ => &[],
        };
        let matching = points.iter().filter(|point| point.attributes.contains(labels));
        matching.map(|point| point.value.as_f64()).sum()
    }

    /// The first point of a histogram that carries these labels.
    pub fn histogram(&self, name: &str, labels: &[(&str, &str)]) -> Option<&HistogramPoint> {
        match &self.metric(name)?.data {
            MetricData::Histogram { points, .. } => {
                points.iter().find(|point| point.attributes.contains(labels))
            }
            _ => None,
        }
    }
}
