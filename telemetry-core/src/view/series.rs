use std::fmt;
use std::time::{Duration, Instant};

use hashbrown::HashMap;

use super::check::Checked;
use crate::attribute::{ATTRIBUTE_FIELD, Value, put_attribute};

/// Figures of the last minutes, by labels.
///
/// Each series has two halves of the window: one being filled, and the one before. What is shown is
/// of both.
#[derive(Debug)]
pub(super) struct Recent<F: Figure> {
    screen: F::Screen,
    series: HashMap<Vec<u8>, Series<F>>,
    max_series: usize,
    half: Duration,
    turned: Instant,
    key: Vec<u8>,
}

/// What is figured out of records.
pub(super) trait Figure: Clone + Default {
    /// The metric in which it is shown.
    type Screen: fmt::Debug;
    /// The series of that.
    type Place: fmt::Debug;

    fn merge(&mut self, other: &Self);

    /// A series with these labels.
    fn place(screen: &Self::Screen, labels: &[(&str, Value<'_>)]) -> Self::Place;

    /// Shows what is of the window.
    fn show(&self, screen: &Self::Screen, place: &Self::Place);

    /// Takes note that this is of the window no longer.
    fn leave(self, _place: &mut Self::Place) {}
}

#[derive(Debug)]
struct Series<F: Figure> {
    filling: F,
    before: F,
    place: F::Place,
    has_changed: bool,
}

impl<F: Figure> Recent<F> {
    pub(super) fn new(screen: F::Screen, view: &Checked) -> Self {
        Self {
            screen,
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
                let place = F::place(&self.screen, labels);
                let (filling, before) = (F::default(), F::default());
                let made = Series { filling, before, place, has_changed: false };
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
                let filled = std::mem::take(&mut series.filling);
                std::mem::replace(&mut series.before, filled).leave(&mut series.place);
            }
            if std::mem::replace(&mut series.has_changed, false) || turns {
                let mut figure = series.before.clone();
                figure.merge(&series.filling);
                figure.show(&self.screen, &series.place);
            }
        }
        if turns {
            self.turned = now;
        }
    }
}
