use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use super::instrument::{Description, Instrument, Kind};
use super::observable::Observable;
use super::{Counter, Gauge, Histogram, Observer, Registration, Registry, UpDownCounter};
use crate::scope::Scope;

/// Makes instruments for one library; from [`Pipeline::meter`](crate::Pipeline::meter).
///
/// Asking twice for the same instrument gives handles on the same series.
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

    /// An [`UpDownCounter`].
    pub fn up_down_counter(
        &self,
        name: impl Into<Cow<'static, str>>,
    ) -> InstrumentBuilder<UpDownCounter> {
        self.builder(name, Kind::UpDownCounter)
    }

    /// A [`Gauge`].
    pub fn gauge(&self, name: impl Into<Cow<'static, str>>) -> InstrumentBuilder<Gauge> {
        self.builder(name, Kind::Gauge)
    }

    /// A [`Histogram`].
    pub fn histogram(&self, name: impl Into<Cow<'static, str>>) -> InstrumentBuilder<Histogram> {
        let bounds = DEFAULT_BOUNDS.into();
        self.builder(name, Kind::Histogram { bounds })
    }

    /// A counter whose values are asked for when metrics are read.
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

    fn builder<I>(&self, name: impl Into<Cow<'static, str>>, kind: Kind) -> InstrumentBuilder<I> {
        InstrumentBuilder {
            registry: Arc::clone(&self.registry),
            description: Description {
                name: name.into(),
                unit: Cow::Borrowed(""),
                description: Cow::Borrowed(""),
                scope: self.scope,
                kind,
            },
            instrument: PhantomData,
        }
    }
}

/// The specification's default buckets
/// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation>).
const DEFAULT_BOUNDS: [f64; 15] = [
    0.0, 5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1000.0, 2500.0, 5000.0, 7500.0,
    10000.0,
];

/// An instrument about to be made.
#[derive(Debug)]
#[must_use = "an instrument is made by `build`"]
pub struct InstrumentBuilder<I> {
    registry: Arc<Registry>,
    description: Description,
    instrument: PhantomData<fn() -> I>,
}

impl<I> InstrumentBuilder<I> {
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
}

impl InstrumentBuilder<Counter> {
    /// Makes the counter.
    pub fn build(self) -> Counter {
        Counter::new(self.registry.register(Instrument::new::<u64>(self.description)))
    }
}

impl InstrumentBuilder<Counter<f64>> {
    /// Makes the counter.
    pub fn build(self) -> Counter<f64> {
        Counter::new(self.registry.register(Instrument::new::<f64>(self.description)))
    }
}

impl InstrumentBuilder<UpDownCounter> {
    /// Makes the counter.
    pub fn build(self) -> UpDownCounter {
        UpDownCounter::new(self.registry.register(Instrument::new::<i64>(self.description)))
    }
}

impl InstrumentBuilder<Gauge> {
    /// Makes the gauge.
    pub fn build(self) -> Gauge {
        Gauge::new(self.registry.register(Instrument::new::<f64>(self.description)))
    }
}

impl InstrumentBuilder<Histogram> {
    /// The upper bounds of the buckets, but the last one's; sorted, and what isn't finite left out.
    pub fn buckets(mut self, bounds: &[f64]) -> Self {
        let mut bounds: Vec<f64> =
            bounds.iter().copied().filter(|bound| bound.is_finite()).collect();
        bounds.sort_by(f64::total_cmp);
        bounds.dedup();
        self.description.kind = Kind::Histogram { bounds: bounds.into() };
        self
    }

    /// Makes the histogram.
    pub fn build(self) -> Histogram {
        Histogram::new(self.registry.register(Instrument::new::<f64>(self.description)))
    }
}

/// An observable instrument about to be registered.
#[derive(Debug)]
#[must_use = "an observation begins with `callback`"]
pub struct ObservableBuilder(InstrumentBuilder<()>);

impl ObservableBuilder {
    /// The unit, in [UCUM](https://ucum.org/ucum).
    pub fn unit(self, unit: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.unit(unit))
    }

    /// What it measures.
    pub fn description(self, description: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.description(description))
    }

    /// Registers the function that observes. It is called whenever metrics are read, on the reader's
    /// thread: it must be quick and mustn't block. A panic counts as nothing observed.
    pub fn callback(self, observe: impl Fn(&mut Observer) + Send + Sync + 'static) -> Registration {
        let observable = Arc::new(Observable::new(self.0.description, observe));
        self.0.registry.observe(&observable);
        Registration::new(observable)
    }
}
