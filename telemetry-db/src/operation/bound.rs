use std::sync::Arc;

use telemetry_core::{BoundHistogram, Context};

use super::labels::Labels;
use crate::instruments::Instruments;
use crate::pattern::{Finding, Kind, Profile};
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
    pub(super) profile: Arc<Profile>,
}

impl Bound {
    pub(crate) fn new(
        instruments: &Arc<Instruments>,
        target: &Target,
        statement: &Statement,
    ) -> Self {
        let labels = Labels::of(target.inner(), statement, None);
        let profile = instruments.patterns.profile(statement);
        if let Some(texts) = profile.saw_text(statement.text_hash()) {
            let (kind, context) = (Kind::Thrash { texts }, &Context::current());
            Finding { kind, profile: &profile, target, context, site: None }.tell(instruments);
        }
        Bound {
            instruments: Arc::clone(instruments),
            target: target.clone(),
            duration: instruments.duration.bind(labels.as_slice()),
            returned_rows: instruments.returned_rows.bind(labels.as_slice()),
            profile,
        }
    }

    pub(crate) fn belongs_to(&self, instruments: &Arc<Instruments>, target: &Target) -> bool {
        Arc::ptr_eq(&self.instruments, instruments) && self.target.is(target)
    }
}
