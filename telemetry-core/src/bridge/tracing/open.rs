use super::mirror;
use crate::clock::Ticks;
use crate::context::Context;
use crate::span::{Draft, Span, SpanBuilder};

/// An open span of `tracing`. It starts when somebody first needs its context, as of the time at which
/// it was made: until then it may be given another parent, and the sampler sees its fields.
#[derive(Debug)]
pub(super) enum Open {
    Waiting(SpanBuilder, Ticks),
    Started(Span),
    /// Stands for a native span, in whose context whoever enters it is.
    Mirror(Context),
    /// Only while it starts.
    Neither,
}

impl Open {
    /// A span that is made now.
    #[inline]
    pub(super) fn new(builder: SpanBuilder) -> Self {
        Self::Waiting(builder, Ticks::now())
    }

    /// The span, which is started if it wasn't.
    #[inline]
    pub(super) fn started(&mut self) -> Option<&mut Span> {
        if matches!(self, Self::Waiting(..))
            && let Self::Waiting(builder, made) = std::mem::replace(self, Self::Neither)
        {
            *self = Self::Started(mirror::without(|| builder.start_since(made)));
        }
        match self {
            Self::Started(span) => Some(span),
            _ => None,
        }
    }

    /// The record in the making; none of a span that isn't recorded.
    pub(super) fn draft_mut(&mut self) -> Option<&mut Draft> {
        match self {
            Self::Waiting(builder, _) => Some(builder.draft_mut()),
            Self::Started(span) => span.draft_mut(),
            Self::Mirror(_) | Self::Neither => None,
        }
    }

    /// The context in which the span is current; the span is started if it wasn't.
    #[inline]
    pub(super) fn context(&mut self) -> Option<&Context> {
        match self {
            Self::Mirror(context) => Some(context),
            other => other.started().map(|span| span.context()),
        }
    }

    /// Gives the span another parent; whether it wasn't too late.
    pub(super) fn set_parent(&mut self, parent: &Context) -> bool {
        match std::mem::replace(self, Self::Neither) {
            Self::Waiting(builder, made) => {
                *self = Self::Waiting(builder.within(parent.clone()), made);
                true
            }
            other => {
                *self = other;
                false
            }
        }
    }
}
