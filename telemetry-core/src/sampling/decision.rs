use std::sync::Arc;

use crate::attribute::Attributes;
use crate::context::{SpanContext, TraceId};
use crate::span::SpanKind;

/// What a sampler may know of what is about to start.
#[derive(Clone, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) parent: Option<&'a SpanContext>,
    pub(crate) trace_id: TraceId,
    pub(crate) scope: &'static str,
    pub(crate) name: &'a str,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: Attributes<'a>,
}

/// What a sampler decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Not sampled.
    Drop,
    /// Sampled for a reason that tells nothing of how many others weren't, or as its parent was.
    Keep,
    /// Sampled as one of a share of all traces; the share's threshold.
    KeepAt(Arc<str>),
}

impl Decision {
    #[inline]
    pub(crate) fn of(keep: bool) -> Self {
        if keep { Self::Keep } else { Self::Drop }
    }

    #[inline]
    pub(crate) fn keeps(&self) -> bool {
        !matches!(self, Self::Drop)
    }
}
