use std::collections::HashMap;
use std::mem;
use std::sync::Mutex;

use super::evidence::Reason;
use crate::context::TraceId;
use crate::sync::lock;

/// The traces that a tail has kept, and why: the recent ones and those before.
///
/// The collector alone adds to them. What still comes of a kept trace is kept too, and what was measured in
/// one may be shown as an exemplar.
#[derive(Debug, Default)]
pub(crate) struct Rescued(Mutex<[HashMap<TraceId, Reason>; 2]>);

impl Rescued {
    /// Traces that are remembered, of the recent ones.
    const REMEMBERED: usize = 4096;

    pub(super) fn add(&self, trace: TraceId, reason: Reason) {
        let [recent, before] = &mut *lock(&self.0);
        if recent.len() >= Self::REMEMBERED {
            *before = mem::take(recent);
        }
        recent.insert(trace, reason);
    }

    pub(super) fn reason(&self, trace: TraceId) -> Option<Reason> {
        lock(&self.0).iter().find_map(|traces| traces.get(&trace)).copied()
    }

    /// Whether the trace was kept, as far back as is remembered.
    pub(crate) fn has(&self, trace: TraceId) -> bool {
        self.reason(trace).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_are_promised_are_remembered_and_no_more_than_twice_that() {
        let rescued = Rescued::default();
        let trace =
            |number: usize| TraceId::from_bytes((number as u128 + 1).to_be_bytes()).unwrap();
        (0..10 * Rescued::REMEMBERED).for_each(|number| rescued.add(trace(number), Reason::Error));
        let remembered = (0..10 * Rescued::REMEMBERED).filter(|number| rescued.has(trace(*number)));
        let remembered: Vec<_> = remembered.collect();
        assert!((Rescued::REMEMBERED..=2 * Rescued::REMEMBERED).contains(&remembered.len()));
        assert_eq!(remembered.last(), Some(&(10 * Rescued::REMEMBERED - 1)));
    }
}
