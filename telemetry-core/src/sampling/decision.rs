use std::sync::Arc;

use super::threshold::adjusted_count;
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

    /// What is kept by this decision and by another on the same trace: of two shares the smaller one.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Drop, _) | (_, Self::Drop) => Self::Drop,
            (Self::KeepAt(one), Self::KeepAt(other)) => {
                let is_smaller = adjusted_count(&other) > adjusted_count(&one);
                Self::KeepAt(if is_smaller { other } else { one })
            }
            (Self::KeepAt(state), Self::Keep) | (Self::Keep, Self::KeepAt(state)) => {
                Self::KeepAt(state)
            }
            (Self::Keep, Self::Keep) => Self::Keep,
        }
    }

    #[inline]
    pub(crate) fn keeps(&self) -> bool {
        !matches!(self, Self::Drop)
    }
}
