use std::sync::Arc;

use super::exponential::{ExponentialBuckets, ExponentialTotal, lower_bound};
use super::{Exemplar, Number, quantile};
use crate::attribute::AttributeSet;

/// The value of one series.
///
/// ```
/// use telemetry_core::{MetricData, Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// pipeline.meter(&SCOPE).gauge("shop.temperature").build().set(12.5, &[("room", "cellar".into())]);
/// let metrics = pipeline.metrics();
/// let MetricData::Gauge { points } = &metrics.metric("shop.temperature").unwrap().data else {
///     unreachable!("a gauge has points of its kind");
/// };
/// assert!(points[0].attributes.contains(&[("room", "cellar")]));
/// assert_eq!(points[0].value.as_f64(), 12.5);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NumberPoint {
    /// What it is the value of.
    pub attributes: AttributeSet,
    /// Since when it counts, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// The value.
    pub value: Number,
    /// Measurements of a counter, with their traces: one from each thread's at the most.
    pub exemplars: Vec<Exemplar>,
}

/// The distribution of one series over fixed buckets.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let checkout = pipeline.meter(&SCOPE).histogram("shop.checkout").buckets(&[1.0, 2.0]).build();
/// [0.5, 1.5, 9.0].into_iter().for_each(|value| checkout.record(value, &[]));
/// let metrics = pipeline.metrics();
/// let point = metrics.histogram("shop.checkout", &[]).unwrap();
/// assert_eq!((&*point.bounds, &*point.buckets), (&[1.0, 2.0][..], &[1, 1, 1][..]));
/// assert_eq!((point.sum, point.max), (11.0, Some(9.0)));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HistogramPoint {
    /// What it is the distribution of.
    pub attributes: AttributeSet,
    /// Since when it counts, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// Upper bounds of all buckets but the last, which has none; a bound belongs to its bucket.
    pub bounds: Arc<[f64]>,
    /// Values in each bucket, not cumulative; one more than there are bounds.
    pub buckets: Vec<u64>,
    /// The sum of all values.
    pub sum: f64,
    /// The least value; none in a delta, which can't know it.
    pub min: Option<f64>,
    /// The greatest value; none in a delta, which can't know it.
    pub max: Option<f64>,
    /// Measurements with their traces, one from each bucket at the most.
    pub exemplars: Vec<Exemplar>,
}

/// The distribution of one series over buckets whose width is a fixed share of their values:
/// OpenTelemetry's
/// [exponential histogram](https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram).
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let size = pipeline.meter(&SCOPE).histogram("shop.order.size").exponential().build();
/// [0.0, 1.5, 9.0].into_iter().for_each(|value| size.record(value, &[]));
/// let metrics = pipeline.metrics();
/// let point = metrics.exponential_histogram("shop.order.size", &[]).unwrap();
/// assert_eq!((point.zero_count, point.positive.count(), point.negative.count()), (1, 2, 0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExponentialHistogramPoint {
    /// What it is the distribution of.
    pub attributes: AttributeSet,
    /// Since when it counts, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// How fine the buckets are: a bucket's bounds are a factor of `2^(2^-scale)` apart.
    pub scale: i32,
    /// Values that are zero.
    pub zero_count: u64,
    /// Values above zero.
    pub positive: ExponentialBuckets,
    /// Values below zero, by their amounts.
    pub negative: ExponentialBuckets,
    /// The sum of all values.
    pub sum: f64,
    /// The least value; none in a delta, which can't know it.
    pub min: Option<f64>,
    /// The greatest value; none in a delta, which can't know it.
    pub max: Option<f64>,
    /// Measurements with their traces, a few of different buckets.
    pub exemplars: Vec<Exemplar>,
}

impl HistogramPoint {
    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The value below which a share `q` (0 to 1) of all values lies; none without values.
    ///
    /// It is interpolated within its bucket as Prometheus' `histogram_quantile` does, and never
    /// outside of the least and the greatest value where those are known. It lies in the same bucket as
    /// the true value, so it is off by less than that bucket's width.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, Scope};
    ///
    /// static SCOPE: Scope = Scope::new("shop", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let checkout = pipeline.meter(&SCOPE).histogram("shop.checkout").buckets(&[1.0, 2.0]).build();
    /// (1..=100).for_each(|hundredths| checkout.record(f64::from(hundredths) / 100.0, &[]));
    /// let metrics = pipeline.metrics();
    /// let median = metrics.histogram("shop.checkout", &[]).unwrap().quantile(0.5).unwrap();
    /// assert!((median - 0.5).abs() < 0.01);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn quantile(&self, q: f64) -> Option<f64> {
        quantile::explicit(self, q)
    }
}

impl ExponentialHistogramPoint {
    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.zero_count + self.positive.count() + self.negative.count()
    }

    /// The value below which a share `q` (0 to 1) of all values lies; none without values.
    ///
    /// It is interpolated within its bucket, geometrically as the buckets are. It lies in the same
    /// bucket as the true value, so it is off by less than the share
    /// [`relative_error`](Self::relative_error) of it.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        quantile::exponential(self, q)
    }

    /// The width of a bucket as a share of its lower bound, `2^(2^-scale) - 1`: at scale 3, at which
    /// 160 buckets span a factor of a million, 9 %.
    pub fn relative_error(&self) -> f64 {
        lower_bound(1, self.scale) - 1.0
    }

    /// The bounds of the bucket `index` of positive values: above the first, not above the second.
    pub fn bounds(&self, index: i32) -> (f64, f64) {
        (lower_bound(index, self.scale), lower_bound(index.saturating_add(1), self.scale))
    }

    /// The same distribution in coarser buckets, with a scale of `scale` at the most; exact in its
    /// counts.
    #[must_use]
    pub fn at_scale(&self, scale: i32) -> Self {
        let mut total = self.total();
        total.coarsen_to(scale);
        Self { ..self.clone() }.with_total(total)
    }

    fn total(&self) -> ExponentialTotal {
        ExponentialTotal {
            scale: self.scale,
            zeros: self.zero_count,
            positive: self.positive.clone(),
            negative: self.negative.clone(),
        }
    }

    fn with_total(self, total: ExponentialTotal) -> Self {
        Self {
            scale: total.scale,
            zero_count: total.zeros,
            positive: total.positive,
            negative: total.negative,
            ..self
        }
    }
}

/// A point of a metric that only grows.
pub(super) trait Growing: Clone {
    fn attributes(&self) -> &AttributeSet;
    fn start(&self) -> u64;
    fn set_start(&mut self, start_unix_nanos: u64);
    /// What came after `earlier`, the same series at an earlier time.
    fn since(&self, earlier: &Self) -> Self;
    /// Adds what came before, of the same series.
    fn add(&mut self, other: &Self);
    /// Whether there is nothing in it.
    fn is_nothing(&self) -> bool;
    fn exemplars(&mut self) -> &mut Vec<Exemplar>;
}

impl Growing for NumberPoint {
    fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }
    fn start(&self) -> u64 {
        self.start_unix_nanos
    }
    fn set_start(&mut self, start_unix_nanos: u64) {
        self.start_unix_nanos = start_unix_nanos;
    }
    fn since(&self, earlier: &Self) -> Self {
        Self { value: self.value.growth_since(earlier.value), ..self.clone() }
    }
    fn add(&mut self, other: &Self) {
        self.value = self.value.plus(other.value);
    }
    fn is_nothing(&self) -> bool {
        self.value.as_f64() == 0.0
    }
    fn exemplars(&mut self) -> &mut Vec<Exemplar> {
        &mut self.exemplars
    }
}

impl Growing for HistogramPoint {
    fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }
    fn start(&self) -> u64 {
        self.start_unix_nanos
    }
    fn set_start(&mut self, start_unix_nanos: u64) {
        self.start_unix_nanos = start_unix_nanos;
    }
    fn since(&self, earlier: &Self) -> Self {
        let pairs = self.buckets.iter().zip(&earlier.buckets);
        let buckets = pairs.map(|(now, earlier)| now.saturating_sub(*earlier)).collect();
        let sum = self.sum - earlier.sum;
        Self { buckets, sum, min: None, max: None, ..self.clone() }
    }
    fn add(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(count, other)| *count += other);
        self.sum += other.sum;
        (self.min, self.max) = (None, None);
    }
    fn is_nothing(&self) -> bool {
        self.count() == 0
    }
    fn exemplars(&mut self) -> &mut Vec<Exemplar> {
        &mut self.exemplars
    }
}

impl Growing for ExponentialHistogramPoint {
    fn attributes(&self) -> &AttributeSet {
        &self.attributes
    }
    fn start(&self) -> u64 {
        self.start_unix_nanos
    }
    fn set_start(&mut self, start_unix_nanos: u64) {
        self.start_unix_nanos = start_unix_nanos;
    }
    fn since(&self, earlier: &Self) -> Self {
        let total = self.total().since(&earlier.total());
        let sum = self.sum - earlier.sum;
        Self { sum, min: None, max: None, ..self.clone() }.with_total(total)
    }
    fn add(&mut self, other: &Self) {
        let mut total = self.total();
        total.merge(&other.total());
        let sum = self.sum + other.sum;
        *self = Self { sum, min: None, max: None, ..self.clone() }.with_total(total);
    }
    fn is_nothing(&self) -> bool {
        self.count() == 0
    }
    fn exemplars(&mut self) -> &mut Vec<Exemplar> {
        &mut self.exemplars
    }
}
