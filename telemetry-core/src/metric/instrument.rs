use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::lookup;
use super::number::{Number, Numeric};
use super::series::{Series, Shape};
use super::snapshot::{HistogramPoint, Metric, MetricData, NumberPoint};
use crate::attribute::{AttributeSet, Value, canonical};
use crate::scope::Scope;
use crate::sync::lock;

/// Name, unit, description and kind of an instrument.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(super) name: Cow<'static, str>,
    pub(super) unit: Cow<'static, str>,
    pub(super) description: Cow<'static, str>,
    pub(super) scope: &'static Scope,
    pub(super) kind: Kind,
}

/// What an instrument records and how it is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Counter,
    UpDownCounter,
    Gauge,
    Histogram { bounds: Arc<[f64]> },
}

/// What the handles of an instrument share: its series.
#[derive(Debug)]
pub(crate) struct Instrument {
    /// Different for every instrument of the process.
    pub(super) number: u64,
    pub(super) description: Description,
    shape: Shape,
    to_number: fn(u64) -> Number,
    series: Mutex<HashMap<Vec<u8>, Arc<Series>>>,
}

impl Instrument {
    /// Series an instrument may have; what comes beyond shares one more
    /// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits>).
    const MAX_SERIES: usize = 2000;

    pub(super) fn new<T: Numeric>(description: Description) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let buckets = match &description.kind {
            Kind::Histogram { bounds } => bounds.len() + 1,
            _ => 0,
        };
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            description,
            shape: Shape { buckets, add: T::add_bits },
            to_number: T::number,
            series: Mutex::default(),
        }
    }

    /// The series of these attributes, found in the calling thread's own table where it was used
    /// before.
    #[inline]
    pub(super) fn with_series(
        &self,
        attributes: &[(&str, Value<'_>)],
        found: impl FnOnce(&Arc<Series>),
    ) {
        lookup::with_series(self, attributes, found);
    }

    /// The series of these attributes, made at first sight; the overflow series beyond the budget.
    pub(super) fn series(&self, attributes: &[(&str, Value<'_>)]) -> Arc<Series> {
        let key = canonical(attributes);
        let mut series = lock(&self.series);
        if let Some(known) = series.get(&key) {
            return Arc::clone(known);
        }
        let key = if series.len() < Self::MAX_SERIES {
            key
        } else {
            canonical(&[("otel.metric.overflow", Value::Bool(true))])
        };
        let made = series.entry(key).or_insert_with_key(|key| {
            Arc::new(Series::new(AttributeSet::from_canonical(key), self.shape))
        });
        Arc::clone(made)
    }

    /// All points as they stand; none when nothing was recorded.
    pub(super) fn read(&self) -> Option<Metric> {
        let series: Vec<Arc<Series>> = lock(&self.series).values().cloned().collect();
        let mut data = match &self.description.kind {
            Kind::Counter => MetricData::Sum { monotonic: true, points: self.sums(&series) },
            Kind::UpDownCounter => MetricData::Sum { monotonic: false, points: self.sums(&series) },
            Kind::Gauge => MetricData::Gauge { points: self.last_values(&series) },
            Kind::Histogram { bounds } => {
                MetricData::Histogram { bounds: Arc::clone(bounds), points: histograms(&series) }
            }
        };
        data.sort();
        (data.points() > 0).then(|| Metric::new(&self.description, data))
    }

    fn sums(&self, series: &[Arc<Series>]) -> Vec<NumberPoint> {
        let point = |series: &Arc<Series>| NumberPoint {
            attributes: series.attributes.clone(),
            value: (self.to_number)(series.total().0),
        };
        series.iter().map(point).collect()
    }

    fn last_values(&self, series: &[Arc<Series>]) -> Vec<NumberPoint> {
        let set = series.iter().filter(|series| series.is_set.load(Ordering::Acquire));
        let point = |series: &Arc<Series>| NumberPoint {
            attributes: series.attributes.clone(),
            value: (self.to_number)(series.last.load(Ordering::Relaxed)),
        };
        set.map(point).collect()
    }
}

fn histograms(series: &[Arc<Series>]) -> Vec<HistogramPoint> {
    let point = |series: &Arc<Series>| {
        let (sum, buckets) = series.total();
        let sum = f64::from_bits(sum);
        HistogramPoint { attributes: series.attributes.clone(), buckets, sum }
    };
    series.iter().map(point).filter(|point| point.count() > 0).collect()
}
