use telemetry_core::propagation::{Propagator, Propagators};

/// The headers in which a pipeline's context comes in.
#[derive(Clone, Debug)]
pub(super) enum ContextHeaders {
    /// Those of W3C, as nearly everywhere; some of them may not be read.
    W3c,
    /// Others as well.
    Others(Propagators),
}

impl ContextHeaders {
    pub(super) fn of(propagators: &Propagators) -> Self {
        let is_w3c = |one| matches!(one, &Propagator::TraceContext | &Propagator::Baggage);
        if propagators.iter().all(is_w3c) { Self::W3c } else { Self::Others(propagators.clone()) }
    }
}
