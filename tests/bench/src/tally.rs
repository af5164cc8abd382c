//! [`Tally`]: what an exporter has seen before it discarded it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What every exporter counts, each in the same way: records that are complete, and what the
/// instrument holds that counts operations.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    shape: Shape,
    totals: Arc<Totals>,
}

/// What one operation leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) records: Records,
    /// Attributes that each record must have at the least.
    pub(crate) attributes: usize,
    /// The instrument in which every operation leaves a value, in cases that have metrics: a counter
    /// that it raises by one, or a histogram.
    pub(crate) metric: Option<&'static str>,
}

/// The records of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    /// There are none.
    None,
    /// So many spans, of which one is the root.
    Spans(u64),
    /// So many log records.
    Logs(u64),
}

/// One record as an exporter sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Whether it has the ids of a trace and a span.
    pub(crate) has_ids: bool,
    /// Whether it is a span without a parent.
    pub(crate) is_root: bool,
    /// Attributes that were iterated.
    pub(crate) attributes: usize,
}

#[derive(Debug, Default)]
struct Totals {
    records: AtomicU64,
    roots: AtomicU64,
    recorded: AtomicU64,
}

impl Shape {
    /// So many spans with so many attributes each.
    pub(crate) const fn spans(spans: u64, attributes: usize) -> Self {
        Self { records: Records::Spans(spans), attributes, metric: None }
    }

    /// A log record with so many attributes.
    pub(crate) const fn log(attributes: usize) -> Self {
        Self { records: Records::Logs(1), attributes, metric: None }
    }

    /// A value in an instrument and nothing else.
    pub(crate) const fn metric(name: &'static str) -> Self {
        Self { records: Records::None, attributes: 0, metric: Some(name) }
    }

    /// A value in an instrument besides.
    pub(crate) const fn and_metric(self, name: &'static str) -> Self {
        Self { metric: Some(name), ..self }
    }
}

impl Tally {
    /// How often metrics are delivered where there are some, on every side.
    pub(crate) const METRICS_INTERVAL: Duration = Duration::from_secs(1);

    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, totals: Arc::default() }
    }

    /// What one operation leaves behind.
    pub(crate) fn shape(&self) -> Shape {
        self.shape
    }

    /// Counts the complete ones of a batch.
    pub(crate) fn add(&self, batch: impl Iterator<Item = Seen>) {
        let (mut records, mut roots) = (0, 0);
        for seen in batch {
            if seen.has_ids && seen.attributes >= self.shape.attributes {
                records += 1;
                roots += u64::from(seen.is_root);
            }
        }
        self.totals.records.fetch_add(records, Ordering::Relaxed);
        self.totals.roots.fetch_add(roots, Ordering::Relaxed);
    }

    /// Takes what the instrument holds: a counter's sum, the number of values in a histogram.
    pub(crate) fn set_recorded(&self, values: u64) {
        self.totals.recorded.store(values, Ordering::Release);
    }

    /// Operations of which everything came: every record, complete, one of the spans as the root,
    /// and the value in the instrument.
    pub(crate) fn operations(&self) -> u64 {
        let records = self.totals.records.load(Ordering::Acquire);
        let whole = match self.shape.records {
            Records::None => u64::MAX,
            Records::Spans(each) => (records / each).min(self.totals.roots.load(Ordering::Acquire)),
            Records::Logs(each) => records / each,
        };
        match self.shape.metric {
            Some(_) => whole.min(self.totals.recorded.load(Ordering::Acquire)),
            None => whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Seen = Seen { has_ids: true, is_root: false, attributes: 2 };
    const ROOT: Seen = Seen { is_root: true, ..WHOLE };

    #[test]
    fn an_operation_counts_once_all_its_spans_are_there_and_complete() {
        let tally = Tally::new(Shape::spans(2, 2));
        tally.add([WHOLE, ROOT, WHOLE].into_iter());
        assert_eq!(tally.operations(), 1);
        // A child without its id, one without its attributes, and a child in a root's place.
        let nameless = Seen { has_ids: false, ..WHOLE };
        let poor = Seen { attributes: 1, ..WHOLE };
        tally.add([nameless, poor].into_iter());
        assert_eq!(tally.operations(), 1);
        tally.add([WHOLE].into_iter());
        assert_eq!(tally.operations(), 1);
        tally.add([ROOT].into_iter());
        assert_eq!(tally.operations(), 2);
    }

    #[test]
    fn an_operation_that_left_no_value_does_not_count() {
        let tally = Tally::new(Shape::spans(1, 2).and_metric("duration"));
        tally.add([ROOT; 3].into_iter());
        tally.set_recorded(2);
        assert_eq!(tally.operations(), 2);
    }

    #[test]
    fn a_log_record_needs_its_ids_and_no_root() {
        let tally = Tally::new(Shape::log(2));
        tally.add([WHOLE, Seen { has_ids: false, ..WHOLE }, WHOLE].into_iter());
        assert_eq!(tally.operations(), 2);
    }

    #[test]
    fn where_there_is_nothing_but_an_instrument_its_values_are_the_operations() {
        let tally = Tally::new(Shape::metric("orders"));
        assert_eq!(tally.operations(), 0);
        tally.set_recorded(7);
        assert_eq!(tally.operations(), 7);
    }
}
