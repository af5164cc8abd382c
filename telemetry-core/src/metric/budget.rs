use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::lookup;
use super::series::{Series, Shape};
use crate::attribute::{AttributeSet, Value};
use crate::clock::system_unix_nanos;

/// The series of an instrument, and those that have expired but that some thread still has in hand.
#[derive(Debug, Default)]
pub(super) struct SeriesMap {
    by_attributes: HashMap<AttributeSet, Arc<Series>>,
    closed: Vec<Arc<Series>>,
    /// Whether any has expired: what is made from then on counts from when it is made.
    has_expired: bool,
    overflow: Overflow,
}

/// The attribute of the series that all beyond the budget share
/// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute>).
pub(super) const OVERFLOW: [(&str, Value<'static>); 1] =
    [("otel.metric.overflow", Value::Bool(true))];

/// Whether the budget was used up, and whether that was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Overflow {
    #[default]
    Never,
    Unsaid,
    Said,
}

/// What a series is made after.
pub(super) struct Budget {
    pub(super) max_series: usize,
    pub(super) shape: Shape,
    pub(super) start_unix_nanos: u64,
}

impl SeriesMap {
    /// The series of these attributes, made at first sight; the overflow series beyond the budget.
    pub(super) fn series(
        &mut self,
        budget: &Budget,
        attributes: &[(&str, Value<'_>)],
    ) -> Arc<Series> {
        self.series_of(budget, AttributeSet::new(attributes))
    }

    fn series_of(&mut self, budget: &Budget, attributes: AttributeSet) -> Arc<Series> {
        if let Some(known) = self.by_attributes.get(&attributes) {
            return Arc::clone(known);
        }
        let is_overflow = self.by_attributes.len() >= budget.max_series;
        let attributes = if is_overflow {
            if self.overflow == Overflow::Never {
                self.overflow = Overflow::Unsaid;
            }
            AttributeSet::new(&OVERFLOW)
        } else {
            attributes
        };
        let start_unix_nanos =
            if self.has_expired { system_unix_nanos() } else { budget.start_unix_nanos };
        let made = self.by_attributes.entry(attributes).or_insert_with_key(|attributes| {
            let attributes = attributes.clone();
            Arc::new(Series::new(attributes, budget.shape, start_unix_nanos, is_overflow))
        });
        Arc::clone(made)
    }

    pub(super) fn all(&self) -> Vec<Arc<Series>> {
        self.by_attributes.values().cloned().collect()
    }

    #[cfg(test)]
    pub(super) fn closed(&self) -> usize {
        self.closed.len()
    }

    /// Closes the series for which `has_expired` holds; gives their number.
    pub(super) fn close_where(&mut self, has_expired: impl Fn(&Series) -> bool) -> usize {
        let before = self.closed.len();
        let closed = &mut self.closed;
        self.by_attributes.retain(|_, series| {
            let expired = has_expired(series);
            if expired {
                series.close();
                closed.push(Arc::clone(series));
            }
            !expired
        });
        let number = self.closed.len() - before;
        if number > 0 {
            self.has_expired = true;
            self.by_attributes.shrink_to_fit();
            lookup::announce_expiry();
        }
        number
    }

    /// Lets go of closed series that no thread has in hand any more. What one was given by a thread
    /// that was writing while it was closed goes to the series that took its place.
    pub(super) fn settle(&mut self, budget: &Budget) {
        if self.closed.is_empty() {
            return;
        }
        let mut closed = std::mem::take(&mut self.closed);
        closed.retain_mut(|series| {
            // Asked first: nobody writes afterwards to one that nobody else has.
            let in_hand = Arc::get_mut(series).is_none();
            if let Some(late) = series.take_late() {
                self.series_of(budget, series.attributes.clone()).absorb(&late);
            }
            if let Some(value) = series.take_late_value() {
                self.series_of(budget, series.attributes.clone()).set(value);
            }
            in_hand
        });
        closed.shrink_to_fit();
        self.closed = closed;
    }

    /// The attribute with the most different values, and their number; once, when the budget has been
    /// used up.
    pub(super) fn take_burst(&mut self) -> Option<(String, usize)> {
        if self.overflow != Overflow::Unsaid {
            return None;
        }
        self.overflow = Overflow::Said;
        burst(self.by_attributes.keys())
    }
}

/// The attribute with the most different values, and their number.
pub(super) fn burst<'a>(series: impl Iterator<Item = &'a AttributeSet>) -> Option<(String, usize)> {
    let mut values = BTreeMap::<&str, HashSet<String>>::new();
    for attributes in series {
        for (key, value) in attributes {
            values.entry(key).or_default().insert(value.to_string());
        }
    }
    let burst = values.into_iter().max_by_key(|(_, values)| values.len());
    burst.map(|(key, values)| (key.to_owned(), values.len()))
}
