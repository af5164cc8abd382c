use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::instrument::{Description, Instrument, Kind, Limits};
use super::number::Numeric;
use super::{Counter, Gauge, Histogram, Observer, Registration, Registry, Summary, UpDownCounter};
use crate::scope::Scope;

/// An instrument about to be made, by a [`Meter`](super::Meter).
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let orders = pipeline
///     .meter(&SCOPE)
///     .counter("shop.orders")
///     .unit("{order}")
///     .description("Orders that were placed")
///     .max_series(100)
///     .build();
/// orders.add(1, &[("shop.country", "fr".into())]);
/// let metrics = pipeline.metrics();
/// assert_eq!(metrics.metric("shop.orders").unwrap().unit, "{order}");
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "an instrument is made by `build`"]
pub struct InstrumentBuilder<I> {
    registry: Arc<Registry>,
    description: Description,
    limits: Limits,
    instrument: PhantomData<fn() -> I>,
}

impl<I> InstrumentBuilder<I> {
    /// What an instrument may have unless it says otherwise: the specification's default.
    const MAX_SERIES: usize = 2000;

    pub(super) fn new(
        registry: Arc<Registry>,
        scope: &'static Scope,
        name: Cow<'static, str>,
        kind: Kind,
    ) -> Self {
        Self {
            registry,
            description: Description {
                name,
                unit: Cow::Borrowed(""),
                description: Cow::Borrowed(""),
                scope,
                kind,
                is_integer: None,
            },
            limits: Limits { max_series: Self::MAX_SERIES, expire_after: None },
            instrument: PhantomData,
        }
    }

    /// The unit, in [UCUM](https://ucum.org/ucum): `s`, `By`, `{request}`.
    pub fn unit(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
        self.description.unit = unit.into();
        self
    }

    /// What it measures.
    pub fn description(mut self, description: impl Into<Cow<'static, str>>) -> Self {
        self.description.description = description.into();
        self
    }

    /// How many combinations of attributes it may have, 2,000 by default and one at the least. All
    /// beyond share a series with the attribute `otel.metric.overflow`, so that totals stay right, and
    /// a [notice](crate::Notice::SeriesOverflow) names the attribute that has too many values.
    pub fn max_series(mut self, number: usize) -> Self {
        self.limits.max_series = number.max(1);
        self
    }

    /// Lets series expire that nobody has written to for so long; never by default. See
    /// [`Pipeline::expire_series`](crate::Pipeline::expire_series) for what that means. It is looked
    /// for whenever metrics are read.
    pub fn expire_after(mut self, idle: Duration) -> Self {
        self.limits.expire_after = Some(idle);
        self
    }

    fn register<T: Numeric>(mut self) -> Arc<Instrument> {
        self.description.is_integer = Some(T::IS_INTEGER);
        self.registry.register::<T>(self.description, self.limits)
    }
}

impl<T: Numeric> InstrumentBuilder<Counter<T>> {
    /// Makes the counter.
    pub fn build(self) -> Counter<T> {
        Counter::new(self.register::<T>())
    }
}

impl<T: Numeric> InstrumentBuilder<UpDownCounter<T>> {
    /// Makes the counter.
    pub fn build(self) -> UpDownCounter<T> {
        UpDownCounter::new(self.register::<T>())
    }
}

impl<T: Numeric> InstrumentBuilder<Gauge<T>> {
    /// Makes the gauge.
    pub fn build(self) -> Gauge<T> {
        Gauge::new(self.register::<T>())
    }
}

impl InstrumentBuilder<Summary> {
    /// Makes the summary.
    pub(crate) fn build(self) -> Arc<Summary> {
        self.registry.summarise(self.description)
    }
}

impl InstrumentBuilder<Histogram> {
    /// The upper bounds of the buckets, but the last one's, in the instrument's unit; they are sorted, and
    /// what isn't finite is left out. Without them they are the
    /// [specification's default](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation),
    /// from 0 to 10,000.
    pub fn buckets(mut self, bounds: &[f64]) -> Self {
        let mut bounds: Vec<f64> =
            bounds.iter().copied().filter(|bound| bound.is_finite()).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        self.description.kind = Kind::Histogram { bounds: bounds.into() };
        self
    }

    /// Counts in OpenTelemetry's
    /// [exponential buckets](https://opentelemetry.io/docs/specs/otel/metrics/sdk/#base2-exponential-bucket-histogram-aggregation)
    /// instead: as fine as 160 of them can be over the range of what is measured, whatever that is.
    /// A series takes up to 5 KiB, and 1.6 KiB in each thread that writes to it.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, Scope};
    ///
    /// static SCOPE: Scope = Scope::new("shop", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let size = pipeline.meter(&SCOPE).histogram("shop.order.size").exponential().build();
    /// [1.0, 10.0, 1000.0].into_iter().for_each(|value| size.record(value, &[]));
    /// let metrics = pipeline.metrics();
    /// let point = metrics.exponential_histogram("shop.order.size", &[]).unwrap();
    /// assert_eq!((point.count(), point.scale), (3, 3));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn exponential(mut self) -> Self {
        self.description.kind = Kind::ExponentialHistogram;
        self
    }

    /// Makes the histogram.
    pub fn build(self) -> Histogram {
        Histogram::new(self.register::<f64>())
    }
}

impl<I> fmt::Debug for InstrumentBuilder<I> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("InstrumentBuilder")
            .field("description", &self.description)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// An observable instrument about to be registered.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicI64, Ordering};
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let waiting = Arc::new(AtomicI64::new(3));
/// let seen = Arc::clone(&waiting);
/// let registration = pipeline
///     .meter(&SCOPE)
///     .observable_up_down_counter("shop.orders.waiting")
///     .unit("{order}")
///     .callback(move |observer| observer.observe(seen.load(Ordering::Relaxed), &[]));
/// assert_eq!(pipeline.metrics().sum("shop.orders.waiting", &[]), 3.0);
/// # drop(registration);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "an observation begins with `callback`"]
pub struct ObservableBuilder(pub(super) InstrumentBuilder<()>);

impl ObservableBuilder {
    /// The unit, in [UCUM](https://ucum.org/ucum).
    pub fn unit(self, unit: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.unit(unit))
    }

    /// What it measures.
    pub fn description(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.description(description))
    }

    /// How many series one callback may observe, 2,000 by default. What is beyond is added to a series
    /// with the attribute `otel.metric.overflow`; a gauge's values, which don't add up, are left out.
    pub fn max_series(self, number: usize) -> Self {
        Self(self.0.max_series(number))
    }

    /// Registers the function that observes. It is called whenever metrics are read, on a thread of
    /// telemetry's own. One that panics, or isn't done within the
    /// [observation timeout](crate::PipelineBuilder::observation_timeout), has observed nothing: the
    /// reading goes on without, [says so](super::MetricSnapshot::missed_observations), and so does a
    /// [notice](crate::Notice).
    pub fn callback(self, observe: impl Fn(&mut Observer) + Send + Sync + 'static) -> Registration {
        Registration::new(self.0.registry.observe(self.0.description, self.0.limits, observe))
    }
}
