use std::sync::Arc;

use super::cell::Cell;
use super::cells::{Entry, Within};
use super::instrument::{Instrument, Kind};
use super::lookup;
use super::number::Number;
use super::series::{Bound, Series};
use crate::attribute::Value;
use crate::context::Context;

/// A distribution: durations in seconds, sizes in bytes. Over fixed buckets, or, made with
/// [`exponential`](super::InstrumentBuilder::exponential), over buckets that fit what is measured.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let duration =
///     pipeline.meter(&SCOPE).histogram("shop.checkout").unit("s").buckets(&[0.1, 1.0]).build();
/// duration.record(0.25, &[]);
/// let metrics = pipeline.metrics();
/// assert_eq!(metrics.histogram("shop.checkout", &[]).unwrap().buckets, [0, 1, 0]);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Histogram {
    instrument: Arc<Instrument>,
    buckets: Buckets,
}

/// How a value finds its bucket.
#[derive(Clone, Debug)]
enum Buckets {
    /// Bounds, filled up with infinity: a search of known length.
    Few(Arc<[f64; FEW]>),
    Many(Arc<[f64]>),
    Exponential,
}

const FEW: usize = 16;

impl Histogram {
    pub(super) fn new(instrument: Arc<Instrument>) -> Self {
        let buckets = match &instrument.description.kind {
            Kind::Histogram { bounds } if bounds.len() <= FEW => {
                let mut few = [f64::INFINITY; FEW];
                few.iter_mut().zip(bounds.iter()).for_each(|(few, bound)| *few = *bound);
                Buckets::Few(Arc::new(few))
            }
            Kind::Histogram { bounds } => Buckets::Many(Arc::clone(bounds)),
            _ => Buckets::Exponential,
        };
        Self { instrument, buckets }
    }

    /// Enters a value into the series of these attributes. What isn't a finite number is ignored.
    #[inline]
    pub fn record(&self, value: f64, attributes: &[(&str, Value<'_>)]) {
        if value.is_finite() {
            match &self.buckets {
                Buckets::Few(bounds) => {
                    lookup::enter(&self.instrument, attributes, Explicit::of_few(bounds, value));
                }
                Buckets::Many(bounds) => {
                    lookup::enter(&self.instrument, attributes, Explicit::of_many(bounds, value));
                }
                Buckets::Exponential => Exponential(value).look_up(&self.instrument, attributes),
            }
        }
    }

    /// Enters into the series of these attributes a value that was measured in `context`, when that
    /// isn't the current one: an exemplar leads there. A guard that records how long its span took does
    /// so after the span's end.
    ///
    /// ```
    /// use telemetry_core::{Pipeline, Scope, span};
    ///
    /// static SCOPE: Scope = Scope::new("shop", "1.0.0");
    ///
    /// let pipeline = Pipeline::builder().build()?;
    /// let checkout = pipeline.meter(&SCOPE).histogram("shop.checkout").unit("s").build();
    /// let span = pipeline.scoped(|| span!("checkout").start());
    /// let context = span.context().clone();
    /// checkout.record_in(span.end().as_secs_f64(), &[], &context);
    /// let metrics = pipeline.metrics();
    /// let exemplar = &metrics.histogram("shop.checkout", &[]).unwrap().exemplars[0];
    /// assert_eq!(exemplar.span_id, context.span_context().map(|span| span.span_id()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[inline]
    pub fn record_in(&self, value: f64, attributes: &[(&str, Value<'_>)], context: &Context) {
        if value.is_finite() {
            match &self.buckets {
                Buckets::Few(bounds) => {
                    let entry = Within { entry: Explicit::of_few(bounds, value), context };
                    lookup::enter(&self.instrument, attributes, entry);
                }
                Buckets::Many(bounds) => {
                    let entry = Within { entry: Explicit::of_many(bounds, value), context };
                    lookup::enter(&self.instrument, attributes, entry);
                }
                Buckets::Exponential => {
                    let entry = Within { entry: Exponential(value), context };
                    lookup::enter(&self.instrument, attributes, entry);
                }
            }
        }
    }

    /// A handle on one series.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundHistogram {
        BoundHistogram { bound: self.instrument.bind(attributes), buckets: self.buckets.clone() }
    }
}

/// One series of a [`Histogram`], which doesn't expire while there is a handle on it.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let checkout = pipeline.meter(&SCOPE).histogram("shop.checkout").unit("s").build();
/// let by_card = checkout.bind(&[("shop.payment", "card".into())]);
/// by_card.record(0.25);
/// let metrics = pipeline.metrics();
/// assert_eq!(metrics.histogram("shop.checkout", &[("shop.payment", "card")]).unwrap().count(), 1);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BoundHistogram {
    bound: Bound,
    buckets: Buckets,
}

impl BoundHistogram {
    /// Enters a value. What isn't a finite number is ignored.
    #[inline]
    pub fn record(&self, value: f64) {
        if value.is_finite() {
            match &self.buckets {
                Buckets::Few(bounds) => self.bound.enter(Explicit::of_few(bounds, value)),
                Buckets::Many(bounds) => self.bound.enter(Explicit::of_many(bounds, value)),
                Buckets::Exponential => Exponential(value).enter(&self.bound),
            }
        }
    }
}

impl BoundHistogram {
    /// Enters a value that was measured in `context`, when that isn't the current one: an exemplar
    /// leads there.
    #[inline]
    pub fn record_in(&self, value: f64, context: &Context) {
        if value.is_finite() {
            match &self.buckets {
                Buckets::Few(bounds) => {
                    self.bound.enter(Within { entry: Explicit::of_few(bounds, value), context });
                }
                Buckets::Many(bounds) => {
                    self.bound.enter(Within { entry: Explicit::of_many(bounds, value), context });
                }
                Buckets::Exponential => {
                    self.bound.enter(Within { entry: Exponential(value), context });
                }
            }
        }
    }
}

/// A value and its explicit bucket.
#[derive(Clone, Copy)]
struct Explicit {
    bucket: usize,
    value: f64,
}

impl Explicit {
    // A bucket includes its upper bound.

    #[inline(always)]
    fn of_few(bounds: &[f64; FEW], value: f64) -> Self {
        let mut bucket = 0;
        for step in [8, 4, 2, 1, 1] {
            // The mask changes nothing; it spares a check.
            let is_above = bounds[(bucket + step - 1) & (FEW - 1)] < value;
            bucket += usize::from(is_above) * step;
        }
        Self { bucket, value }
    }

    #[inline(always)]
    fn of_many(bounds: &[f64], value: f64) -> Self {
        Self { bucket: bounds.partition_point(|bound| *bound < value), value }
    }
}

impl Entry for Explicit {
    #[inline(always)]
    fn write(self, cell: &Cell) -> bool {
        cell.record_explicit(self.bucket, self.value);
        cell.watch.wants(self.bucket)
    }

    fn offer(self, series: &Series, cell: &Cell) {
        series.offer(cell, self.bucket, Number::F64(self.value));
    }
}

/// A value that finds its bucket in the cell.
#[derive(Clone, Copy)]
struct Exponential(f64);

impl Exponential {
    /// Exemplars of a series at the most
    /// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#exemplar-defaults>).
    const EXEMPLARS: usize = 16;

    // Not within `record`, where it would cost the explicit buckets their registers.
    #[inline(never)]
    fn enter(self, bound: &Bound) {
        bound.enter(self);
    }

    #[inline(never)]
    fn look_up(self, instrument: &Instrument, attributes: &[(&str, Value<'_>)]) {
        lookup::enter(instrument, attributes, self);
    }

    /// The exemplar that it would be: those of different magnitudes, a power of two apart.
    #[inline(always)]
    fn magnitude(self) -> usize {
        (self.0.to_bits() >> 52) as usize % Self::EXEMPLARS
    }
}

impl Entry for Exponential {
    #[inline(always)]
    fn write(self, cell: &Cell) -> bool {
        cell.record_exponential(self.0);
        cell.watch.wants(self.magnitude())
    }

    fn offer(self, series: &Series, cell: &Cell) {
        series.offer(cell, self.magnitude(), Number::F64(self.0));
    }
}
