use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::budget::{OVERFLOW, burst};
use super::instrument::{Description, Kind};
use super::snapshot::{Metric, MetricData};
use super::{Number, NumberPoint};
use crate::attribute::{AttributeSet, Value};

/// An instrument that is asked for its values when metrics are read.
pub(crate) struct Observable {
    pub(super) description: Description,
    /// The instrument's number.
    number: u64,
    start_unix_nanos: u64,
    /// Series that the callback may observe.
    pub(super) max_series: usize,
    callback: Box<dyn Fn(&mut Observer) + Send + Sync>,
    /// Whether it is being asked now, maybe since long ago.
    running: AtomicBool,
    /// Whether it isn't to be asked any more.
    withdrawn: AtomicBool,
}

/// Takes the values that a callback observes; see
/// [`Meter::observable_gauge`](super::Meter::observable_gauge).
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let queues = [("mail", 3), ("print", 1)];
/// let registration = pipeline.meter(&SCOPE).observable_gauge("shop.queue").callback(move |observer| {
///     for (name, length) in queues {
///         observer.observe(length, &[("shop.queue.name", name.into())]);
///     }
/// });
/// assert_eq!(pipeline.metrics().sum("shop.queue", &[("shop.queue.name", "mail")]), 3.0);
/// # drop(registration);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Observer {
    start_unix_nanos: u64,
    max_series: usize,
    points: Vec<NumberPoint>,
    /// The sum of what is beyond the budget; nothing for a gauge, whose values don't add up.
    overflow: Option<Number>,
    /// What is beyond the budget, in number.
    beyond: usize,
}

/// Keeps a callback registered; dropping it ends the observation.
///
/// ```
/// use telemetry_core::{Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let meter = pipeline.meter(&SCOPE);
/// let registration = meter.observable_gauge("shop.open").callback(|it| it.observe(1, &[]));
/// assert!(pipeline.metrics().metric("shop.open").is_some());
/// drop(registration);
/// assert!(pipeline.metrics().metric("shop.open").is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
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
    /// The points, and the attribute that burst when they were too many.
    Points(Vec<NumberPoint>, Option<(String, usize)>),
    Panicked,
    /// It is still being asked by an earlier reading.
    Busy,
}

impl Observer {
    /// The present value of the series of these attributes; of one that is observed twice the last
    /// value counts. An integer stays one on the wire.
    pub fn observe(&mut self, value: impl Into<Number>, attributes: &[(&str, Value<'_>)]) {
        let value = value.into();
        if self.points.len() < self.max_series {
            self.points.push(self.point(AttributeSet::new(attributes), value));
        } else {
            self.beyond += 1;
            let sum = self.overflow.unwrap_or(Number::I64(0));
            self.overflow = Some(sum.plus(value));
        }
    }

    fn point(&self, attributes: AttributeSet, value: Number) -> NumberPoint {
        let start_unix_nanos = self.start_unix_nanos;
        NumberPoint { attributes, start_unix_nanos, value, exemplars: Vec::new() }
    }

    /// What was observed by an instrument of this kind.
    fn finish(mut self, kind: &Kind) -> Observed {
        if self.beyond == 0 {
            return Observed::Points(self.points, None);
        }
        let burst = burst(self.points.iter().map(|point| &point.attributes));
        if let Some(sum) = self.overflow.filter(|_| *kind != Kind::Gauge) {
            let point = self.point(AttributeSet::new(&OVERFLOW), sum);
            self.points.push(point);
        }
        Observed::Points(self.points, burst)
    }
}

impl Observable {
    pub(super) fn new(
        description: Description,
        number: u64,
        start_unix_nanos: u64,
        max_series: usize,
        callback: impl Fn(&mut Observer) + Send + Sync + 'static,
    ) -> Self {
        Self {
            description,
            number,
            start_unix_nanos,
            max_series,
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
        let mut observer = Observer {
            start_unix_nanos: self.start_unix_nanos,
            max_series: self.max_series,
            points: Vec::new(),
            overflow: None,
            beyond: 0,
        };
        let observed = catch_unwind(AssertUnwindSafe(|| (self.callback)(&mut observer)));
        self.running.store(false, Ordering::Release);
        match observed {
            Ok(()) => observer.finish(&self.description.kind),
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
