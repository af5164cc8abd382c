use std::marker::PhantomData;
use std::sync::Arc;

use super::cell::Cell;
use super::instrument::Instrument;
use super::lookup;
use super::number::Numeric;
use super::series::{Bound, Series};
use crate::attribute::Value;

/// A value that stands until the next one: a temperature, a version, a limit (`Gauge<i64>` for whole
/// ones). The last one set by any thread counts.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let temperature = pipeline.meter(&SCOPE).gauge("shop.temperature").unit("Cel").build();
/// temperature.set(21.5, &[]);
/// assert_eq!(pipeline.metrics().sum("shop.temperature", &[]), 21.5);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Gauge<T: Numeric = f64> {
    instrument: Arc<Instrument>,
    number: PhantomData<T>,
}

impl<T: Numeric> Gauge<T> {
    pub(super) fn new(instrument: Arc<Instrument>) -> Self {
        Self { instrument, number: PhantomData }
    }

    #[cfg(test)]
    pub(super) fn instrument(&self) -> Arc<Instrument> {
        Arc::clone(&self.instrument)
    }

    /// Sets the series of these attributes.
    pub fn set(&self, value: T, attributes: &[(&str, Value<'_>)]) {
        lookup::with_series(&self.instrument, attributes, Set(value.to_bits()));
    }

    /// A handle on one series.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundGauge<T> {
        BoundGauge { bound: self.instrument.bind(attributes), number: PhantomData }
    }
}

/// A value set, as bits.
#[derive(Clone, Copy)]
struct Set(u64);

impl lookup::Found for Set {
    #[inline(always)]
    fn found(self, series: &Series, _: Option<&Cell>) {
        series.set(self.0);
    }
}

/// One series of a [`Gauge`], which doesn't expire while there is a handle on it.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let temperature = pipeline.meter(&SCOPE).gauge("shop.temperature").unit("Cel").build();
/// let cellar = temperature.bind(&[("shop.room", "cellar".into())]);
/// cellar.set(12.5);
/// assert_eq!(pipeline.metrics().sum("shop.temperature", &[("shop.room", "cellar")]), 12.5);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoundGauge<T: Numeric = f64> {
    bound: Bound,
    number: PhantomData<T>,
}

impl<T: Numeric> BoundGauge<T> {
    /// Sets the series.
    pub fn set(&self, value: T) {
        self.bound.series.set(value.to_bits());
    }
}
