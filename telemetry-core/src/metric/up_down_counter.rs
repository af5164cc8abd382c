use std::marker::PhantomData;
use std::sync::Arc;

use super::counter::Addition;
use super::instrument::Instrument;
use super::lookup;
use super::number::Numeric;
use super::series::Bound;
use crate::attribute::Value;

/// A sum that grows and shrinks: requests under way, items in a queue, money reserved
/// (`UpDownCounter<f64>`). It may be raised on one thread and lowered on another.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let active = pipeline.meter(&SCOPE).up_down_counter("shop.active_checkouts").build();
/// active.add(1, &[]);
/// active.add(-1, &[]);
/// assert_eq!(pipeline.metrics().sum("shop.active_checkouts", &[]), 0.0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct UpDownCounter<T: Numeric = i64> {
    instrument: Arc<Instrument>,
    number: PhantomData<T>,
}

impl<T: Numeric> UpDownCounter<T> {
    pub(super) fn new(instrument: Arc<Instrument>) -> Self {
        Self { instrument, number: PhantomData }
    }

    /// Adds to the series of these attributes.
    #[inline]
    pub fn add(&self, value: T, attributes: &[(&str, Value<'_>)]) {
        lookup::enter(&self.instrument, attributes, Addition(value));
    }

    /// A handle on one series.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundUpDownCounter<T> {
        BoundUpDownCounter { bound: self.instrument.bind(attributes), number: PhantomData }
    }
}

/// One series of an [`UpDownCounter`], which doesn't expire while there is a handle on it.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let active = pipeline.meter(&SCOPE).up_down_counter("shop.active_checkouts").build();
/// let by_card = active.bind(&[("shop.payment", "card".into())]);
/// by_card.add(2);
/// by_card.add(-1);
/// assert_eq!(pipeline.metrics().sum("shop.active_checkouts", &[]), 1.0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoundUpDownCounter<T: Numeric = i64> {
    bound: Bound,
    number: PhantomData<T>,
}

impl<T: Numeric> BoundUpDownCounter<T> {
    /// Adds to the series.
    #[inline]
    pub fn add(&self, value: T) {
        self.bound.enter(Addition(value));
    }
}
