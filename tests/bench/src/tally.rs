//! [`Tally`]: what an exporter has seen before it discarded it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What every exporter counts, each in the same way: spans that are complete, and what the histogram
/// holds that counts operations.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    shape: Shape,
    totals: Arc<Totals>,
}

/// What one operation leaves behind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Spans, of which one is the root.
    pub(crate) spans: u64,
    /// Attributes that each of them must have at the least.
    pub(crate) attributes: usize,
    /// The histogram in which every operation leaves a value, in cases that have metrics.
    pub(crate) histogram: Option<&'static str>,
}

/// One span as an exporter sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Whether trace and span have an id.
    pub(crate) has_ids: bool,
    /// Whether it has no parent.
    pub(crate) is_root: bool,
    /// Attributes that were iterated.
    pub(crate) attributes: usize,
}

#[derive(Debug, Default)]
struct Totals {
    spans: AtomicU64,
    roots: AtomicU64,
    recorded: AtomicU64,
}

impl Tally {
    /// How often metrics are delivered where there are some, on every side.
    pub(crate) const METRICS_INTERVAL: Duration = Duration::from_secs(1);

    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, totals: Arc::default() }
    }

    /// Counts the complete ones of a batch.
    pub(crate) fn add(&self, batch: impl Iterator<Item = Seen>) {
        let (mut spans, mut roots) = (0, 0);
        for seen in batch {
            if seen.has_ids && seen.attributes >= self.shape.attributes {
                spans += 1;
                roots += u64::from(seen.is_root);
            }
        }
        self.totals.spans.fetch_add(spans, Ordering::Relaxed);
        self.totals.roots.fetch_add(roots, Ordering::Relaxed);
    }

    /// The histogram in which every operation leaves a value.
    pub(crate) fn histogram(&self) -> Option<&'static str> {
        self.shape.histogram
    }

    /// Takes the number of values that the histogram holds.
    pub(crate) fn set_recorded(&self, values: u64) {
        self.totals.recorded.store(values, Ordering::Release);
    }

    /// Operations of which everything came: every span, complete, one of them as the root, and the
    /// value in the histogram.
    pub(crate) fn operations(&self) -> u64 {
        let spans = self.totals.spans.load(Ordering::Acquire) / self.shape.spans;
        let whole = spans.min(self.totals.roots.load(Ordering::Acquire));
        match self.shape.histogram {
            Some(_) => whole.min(self.totals.recorded.load(Ordering::Acquire)),
            None => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Seen = Seen { has_ids: true, is_root: false, attributes: 2 };

    #[test]
    fn an_operation_counts_once_all_its_spans_are_there_and_complete() {
        let tally = Tally::new(Shape { spans: 2, attributes: 2, histogram: None });
        let root = Seen { is_root: true, ..WHOLE };
        tally.add([WHOLE, root, WHOLE].into_iter());
        assert_eq!(tally.operations(), 1);
        // A child without its id, one without its attributes, and a child in a root's place.
        let nameless = Seen { has_ids: false, ..WHOLE };
        let poor = Seen { attributes: 1, ..WHOLE };
        tally.add([nameless, poor].into_iter());
        assert_eq!(tally.operations(), 1);
        tally.add([WHOLE].into_iter());
        assert_eq!(tally.operations(), 1);
        tally.add([root].into_iter());
        assert_eq!(tally.operations(), 2);
    }

    #[test]
    fn an_operation_that_left_no_value_does_not_count() {
        let tally = Tally::new(Shape { spans: 1, attributes: 2, histogram: Some("duration") });
        tally.add([Seen { is_root: true, ..WHOLE }; 3].into_iter());
        tally.set_recorded(2);
        assert_eq!(tally.operations(), 2);
    }
}
