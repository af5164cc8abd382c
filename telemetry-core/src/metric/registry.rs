use std::sync::{Arc, Mutex, Weak};

use super::instrument::Instrument;
use super::observable::Observable;
use super::snapshot::MetricSnapshot;
use crate::clock::system_unix_nanos;
use crate::sync::lock;

/// All instruments of a pipeline.
#[derive(Debug)]
pub(crate) struct Registry {
    start_unix_nanos: u64,
    instruments: Mutex<Vec<Arc<Instrument>>>,
    observables: Mutex<Vec<Weak<Observable>>>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self {
            start_unix_nanos: system_unix_nanos(),
            instruments: Mutex::default(),
            observables: Mutex::default(),
        }
    }

    /// The registered instrument that is the same as `made`, or `made` itself, registered now.
    pub(super) fn register(&self, made: Instrument) -> Arc<Instrument> {
        let mut instruments = lock(&self.instruments);
        let same = instruments.iter().find(|known| {
            let (known, made) = (&known.description, &made.description);
            known.name == made.name
                && known.kind == made.kind
                && known.unit == made.unit
                && std::ptr::eq(known.scope, made.scope)
        });
        if let Some(known) = same {
            return Arc::clone(known);
        }
        let made = Arc::new(made);
        instruments.push(Arc::clone(&made));
        made
    }

    pub(super) fn observe(&self, observable: &Arc<Observable>) {
        lock(&self.observables).push(Arc::downgrade(observable));
    }

    /// Reads everything. Observable instruments are asked on the calling thread.
    pub(crate) fn snapshot(&self) -> MetricSnapshot {
        let instruments = lock(&self.instruments).clone();
        let mut metrics: Vec<_> = instruments.iter().filter_map(|it| it.read()).collect();
        let observables: Vec<_> = {
            let mut observables = lock(&self.observables);
            observables.retain(|observable| observable.strong_count() > 0);
            observables.iter().filter_map(Weak::upgrade).collect()
        };
        for observable in observables {
            observable.read_into(&mut metrics);
        }
        metrics.sort_by(|one, other| one.name.cmp(&other.name));
        MetricSnapshot {
            start_unix_nanos: self.start_unix_nanos,
            time_unix_nanos: system_unix_nanos(),
            metrics,
        }
    }
}
