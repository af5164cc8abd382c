use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Number;
use super::instrument::{Description, Kind};
use super::snapshot::{Metric, MetricData, NumberPoint};
use crate::attribute::{AttributeSet, Value};

/// An instrument that is asked for its values when metrics are read.
pub(crate) struct Observable {
    description: Description,
    callback: Box<dyn Fn(&mut Observer) + Send + Sync>,
}

/// Takes the values that a callback observes; see
/// [`Meter::observable_gauge`](super::Meter::observable_gauge).
#[derive(Debug, Default)]
pub struct Observer {
    points: Vec<NumberPoint>,
}

/// Keeps a callback registered; dropping it ends the observation.
#[derive(Clone, Debug)]
#[must_use = "the callback is unregistered when this is dropped"]
pub struct Registration {
    _observable: Arc<Observable>,
}

impl Observer {
    /// The present value of the series of these attributes.
    pub fn observe(&mut self, value: impl Into<f64>, attributes: &[(&str, Value<'_>)]) {
        let value = value.into();
        let whole = value as i64;
        // Counts of things are integers on the wire, also when they were observed as a double.
        let value = if whole as f64 == value { Number::I64(whole) } else { Number::F64(value) };
        self.points.push(NumberPoint { attributes: AttributeSet::new(attributes), value });
    }
}

impl Observable {
    pub(super) fn new(
        description: Description,
        callback: impl Fn(&mut Observer) + Send + Sync + 'static,
    ) -> Self {
        Self { description, callback: Box::new(callback) }
    }

    /// Asks the callback and adds its points to the metric of the same name. A callback that panics
    /// has observed nothing.
    pub(super) fn read_into(&self, metrics: &mut Vec<Metric>) {
        let mut observer = Observer::default();
        let observed = catch_unwind(AssertUnwindSafe(|| (self.callback)(&mut observer)));
        if observed.is_err() || observer.points.is_empty() {
            return;
        }
        let same = metrics.iter_mut().find(|metric| {
            metric.name == self.description.name
                && std::ptr::eq(metric.scope, self.description.scope)
        });
        match same.map(|metric| &mut metric.data) {
            Some(MetricData::Sum { points, .. } | MetricData::Gauge { points }) => {
                points.append(&mut observer.points);
            }
            _ => metrics.push(Metric::new(&self.description, self.data(observer.points))),
        }
    }

    fn data(&self, points: Vec<NumberPoint>) -> MetricData {
        match self.description.kind {
            Kind::Counter => MetricData::Sum { monotonic: true, points },
            Kind::UpDownCounter => MetricData::Sum { monotonic: false, points },
            _ => MetricData::Gauge { points },
        }
    }
}

impl fmt::Debug for Observable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Observable").field("description", &self.description).finish()
    }
}

impl Registration {
    pub(super) fn new(observable: Arc<Observable>) -> Self {
        Self { _observable: observable }
    }
}
