use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Number;
use super::NumberPoint;
use super::instrument::{Description, Kind};
use super::snapshot::{Metric, MetricData};
use crate::attribute::{AttributeSet, Value};

/// An instrument that is asked for its values when metrics are read.
pub(crate) struct Observable {
    pub(super) description: Description,
    /// The instrument's number.
    number: u64,
    start_unix_nanos: u64,
    callback: Box<dyn Fn(&mut Observer) + Send + Sync>,
    /// Whether it is being asked now, maybe since long ago.
    running: AtomicBool,
    /// Whether it isn't to be asked any more.
    withdrawn: AtomicBool,
}

/// Takes the values that a callback observes; see
/// [`Meter::observable_gauge`](super::Meter::observable_gauge).
#[derive(Debug, Default)]
pub struct Observer {
    start_unix_nanos: u64,
    points: Vec<NumberPoint>,
}

/// Keeps a callback registered; dropping it ends the observation.
#[derive(Clone, Debug)]
#[must_use = "the callback is unregistered when this is dropped"]
pub struct Registration {
    _registered: Arc<Registered>,
}

/// What the clones of a registration share.
#[derive(Debug)]
struct Registered(Arc<Observable>);

impl Drop for Registered {
    fn drop(&mut self) {
        // A reading may have the observable in hand still.
        self.0.withdrawn.store(true, Ordering::Release);
    }
}

/// How asking went.
#[derive(Debug)]
pub(super) enum Observed {
    Points(Vec<NumberPoint>),
    Panicked,
    /// It is still being asked by an earlier reading.
    Busy,
}

impl Observer {
    /// Series that one callback may observe; what comes beyond is left out.
    const MAX_POINTS: usize = 2000;

    /// The present value of the series of these attributes. An integer stays one on the wire.
    pub fn observe(&mut self, value: impl Into<Number>, attributes: &[(&str, Value<'_>)]) {
        if self.points.len() < Self::MAX_POINTS {
            self.points.push(NumberPoint {
                attributes: AttributeSet::new(attributes),
                start_unix_nanos: self.start_unix_nanos,
                value: value.into(),
                exemplars: Vec::new(),
            });
        }
    }
}

impl Observable {
    pub(super) fn new(
        description: Description,
        number: u64,
        start_unix_nanos: u64,
        callback: impl Fn(&mut Observer) + Send + Sync + 'static,
    ) -> Self {
        Self {
            description,
            number,
            start_unix_nanos,
            callback: Box::new(callback),
            running: AtomicBool::new(false),
            withdrawn: AtomicBool::new(false),
        }
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        self.withdrawn.load(Ordering::Acquire)
    }

    /// Asks the callback.
    pub(super) fn ask(&self) -> Observed {
        if self.running.swap(true, Ordering::AcqRel) {
            return Observed::Busy;
        }
        let mut observer =
            Observer { start_unix_nanos: self.start_unix_nanos, ..Observer::default() };
        let observed = catch_unwind(AssertUnwindSafe(|| (self.callback)(&mut observer)));
        self.running.store(false, Ordering::Release);
        match observed {
            Ok(()) => Observed::Points(observer.points),
            Err(_) => Observed::Panicked,
        }
    }

    /// Adds what was observed to the metric of the same instrument.
    pub(super) fn add_to(&self, metrics: &mut Vec<Metric>, mut observed: Vec<NumberPoint>) {
        if observed.is_empty() {
            return;
        }
        let same = metrics.iter_mut().find(|metric| metric.instrument == self.number);
        match same.map(|metric| &mut metric.data) {
            Some(MetricData::Sum { points, .. } | MetricData::Gauge { points }) => {
                points.append(&mut observed);
            }
            _ => metrics.push(Metric::new(&self.description, self.number, self.data(observed))),
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
        Self { _registered: Arc::new(Registered(observable)) }
    }
}
