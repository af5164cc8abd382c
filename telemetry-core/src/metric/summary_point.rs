use crate::attribute::AttributeSet;

/// Quantiles of one series over the last minutes, with the number and the sum of its values since the
/// start; see [`view::summary`](crate::view::summary).
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::{Pipeline, emit, view};
///
/// let latency = view::summary("latency").of_event("stage.stop").measure("took").quantiles(&[0.5]);
/// let pipeline = Pipeline::builder().view(latency).build()?;
/// pipeline.scoped(|| (1..=9).for_each(|took| emit!("stage.stop", { took: took })));
/// assert!(pipeline.flush(Duration::from_secs(60)).is_complete());
/// let metrics = pipeline.metrics();
/// let point = metrics.summary("latency", &[]).unwrap();
/// assert_eq!((point.count, point.sum), (9, 45.0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SummaryPoint {
    /// What it is the distribution of.
    pub attributes: AttributeSet,
    /// Since when it counts, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// How many values there were since the start.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// In the order in which they were declared; none where the last minutes have no values.
    pub quantiles: Vec<QuantileValue>,
}

/// The value below which a share of all values lies
/// ([`ValueAtQuantile`](https://opentelemetry.io/docs/specs/otel/metrics/data-model/#summary-legacy)).
///
/// ```
/// use telemetry_core::SummaryPoint;
///
/// fn show(point: &SummaryPoint) {
///     for quantile in &point.quantiles {
///         println!("{}: {}", quantile.quantile, quantile.value);
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct QuantileValue {
    /// The share, 0 to 1.
    pub quantile: f64,
    /// The value, within 5 % of the true one.
    pub value: f64,
}

impl SummaryPoint {
    /// The value of a quantile that was declared; none of another one, and none without values.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_core::{Pipeline, emit, view};
    ///
    /// let latency = view::summary("latency").of_event("stage.stop").measure("took").quantiles(&[0.5]);
    /// let pipeline = Pipeline::builder().view(latency).build()?;
    /// pipeline.scoped(|| (1..=9).for_each(|took| emit!("stage.stop", { took: took })));
    /// pipeline.flush(Duration::from_secs(5));
    /// let metrics = pipeline.metrics();
    /// let median = metrics.summary("latency", &[]).unwrap().quantile(0.5).unwrap();
    /// assert!((median / 5.0 - 1.0).abs() < 0.05);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.quantiles.iter().find(|known| known.quantile == q).map(|known| known.value)
    }
}
