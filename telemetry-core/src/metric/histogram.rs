use std::sync::Arc;

use super::cells::with_cell;
use super::instrument::{Instrument, Kind};
use super::series::Series;
use crate::attribute::Value;

/// A distribution over fixed buckets: durations in seconds, sizes in bytes.
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
    bounds: Arc<[f64]>,
}

impl Histogram {
    pub(super) fn new(instrument: Arc<Instrument>) -> Self {
        let bounds = match &instrument.description.kind {
            Kind::Histogram { bounds } => Arc::clone(bounds),
            _ => Arc::default(),
        };
        Self { instrument, bounds }
    }

    /// Enters a value into the series of these attributes. What isn't a finite number is ignored.
    #[inline]
    pub fn record(&self, value: f64, attributes: &[(&str, Value<'_>)]) {
        self.instrument.with_series(attributes, |series| record(series, &self.bounds, value));
    }

    /// A handle on one series.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundHistogram {
        BoundHistogram {
            series: self.instrument.series(attributes),
            bounds: Arc::clone(&self.bounds),
        }
    }
}

/// One series of a [`Histogram`].
#[derive(Clone, Debug)]
pub struct BoundHistogram {
    series: Arc<Series>,
    bounds: Arc<[f64]>,
}

impl BoundHistogram {
    /// Enters a value. What isn't a finite number is ignored.
    #[inline]
    pub fn record(&self, value: f64) {
        record(&self.series, &self.bounds, value);
    }
}

#[inline]
fn record(series: &Arc<Series>, bounds: &[f64], value: f64) {
    if value.is_finite() {
        // A bucket includes its upper bound.
        let bucket = bounds.partition_point(|bound| *bound < value);
        with_cell(series, |cell| cell.record(bucket, value));
    }
}
