use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::baggage_labels::BaggageLabels;
use super::budget::{Budget, SeriesMap};
use super::cell::{Layout, Total, TotalBuckets};
use super::exemplar::ExemplarFilter;
use super::number::Numeric;
use super::point::{ExponentialHistogramPoint, HistogramPoint, NumberPoint};
use super::registry::Reading;
use super::series::{Bound, Series, Shape};
use super::snapshot::{Metric, MetricData};
use crate::attribute::Value;
use crate::notice::Notice;
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
    /// Whether it measures in whole numbers; of an observable one it isn't known.
    pub(super) is_integer: Option<bool>,
}

/// What an instrument records and how it is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Counter,
    UpDownCounter,
    Gauge,
    Histogram {
        bounds: Arc<[f64]>,
    },
    ExponentialHistogram,
    /// Its values come from a view, which has its own series.
    Summary,
}

/// How many series an instrument may have and how long it keeps them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Series; what comes beyond shares one more
    /// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits>).
    pub(super) max_series: usize,
    /// After how long without a measurement a series expires; never when there is none.
    pub(super) expire_after: Option<Duration>,
}

/// What the handles of an instrument share: its series.
#[derive(Debug)]
pub(crate) struct Instrument {
    /// Different for every instrument of the process.
    pub(super) number: u64,
    pub(super) description: Description,
    limits: Limits,
    shape: Shape,
    /// Since when the registry counts.
    start_unix_nanos: u64,
    series: Mutex<SeriesMap>,
    /// Of what counts and what measures. What goes up and down might do so in different contexts and never
    /// come to rest.
    pub(super) baggage_labels: Option<BaggageLabels>,
}

/// A number for an instrument.
pub(super) fn next_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Instrument {
    pub(super) fn new<T: Numeric>(
        description: Description,
        limits: Limits,
        filter: ExemplarFilter,
        start_unix_nanos: u64,
        labels: Option<BaggageLabels>,
    ) -> Self {
        let (layout, has_exemplars) = match &description.kind {
            Kind::Histogram { bounds } => (Layout::Explicit(bounds.len() + 1), true),
            Kind::ExponentialHistogram => (Layout::Exponential, true),
            Kind::Counter => (Layout::Sum, true),
            Kind::UpDownCounter | Kind::Gauge | Kind::Summary => (Layout::Sum, false),
        };
        let is_labelled = !matches!(description.kind, Kind::UpDownCounter | Kind::Gauge);
        Self {
            baggage_labels: labels.filter(|_| is_labelled),
            number: next_number(),
            description,
            limits,
            shape: Shape {
                layout,
                filter: if has_exemplars { filter } else { ExemplarFilter::AlwaysOff },
                add: T::add_bits,
                subtract: T::subtract_bits,
                to_number: T::number,
            },
            start_unix_nanos,
            series: Mutex::default(),
        }
    }

    pub(super) fn is_gauge(&self) -> bool {
        self.description.kind == Kind::Gauge
    }

    /// The series of these attributes, made at first sight; the overflow series beyond the budget.
    pub(super) fn series(&self, attributes: &[(&str, Value<'_>)]) -> Arc<Series> {
        lock(&self.series).series(&self.budget(), attributes)
    }

    /// The series of these attributes for a handle of its own.
    pub(super) fn bind(self: &Arc<Self>, attributes: &[(&str, Value<'_>)]) -> Bound {
        // Under the lock, so that the series can't expire before it is held.
        let mut series = lock(&self.series);
        let found = series.series(&self.budget(), attributes);
        let labelled = self.baggage_labels.is_some() && !found.is_overflow;
        Bound::new(found, labelled.then(|| Arc::clone(self)))
    }

    /// Series that have expired and that some thread still has in hand.
    #[cfg(test)]
    pub(super) fn closed_series(&self) -> usize {
        lock(&self.series).closed()
    }

    fn budget(&self) -> Budget {
        Budget {
            max_series: self.limits.max_series,
            shape: self.shape,
            start_unix_nanos: self.start_unix_nanos,
        }
    }

    /// All points as they stand, none when nothing was recorded; and what is to be said about the
    /// instrument.
    pub(super) fn read(&self, reading: &Reading) -> (Option<Metric>, Option<Notice>) {
        let (series, notice) = {
            let mut series = lock(&self.series);
            series.settle(&self.budget());
            if let Some(older_than) = self.limits.expire_after {
                self.expire_from(&mut series, older_than, reading);
            }
            let notice = series.take_burst().map(|burst| Notice::SeriesOverflow {
                instrument: self.description.name.clone().into_owned(),
                max_series: self.limits.max_series,
                attribute: burst.0,
                values: burst.1,
            });
            (series.all(), notice)
        };
        let data = match &self.description.kind {
            Kind::Counter => {
                MetricData::Sum { monotonic: true, points: self.sums(&series, reading) }
            }
            Kind::UpDownCounter => {
                MetricData::Sum { monotonic: false, points: self.sums(&series, reading) }
            }
            Kind::Gauge => MetricData::Gauge { points: self.last_values(&series, reading) },
            Kind::Histogram { bounds } => MetricData::Histogram {
                bounds: Arc::clone(bounds),
                points: self.histograms(&series, bounds, reading),
            },
            Kind::ExponentialHistogram => MetricData::ExponentialHistogram {
                points: self.exponential_histograms(&series, reading),
            },
            Kind::Summary => MetricData::Summary { points: Vec::new() },
        };
        let metric = (data.points() > 0).then(|| Metric::new(&self.description, self.number, data));
        (metric, notice)
    }

    /// Closes the series that haven't changed for `older_than` and that all readers know the last
    /// state of. Gives their number.
    pub(super) fn expire(&self, older_than: Duration, reading: &Reading) -> usize {
        let mut series = lock(&self.series);
        series.settle(&self.budget());
        let closed = self.expire_from(&mut series, older_than, reading);
        series.settle(&self.budget());
        closed
    }

    fn expire_from(
        &self,
        series: &mut SeriesMap,
        older_than: Duration,
        reading: &Reading,
    ) -> usize {
        let is_up_down = self.description.kind == Kind::UpDownCounter;
        series.close_where(|series| {
            let total = series.read(reading.number, reading.now);
            let changed = series.changed();
            // What is under way will come back to zero, and must find what it came from.
            let at_rest = !is_up_down || total.value == 0;
            at_rest
                && !series.is_bound()
                && reading.now.saturating_duration_since(changed.at) >= older_than
                && reading.is_known_to_all(changed.reading)
        })
    }

    fn sums(&self, series: &[Arc<Series>], reading: &Reading) -> Vec<NumberPoint> {
        let point = |series: &Arc<Series>| NumberPoint {
            attributes: series.attributes.clone(),
            start_unix_nanos: series.start_unix_nanos,
            value: (self.shape.to_number)(series.read(reading.number, reading.now).value),
            exemplars: series.exemplars(),
        };
        series.iter().map(point).collect()
    }

    fn last_values(&self, series: &[Arc<Series>], reading: &Reading) -> Vec<NumberPoint> {
        let point = |series: &Arc<Series>| {
            series.read(reading.number, reading.now);
            Some(NumberPoint {
                attributes: series.attributes.clone(),
                start_unix_nanos: series.start_unix_nanos,
                value: (self.shape.to_number)(series.last()?),
                exemplars: Vec::new(),
            })
        };
        series.iter().filter_map(point).collect()
    }

    fn histograms(
        &self,
        series: &[Arc<Series>],
        bounds: &Arc<[f64]>,
        reading: &Reading,
    ) -> Vec<HistogramPoint> {
        let point = |series: &Arc<Series>| {
            let (series, total) = Self::distribution(series, reading)?;
            let TotalBuckets::Explicit(buckets) = total.buckets else { return None };
            Some(HistogramPoint {
                attributes: series.attributes.clone(),
                start_unix_nanos: series.start_unix_nanos,
                bounds: Arc::clone(bounds),
                buckets,
                sum: f64::from_bits(total.value),
                min: Some(total.least),
                max: Some(total.greatest),
                exemplars: series.exemplars(),
            })
        };
        series.iter().filter_map(point).collect()
    }

    fn exponential_histograms(
        &self,
        series: &[Arc<Series>],
        reading: &Reading,
    ) -> Vec<ExponentialHistogramPoint> {
        let point = |series: &Arc<Series>| {
            let (series, total) = Self::distribution(series, reading)?;
            let TotalBuckets::Exponential(buckets) = total.buckets else { return None };
            Some(ExponentialHistogramPoint {
                attributes: series.attributes.clone(),
                start_unix_nanos: series.start_unix_nanos,
                scale: buckets.scale,
                zero_count: buckets.zeros,
                positive: buckets.positive,
                negative: buckets.negative,
                sum: f64::from_bits(total.value),
                min: Some(total.least),
                max: Some(total.greatest),
                exemplars: series.exemplars(),
            })
        };
        series.iter().filter_map(point).collect()
    }

    fn distribution<'a>(series: &'a Series, reading: &Reading) -> Option<(&'a Series, Total)> {
        let total = series.read(reading.number, reading.now);
        (total.count() > 0).then_some((series, total))
    }
}
