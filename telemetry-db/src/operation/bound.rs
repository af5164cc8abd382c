use std::sync::{Arc, OnceLock};

use telemetry_core::{BoundHistogram, Context, EncodedAttributes, Pipeline};

use super::describe::describe;
use super::labels::Labels;
use crate::instruments::Instruments;
use crate::pattern::{Finding, Kind, Profile};
use crate::{Statement, Target};

/// What all operations of one statement on one target have in common in one
/// pipeline: looked up and encoded once, and kept with the statement.
#[derive(Debug)]
pub(crate) struct Bound {
    pipeline: u64,
    pub(super) instruments: Arc<Instruments>,
    pub(super) target: Target,
    /// The series of its successes.
    pub(super) duration: BoundHistogram,
    pub(super) returned_rows: BoundHistogram,
    pub(super) profile: Arc<Profile>,
    /// Of spans, without and with parameters beside the text; none where that
    /// would take too much room.
    attributes: [OnceLock<Option<EncodedAttributes>>; 2],
    next: BoundList,
}

/// Those of a statement, the first that was needed in front. Mostly there is
/// one; a program with a pool for readers and one for writers has two.
#[derive(Debug, Default)]
pub(crate) struct BoundList(OnceLock<Arc<Bound>>);

/// No more are kept.
const FEW: usize = 4;
/// The longest text that is kept encoded, in bytes.
const ENCODED: usize = 2 * 1024;

impl BoundList {
    #[inline]
    pub(super) fn find(&self, pipeline: u64, target: &Target) -> Option<&Arc<Bound>> {
        let mut list = self;
        while let Some(bound) = list.0.get() {
            if bound.pipeline == pipeline && bound.target.is(target) {
                return Some(bound);
            }
            list = &bound.next;
        }
        None
    }

    /// That of `statement`, whose list this is; none if there are enough.
    #[cold]
    pub(super) fn find_or_add(
        &self,
        pipeline: &Pipeline,
        target: &Target,
        statement: &Statement,
    ) -> Option<Arc<Bound>> {
        let mut list = self;
        for _ in 0..FEW {
            let mut new = false;
            let bound = list.0.get_or_init(|| {
                new = true;
                Arc::new(Bound::new(pipeline, target, statement))
            });
            if new {
                bound.note_text(statement);
            }
            if bound.pipeline == pipeline.id() && bound.target.is(target) {
                return Some(Arc::clone(bound));
            }
            list = &bound.next;
        }
        None
    }
}

impl Bound {
    fn new(pipeline: &Pipeline, target: &Target, statement: &Statement) -> Self {
        let instruments = Instruments::of(pipeline);
        let labels = Labels::of(target.inner(), statement, None);
        Bound {
            pipeline: pipeline.id(),
            target: target.clone(),
            duration: instruments.duration.bind(labels.as_slice()),
            returned_rows: instruments.returned_rows.bind(labels.as_slice()),
            profile: instruments.patterns.profile(statement),
            attributes: [const { OnceLock::new() }; 2],
            next: BoundList::default(),
            instruments,
        }
    }

    /// Tells of a query whose text is a new one each time.
    fn note_text(&self, statement: &Statement) {
        if let Some(texts) = self.profile.saw_text(statement.text_hash()) {
            let (kind, context) = (Kind::Thrash { texts }, &Context::current());
            let (profile, target) = (&*self.profile, &self.target);
            Finding { kind, profile, target, context, site: None }.tell(&self.instruments);
        }
    }

    /// The first attributes of a span, if they are kept.
    #[inline]
    pub(super) fn attributes(&self, statement: &Statement) -> Option<&EncodedAttributes> {
        let place = self.attributes.get(usize::from(statement.has_parameters()))?;
        place.get_or_init(|| self.encode(statement)).as_ref()
    }

    #[cold]
    fn encode(&self, statement: &Statement) -> Option<EncodedAttributes> {
        let target = self.target.inner();
        let shown = statement.shown(target.always_sanitized).map_or(0, str::len);
        (shown <= ENCODED).then(|| EncodedAttributes::new(&describe(target, statement)))
    }
}
