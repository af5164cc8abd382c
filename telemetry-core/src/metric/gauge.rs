use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::instrument::Instrument;
use super::series::Series;
use crate::attribute::Value;

/// A value that stands until the next one: a temperature, a version, a limit. The last one set by any
/// thread counts.
#[derive(Clone, Debug)]
pub struct Gauge {
    instrument: Arc<Instrument>,
}

impl Gauge {
    pub(super) fn new(instrument: Arc<Instrument>) -> Self {
        Self { instrument }
    }

    /// Sets the series of these attributes.
    pub fn set(&self, value: f64, attributes: &[(&str, Value<'_>)]) {
        self.instrument.with_series(attributes, |series| set(series, value));
    }

    /// A handle on one series.
    pub fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundGauge {
        BoundGauge { series: self.instrument.series(attributes) }
    }
}

/// One series of a [`Gauge`].
#[derive(Clone, Debug)]
pub struct BoundGauge {
    series: Arc<Series>,
}

impl BoundGauge {
    /// Sets the series.
    pub fn set(&self, value: f64) {
        set(&self.series, value);
    }
}

fn set(series: &Series, value: f64) {
    series.last.store(value.to_bits(), Ordering::Relaxed);
    series.is_set.store(true, Ordering::Release);
}
