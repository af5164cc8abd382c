use std::marker::PhantomData;
use std::sync::Arc;

use super::cell::Cell;
use super::cells::{Entry, Within};
use super::instrument::Instrument;
use super::lookup;
use super::number::Numeric;
use super::series::{Bound, Series};
use crate::attribute::Value;
use crate::context::Context;

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

    #[cfg(test)]
    pub(super) fn instrument(&self) -> Arc<Instrument> {
        Arc::clone(&self.instrument)
    }

    /// Adds to the series of these attributes. What isn't a number of zero or more is ignored.
    #[inline]
    pub fn add(&self, value: T, attributes: &[(&str, Value<'_>)]) {
        if !value.is_negative() {
            lookup::enter(&self.instrument, attributes, Addition(value));
        }
    }

    /// Adds to the series of these attributes what was counted in `context`, when that isn't the
    /// current one: an exemplar leads there.
    #[inline]
    pub fn add_in(&self, value: T, attributes: &[(&str, Value<'_>)], context: &Context) {
        if !value.is_negative() {
            let entry = Within { entry: Addition(value), context };
            lookup::enter(&self.instrument, attributes, entry);
        }
    }

    /// A handle on one series, for places that always use the same attributes.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundCounter<T> {
        BoundCounter { bound: self.instrument.bind(attributes), number: PhantomData }
    }
}

/// One series of a [`Counter`], which doesn't expire while there is a handle on it.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let orders = pipeline.meter(&SCOPE).counter("shop.orders").build();
/// let french = orders.bind(&[("shop.country", "fr".into())]);
/// (0..3).for_each(|_| french.add(1));
/// assert_eq!(pipeline.metrics().sum("shop.orders", &[("shop.country", "fr")]), 3.0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoundCounter<T: Numeric = u64> {
    bound: Bound,
    number: PhantomData<T>,
}

impl<T: Numeric> BoundCounter<T> {
    /// Adds to the series. What isn't a number of zero or more is ignored.
    #[inline]
    pub fn add(&self, value: T) {
        if !value.is_negative() {
            self.bound.enter(Addition(value));
        }
    }

    /// Adds what was counted in `context`, when that isn't the current one: an exemplar leads there.
    #[inline]
    pub fn add_in(&self, value: T, context: &Context) {
        if !value.is_negative() {
            self.bound.enter(Within { entry: Addition(value), context });
        }
    }
}

/// A number added to a sum.
#[derive(Clone, Copy)]
pub(super) struct Addition<T>(pub(super) T);

impl<T: Numeric> Entry for Addition<T> {
    #[inline(always)]
    fn write(self, cell: &Cell) -> bool {
        cell.add(self.0);
        cell.watch.wants(0)
    }

    fn offer(self, series: &Series, cell: &Cell) {
        series.offer(cell, 0, T::number(self.0.to_bits()));
    }
}
