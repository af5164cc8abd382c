use std::time::Duration;

use telemetry_core::{Context, Span, Stopwatch};

/// What a request has for its time: a span, or, where no spans are wanted, a clock and the context that it
/// came with.
#[derive(Debug)]
pub(super) enum Tracked {
    Span(Span),
    Context {
        context: Context,
        /// Whether it differs from the one that was current: else nothing has to be made current, as if the
        /// layer weren't there.
        differs: bool,
        clock: Stopwatch,
    },
}

impl Tracked {
    #[inline]
    pub(super) fn context(&self) -> &Context {
        match self {
            Self::Span(span) => span.context(),
            Self::Context { context, .. } => context,
        }
    }

    #[inline]
    pub(super) fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        match self {
            Self::Span(span) => span.in_scope(work),
            Self::Context { context, differs: true, .. } => context.in_scope(work),
            Self::Context { differs: false, .. } => work(),
        }
    }

    /// The same, and a span lends its context: at each poll nobody counts who has it.
    #[inline]
    pub(super) fn lent<R>(&mut self, work: impl FnOnce() -> R) -> R {
        match self {
            Self::Span(span) => span.lent(work),
            Self::Context { .. } => self.in_scope(work),
        }
    }

    /// The span, if there is one.
    #[inline]
    pub(super) fn span(&mut self) -> Option<&mut Span> {
        match self {
            Self::Span(span) => Some(span),
            Self::Context { .. } => None,
        }
    }

    /// The span, if anybody will see what is set on it.
    #[inline]
    pub(super) fn recorded(&mut self) -> Option<&mut Span> {
        self.span().filter(|span| span.is_recording())
    }

    #[inline]
    pub(super) fn elapsed(&self) -> Duration {
        match self {
            Self::Span(span) => span.elapsed(),
            Self::Context { clock, .. } => clock.elapsed(),
        }
    }

    /// Ends it, and shows `measure` how long it took.
    #[inline]
    pub(super) fn end_with(self, measure: impl FnOnce(Duration, &Context)) {
        match self {
            Self::Span(span) => span.end_with(measure),
            Self::Context { context, clock, .. } => measure(clock.elapsed(), &context),
        }
    }
}
