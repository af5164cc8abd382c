use std::sync::Arc;

use telemetry_core::BoundHistogram;

use super::labels::Labels;
use crate::instruments::Instruments;
use crate::{Statement, Target};

/// The series of a statement's successes, looked up once. Kept with the
/// statement for the first pipeline and target that it ran in; mostly there
/// are no others.
#[derive(Debug)]
pub(crate) struct Bound {
    instruments: Arc<Instruments>,
    target: Target,
    pub(super) duration: BoundHistogram,
    pub(super) returned_rows: BoundHistogram,
}

impl Bound {
    pub(crate) fn new(
        instruments: &Arc<Instruments>,
        target: &Target,
        statement: &Statement,
    ) -> Self {
        let labels = Labels::of(target.inner(), statement, None);
        Bound {
            instruments: Arc::clone(instruments),
            target: target.clone(),
            duration: instruments.duration.bind(labels.as_slice()),
            returned_rows: instruments.returned_rows.bind(labels.as_slice()),
        }
    }

    pub(crate) fn belongs_to(&self, instruments: &Arc<Instruments>, target: &Target) -> bool {
        Arc::ptr_eq(&self.instruments, instruments) && self.target.is(target)
    }
}
