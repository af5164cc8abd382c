use std::sync::Arc;

use crate::budget::Detail;
use crate::handler::Handlers;
use crate::sampling::Rescued;
use crate::view::Sources;

/// Who wants to see records that the sampler leaves out. Those are recorded all the same, marked in
/// their frame, and given to nobody else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interest {
    /// The traces that the tail has kept; none without one. It may rescue any span.
    pub(crate) rescued: Option<Arc<Rescued>>,
    /// What views are over.
    pub(crate) views: Sources,
    pub(crate) handlers: Arc<Handlers>,
}

impl Interest {
    /// Whether an unsampled span of this name is recorded.
    #[inline]
    pub(crate) fn wants_span(&self, name: &str, detail: &Detail) -> bool {
        (self.rescued.is_some() && detail.rescues())
            || self.views.include_span(name)
            || self.handlers.may_want_end(name)
    }

    /// Whether an unsampled event of this name is recorded.
    #[inline]
    pub(crate) fn wants_event(&self, name: &str) -> bool {
        self.views.include_event(name) || self.handlers.want_event(name)
    }
}
