use super::series::Figure;
use crate::attribute::Value;
use crate::metric::{BoundGauge, Gauge};

/// How many records there were, and for how many of them something held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    pub(super) held: u64,
    pub(super) all: u64,
}

/// Where shares are shown.
#[derive(Debug)]
pub(super) struct Shares {
    pub(super) gauge: Gauge,
    /// What the whole is shown as.
    pub(super) whole: f64,
}

impl Figure for Share {
    type Screen = Shares;
    type Place = BoundGauge;

    fn merge(&mut self, other: &Self) {
        self.held += other.held;
        self.all += other.all;
    }

    fn place(screen: &Shares, labels: &[(&str, Value<'_>)]) -> BoundGauge {
        screen.gauge.bind(labels)
    }

    /// Without records the last share stands.
    fn show(&self, screen: &Shares, place: &BoundGauge) {
        if self.all > 0 {
            place.set(self.held as f64 / self.all as f64 * screen.whole);
        }
    }
}
