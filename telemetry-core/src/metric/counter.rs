use std::marker::PhantomData;
use std::sync::Arc;

use super::Numeric;
use super::cells::with_cell;
use super::instrument::Instrument;
use super::series::Series;
use crate::attribute::Value;

/// A sum that only grows: requests, bytes, money spent. `Counter<u64>` counts, `Counter<f64>` adds
/// amounts. A handle, cheap to clone.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let orders = pipeline.meter(&SCOPE).counter("shop.orders").unit("{order}").build();
/// orders.add(1, &[("shop.country", "fr".into())]);
/// assert_eq!(pipeline.metrics().sum("shop.orders", &[("shop.country", "fr")]), 1.0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Counter<T: Numeric = u64> {
    instrument: Arc<Instrument>,
    number: PhantomData<T>,
}

impl<T: Numeric> Counter<T> {
    pub(super) fn new(instrument: Arc<Instrument>) -> Self {
        Self { instrument, number: PhantomData }
    }

    /// Adds to the series of these attributes. What isn't a number of zero or more is ignored.
    #[inline]
    pub fn add(&self, value: T, attributes: &[(&str, Value<'_>)]) {
        if !value.is_negative() {
            self.instrument.with_series(attributes, |series| {
                with_cell(series, |cell| cell.add(value));
            });
        }
    }

    /// A handle on one series, for places that always use the same attributes.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundCounter<T> {
        BoundCounter { series: self.instrument.series(attributes), number: PhantomData }
    }
}

/// One series of a [`Counter`].
#[derive(Clone, Debug)]
pub struct BoundCounter<T: Numeric = u64> {
    series: Arc<Series>,
    number: PhantomData<T>,
}

impl<T: Numeric> BoundCounter<T> {
    /// Adds to the series. What isn't a number of zero or more is ignored.
    #[inline]
    pub fn add(&self, value: T) {
        if !value.is_negative() {
            with_cell(&self.series, |cell| cell.add(value));
        }
    }
}

/// A sum that grows and shrinks: requests under way, items in a queue. It may be raised on one thread
/// and lowered on another.
#[derive(Clone, Debug)]
pub struct UpDownCounter {
    instrument: Arc<Instrument>,
}

impl UpDownCounter {
    pub(super) fn new(instrument: Arc<Instrument>) -> Self {
        Self { instrument }
    }

    /// Adds to the series of these attributes.
    #[inline]
    pub fn add(&self, value: i64, attributes: &[(&str, Value<'_>)]) {
        self.instrument.with_series(attributes, |series| {
            with_cell(series, |cell| cell.add(value));
        });
    }

    /// A handle on one series.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundUpDownCounter {
        BoundUpDownCounter { series: self.instrument.series(attributes) }
    }
}

/// One series of an [`UpDownCounter`].
#[derive(Clone, Debug)]
pub struct BoundUpDownCounter {
    series: Arc<Series>,
}

impl BoundUpDownCounter {
    /// Adds to the series.
    #[inline]
    pub fn add(&self, value: i64) {
        with_cell(&self.series, |cell| cell.add(value));
    }
}
