use std::borrow::Cow;
use std::sync::Arc;

use super::builder::{InstrumentBuilder, ObservableBuilder};
use super::instrument::Kind;
use super::{Counter, Gauge, Histogram, Registry, Summary, UpDownCounter};
use crate::scope::Scope;

/// Makes instruments for one library; from [`Pipeline::meter`](crate::Pipeline::meter).
///
/// Asking twice for the same instrument gives handles on the same series. Two instruments of one name
/// that differ in kind, unit or kind of number are both exported, and a
/// [notice](crate::Notice::InstrumentConflict) says so.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let meter = pipeline.meter(&SCOPE);
/// let orders = meter.counter("shop.orders").unit("{order}").build();
/// let same = meter.counter("shop.orders").unit("{order}").build();
/// orders.add(1, &[]);
/// same.add(2, &[]);
/// assert_eq!(pipeline.metrics().sum("shop.orders", &[]), 3.0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Meter {
    registry: Arc<Registry>,
    scope: &'static Scope,
}

impl Meter {
    pub(crate) fn new(registry: Arc<Registry>, scope: &'static Scope) -> Self {
        Self { registry, scope }
    }

    /// A [`Counter`] of whole things.
    pub fn counter(&self, name: impl Into<Cow<'static, str>>) -> InstrumentBuilder<Counter> {
        self.builder(name, Kind::Counter)
    }

    /// A [`Counter`] of amounts.
    pub fn f64_counter(
        &self,
        name: impl Into<Cow<'static, str>>,
    ) -> InstrumentBuilder<Counter<f64>> {
        self.builder(name, Kind::Counter)
    }

    /// An [`UpDownCounter`] of whole things.
    pub fn up_down_counter(
        &self,
        name: impl Into<Cow<'static, str>>,
    ) -> InstrumentBuilder<UpDownCounter> {
        self.builder(name, Kind::UpDownCounter)
    }

    /// An [`UpDownCounter`] of amounts.
    pub fn f64_up_down_counter(
        &self,
        name: impl Into<Cow<'static, str>>,
    ) -> InstrumentBuilder<UpDownCounter<f64>> {
        self.builder(name, Kind::UpDownCounter)
    }

    /// A [`Gauge`].
    pub fn gauge(&self, name: impl Into<Cow<'static, str>>) -> InstrumentBuilder<Gauge> {
        self.builder(name, Kind::Gauge)
    }

    /// A [`Gauge`] of whole things.
    pub fn i64_gauge(&self, name: impl Into<Cow<'static, str>>) -> InstrumentBuilder<Gauge<i64>> {
        self.builder(name, Kind::Gauge)
    }

    /// A [`Histogram`].
    pub fn histogram(&self, name: impl Into<Cow<'static, str>>) -> InstrumentBuilder<Histogram> {
        let bounds = DEFAULT_BOUNDS.into();
        self.builder(name, Kind::Histogram { bounds })
    }

    /// A counter whose values are asked for when metrics are read; they count from the start.
    pub fn observable_counter(&self, name: impl Into<Cow<'static, str>>) -> ObservableBuilder {
        ObservableBuilder(self.builder(name, Kind::Counter))
    }

    /// An up-down counter whose values are asked for when metrics are read.
    pub fn observable_up_down_counter(
        &self,
        name: impl Into<Cow<'static, str>>,
    ) -> ObservableBuilder {
        ObservableBuilder(self.builder(name, Kind::UpDownCounter))
    }

    /// A gauge whose values are asked for when metrics are read.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, Scope};
    ///
    /// static SCOPE: Scope = Scope::new("shop", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let registration = pipeline
    ///     .meter(&SCOPE)
    ///     .observable_gauge("shop.open_carts")
    ///     .callback(|observer| observer.observe(12, &[]));
    /// assert_eq!(pipeline.metrics().sum("shop.open_carts", &[]), 12.0);
    /// drop(registration);
    /// assert!(pipeline.metrics().metric("shop.open_carts").is_none());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn observable_gauge(&self, name: impl Into<Cow<'static, str>>) -> ObservableBuilder {
        ObservableBuilder(self.builder(name, Kind::Gauge))
    }

    /// A summary, whose quantiles are for a view to work out.
    pub(crate) fn summary(&self, name: impl Into<Cow<'static, str>>) -> InstrumentBuilder<Summary> {
        self.builder(name, Kind::Summary)
    }

    fn builder<I>(&self, name: impl Into<Cow<'static, str>>, kind: Kind) -> InstrumentBuilder<I> {
        InstrumentBuilder::new(Arc::clone(&self.registry), self.scope, name.into(), kind)
    }
}

/// The specification's default buckets
/// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation>).
const DEFAULT_BOUNDS: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
    10000.0,
];
