use std::time::{Duration, Instant};

use hashbrown::HashMap;

use super::check::Checked;
use super::sketch::Sketch;
use crate::attribute::{ATTRIBUTE_FIELD, Value, put_attribute};
use crate::metric::{BoundGauge, Gauge};

/// Figures of the last minutes, by labels, shown as gauges.
///
/// Each series has two halves of the window: one being filled, and the one before. What is shown is
/// of both.
#[derive(Debug)]
pub(super) struct Recent<F> {
    gauge: Gauge,
    shown: Vec<Shown>,
    series: HashMap<Vec<u8>, Series<F>>,
    max_series: usize,
    half: Duration,
    turned: Instant,
    key: Vec<u8>,
}

/// One of the gauges of a series: where the figure is read, and the label that tells it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) at: f64,
    pub(super) label: Option<(&'static str, String)>,
}

/// What is figured out of records.
pub(super) trait Figure: Clone + Default {
    fn merge(&mut self, other: &Self);
    /// The figure at a point; none without records.
    fn read(&self, at: f64) -> Option<f64>;
}

#[derive(Debug)]
struct Series<F> {
    filling: F,
    before: F,
    gauges: Vec<BoundGauge>,
    has_changed: bool,
}

impl<F: Figure> Recent<F> {
    pub(super) fn new(gauge: Gauge, shown: Vec<Shown>, view: &Checked) -> Self {
        Self {
            gauge,
            shown,
            series: HashMap::new(),
            max_series: view.max_series,
            half: view.window / 2,
            turned: Instant::now(),
            key: Vec::new(),
        }
    }

    /// Enters something into the series of these labels; beyond the budget, into the one that the
    /// rest shares.
    pub(super) fn enter(&mut self, labels: &[(&str, Value<'_>)], enter: impl FnOnce(&mut F)) {
        self.key.clear();
        for (key, value) in labels {
            put_attribute(&mut self.key, ATTRIBUTE_FIELD, key, *value);
        }
        if self.series.len() >= self.max_series && !self.series.contains_key(&self.key) {
            const OVERFLOW: [(&str, Value<'static>); 1] =
                [("otel.metric.overflow", Value::Bool(true))];
            self.key.clear();
            // No attribute begins like this.
            self.key.push(u8::MAX);
            return self.enter_known(&OVERFLOW, enter);
        }
        self.enter_known(labels, enter);
    }

    fn enter_known(&mut self, labels: &[(&str, Value<'_>)], enter: impl FnOnce(&mut F)) {
        let series = match self.series.get_mut(&self.key) {
            Some(series) => series,
            None => {
                let gauges = self.shown.iter().map(|shown| shown.bind(&self.gauge, labels));
                let (filling, before) = (F::default(), F::default());
                let made = Series { filling, before, gauges: gauges.collect(), has_changed: false };
                self.series.entry(self.key.clone()).or_insert(made)
            }
        };
        enter(&mut series.filling);
        series.has_changed = true;
    }

    /// Shows what has changed.
    pub(super) fn show(&mut self, now: Instant) {
        let turns = now.saturating_duration_since(self.turned) >= self.half;
        for series in self.series.values_mut() {
            if turns {
                series.before = std::mem::take(&mut series.filling);
            }
            if std::mem::replace(&mut series.has_changed, false) || turns {
                let mut figure = series.before.clone();
                figure.merge(&series.filling);
                for (shown, gauge) in self.shown.iter().zip(&series.gauges) {
                    if let Some(value) = figure.read(shown.at) {
                        gauge.set(value);
                    }
                }
            }
        }
        if turns {
            self.turned = now;
        }
    }
}

impl Shown {
    fn bind(&self, gauge: &Gauge, labels: &[(&str, Value<'_>)]) -> BoundGauge {
        match &self.label {
            None => gauge.bind(labels),
            Some((key, value)) => {
                let mut labels = labels.to_vec();
                labels.push((key, Value::Str(value)));
                gauge.bind(&labels)
            }
        }
    }
}

impl Figure for Sketch {
    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }

    fn read(&self, at: f64) -> Option<f64> {
        self.quantile(at)
    }
}

/// How many records there were, and for how many of them something held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub(super) held: u64,
    pub(super) all: u64,
}

impl Figure for Share {
    fn merge(&mut self, other: &Self) {
        self.held += other.held;
        self.all += other.all;
    }

    /// The share, of which the whole is `at`.
    fn read(&self, at: f64) -> Option<f64> {
        (self.all > 0).then(|| self.held as f64 / self.all as f64 * at)
    }
}
