use std::sync::{Arc, Mutex};

use super::instrument::Description;
use super::snapshot::{Metric, MetricData};
use super::summary_point::{QuantileValue, SummaryPoint};
use crate::attribute::{AttributeSet, Value};
use crate::sync::lock;

/// An instrument whose quantiles are worked out elsewhere, by a view.
#[derive(Debug)]
pub(crate) struct Summary {
    description: Description,
    /// The instrument's number.
    number: u64,
    start_unix_nanos: u64,
    series: Mutex<Vec<Arc<Mutex<SummaryPoint>>>>,
}

/// One series of a [`Summary`].
#[derive(Debug)]
pub(crate) struct BoundSummary(Arc<Mutex<SummaryPoint>>);

impl Summary {
    pub(super) fn new(description: Description, number: u64, start_unix_nanos: u64) -> Self {
        Self { description, number, start_unix_nanos, series: Mutex::default() }
    }

    /// Another series. How many there are is for the caller to bound.
    pub(crate) fn bind(&self, attributes: &[(&str, Value<'_>)]) -> BoundSummary {
        let point = Arc::new(Mutex::new(SummaryPoint {
            attributes: AttributeSet::new(attributes),
            start_unix_nanos: self.start_unix_nanos,
            count: 0,
            sum: 0.0,
            quantiles: Vec::new(),
        }));
        lock(&self.series).push(Arc::clone(&point));
        BoundSummary(point)
    }

    /// The series as they stand; none before there are any.
    pub(super) fn read(&self) -> Option<Metric> {
        let series = lock(&self.series);
        let points: Vec<_> = series.iter().map(|point| lock(point).clone()).collect();
        let data = MetricData::Summary { points };
        (data.points() > 0).then(|| Metric::new(&self.description, self.number, data))
    }
}

impl BoundSummary {
    /// Shows so many values with this sum, and the quantiles of the last of them.
    pub(crate) fn set(&self, count: u64, sum: f64, quantiles: impl Iterator<Item = (f64, f64)>) {
        let mut point = lock(&self.0);
        (point.count, point.sum) = (count, sum);
        point.quantiles.clear();
        point
            .quantiles
            .extend(quantiles.map(|(quantile, value)| QuantileValue { quantile, value }));
    }
}
