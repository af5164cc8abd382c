use std::borrow::Cow;
use std::sync::Arc;

use super::instrument::Description;
use super::{ExponentialHistogramPoint, HistogramPoint, NumberPoint, SummaryPoint};
use crate::scope::Scope;

/// All metrics at one point in time, sorted by name, points by attributes. Cumulative since the start
/// as it is read; a [`DeltaReader`](super::DeltaReader) makes deltas of it.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let meter = pipeline.meter(&SCOPE);
/// meter.counter("shop.orders").build().add(2, &[]);
/// meter.histogram("shop.checkout").unit("s").build().record(0.25, &[]);
/// let metrics = pipeline.metrics();
/// assert_eq!(metrics.sum("shop.orders", &[]), 2.0);
/// assert_eq!(metrics.histogram("shop.checkout", &[]).unwrap().sum, 0.25);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MetricSnapshot {
    /// Since when the pipeline counts, in nanoseconds since the Unix epoch. A point has its own start,
    /// which is later for a series that has expired and come back.
    pub start_unix_nanos: u64,
    /// When the metrics were read, in nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// What counters and histograms count. Up-down counters count from the start in either case.
    pub temporality: Temporality,
    /// Callbacks of observable instruments that gave no values: they panicked, or weren't done in
    /// time.
    pub missed_observations: u64,
    /// The metrics.
    pub metrics: Vec<Metric>,
}

/// Since when the values of counters and histograms count
/// (<https://opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality>).
///
/// ```
/// use telemetry_core::{DeltaReader, Temporality, Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let orders = pipeline.meter(&SCOPE).counter("shop.orders").build();
/// orders.add(2, &[]);
/// assert_eq!(pipeline.metrics().temporality, Temporality::Cumulative);
/// let mut reader = DeltaReader::new();
/// assert_eq!(reader.read(&pipeline.metrics()).sum("shop.orders", &[]), 2.0);
/// reader.acknowledge();
/// orders.add(1, &[]);
/// let delta = reader.read(&pipeline.metrics());
/// assert_eq!((delta.temporality, delta.sum("shop.orders", &[])), (Temporality::Delta, 1.0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temporality {
    /// Since the start.
    #[default]
    Cumulative,
    /// Since the last time that the reader got them.
    Delta,
}

/// One instrument's points.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// pipeline.meter(&SCOPE).histogram("shop.checkout").unit("s").build().record(0.25, &[]);
/// let metrics = pipeline.metrics();
/// let checkout = metrics.metric("shop.checkout").unwrap();
/// assert_eq!((&*checkout.unit, checkout.scope.name()), ("s", "shop"));
/// # Ok::<(), std::io::Error>(())
/// ```
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
    /// The instrument's number: the same in all snapshots.
    pub(super) instrument: u64,
}

/// The points of a metric, by kind.
///
/// ```
/// use telemetry_core::{MetricData, Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// pipeline.meter(&SCOPE).counter("shop.orders").build().add(2, &[]);
/// let metrics = pipeline.metrics();
/// match &metrics.metric("shop.orders").unwrap().data {
///     MetricData::Sum { points, .. } => assert_eq!(points[0].value.to_string(), "2"),
///     other => unreachable!("{other:?}"),
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MetricData {
    /// Sums.
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
    /// Distributions over fixed buckets.
    Histogram {
        /// Upper bounds of all buckets but the last, which has none; a bound belongs to its bucket.
        bounds: Arc<[f64]>,
        /// The series.
        points: Vec<HistogramPoint>,
    },
    /// Distributions over buckets of a fixed relative width.
    ExponentialHistogram {
        /// The series.
        points: Vec<ExponentialHistogramPoint>,
    },
    /// Quantiles of the last minutes, which can't be added up over processes.
    Summary {
        /// The series.
        points: Vec<SummaryPoint>,
    },
}

impl Metric {
    pub(super) fn new(description: &Description, instrument: u64, data: MetricData) -> Self {
        Self {
            name: description.name.clone(),
            unit: description.unit.clone(),
            description: description.description.clone(),
            scope: description.scope,
            data,
            instrument,
        }
    }

    /// The same metric with other points.
    pub(super) fn with_data(&self, data: MetricData) -> Self {
        Self {
            name: self.name.clone(),
            unit: self.unit.clone(),
            description: self.description.clone(),
            scope: self.scope,
            data,
            instrument: self.instrument,
        }
    }
}

impl MetricData {
    /// How many points there are.
    pub fn points(&self) -> usize {
        match self {
            Self::Sum { points, .. } | Self::Gauge { points } => points.len(),
            Self::Histogram { points, .. } => points.len(),
            Self::ExponentialHistogram { points } => points.len(),
            Self::Summary { points } => points.len(),
        }
    }

    /// Brings the points into order, each series once.
    pub(super) fn sort(&mut self) {
        match self {
            Self::Sum { points, .. } | Self::Gauge { points } => {
                points.sort_by(|one, other| one.attributes.cmp(&other.attributes));
                // A callback may observe a series twice; the sort keeps the order of both.
                points.dedup_by(|later, earlier| {
                    let same = later.attributes == earlier.attributes;
                    if same {
                        std::mem::swap(later, earlier);
                    }
                    same
                });
            }
            Self::Histogram { points, .. } => {
                points.sort_by(|one, other| one.attributes.cmp(&other.attributes));
            }
            Self::ExponentialHistogram { points } => {
                points.sort_by(|one, other| one.attributes.cmp(&other.attributes));
            }
            Self::Summary { points } => {
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

    /// The first point of an exponential histogram that carries these labels.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, Scope};
    ///
    /// static SCOPE: Scope = Scope::new("shop", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let checkout = pipeline.meter(&SCOPE).histogram("shop.checkout").exponential().build();
    /// (1..=1000).for_each(|milliseconds| checkout.record(f64::from(milliseconds), &[]));
    /// let metrics = pipeline.metrics();
    /// let point = metrics.exponential_histogram("shop.checkout", &[]).unwrap();
    /// let p99 = point.quantile(0.99).unwrap();
    /// assert!((p99 / 990.0 - 1.0).abs() < point.relative_error());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn exponential_histogram(
        &self,
        name: &str,
        labels: &[(&str, &str)],
    ) -> Option<&ExponentialHistogramPoint> {
        match &self.metric(name)?.data {
            MetricData::ExponentialHistogram { points } => {
                points.iter().find(|point| point.attributes.contains(labels))
            }
            _ => None,
        }
    }

    /// The first point of a summary that carries these labels.
    pub fn summary(&self, name: &str, labels: &[(&str, &str)]) -> Option<&SummaryPoint> {
        match &self.metric(name)?.data {
            MetricData::Summary { points } => {
                points.iter().find(|point| point.attributes.contains(labels))
            }
            _ => None,
        }
    }
}
