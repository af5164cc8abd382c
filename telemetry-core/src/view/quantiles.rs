use std::sync::Arc;

use super::series::Figure;
use super::sketch::Sketch;
use crate::attribute::Value;
use crate::metric::{BoundSummary, Summary};

/// Where quantiles are shown.
#[derive(Debug)]
pub(super) struct Quantiles {
    pub(super) summary: Arc<Summary>,
    /// Those that are.
    pub(super) shown: Vec<f64>,
}

/// A series of them.
#[derive(Debug)]
pub(super) struct Place {
    bound: BoundSummary,
    /// Number and sum of the values that are of the window no longer.
    past: (u64, f64),
}

impl Figure for Sketch {
    type Screen = Quantiles;
    type Place = Place;

    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }

    fn place(screen: &Quantiles, labels: &[(&str, Value<'_>)]) -> Place {
        Place { bound: screen.summary.bind(labels), past: (0, 0.0) }
    }

    fn show(&self, screen: &Quantiles, place: &Place) {
        let (count, sum) = place.past;
        let quantiles = screen.shown.iter().filter_map(|q| Some((*q, self.quantile(*q)?)));
        place.bound.set(count + self.count(), sum + self.sum(), quantiles);
    }

    fn leave(self, place: &mut Place) {
        place.past.0 += self.count();
        place.past.1 += self.sum();
    }
}
