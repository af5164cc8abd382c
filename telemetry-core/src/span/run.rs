use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};
use std::thread;

use pin_project_lite::pin_project;

use super::{Span, SpanBuilder};
use crate::error::ClassOf;

/// A span around work that may be dropped or panic before it completes.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) span: Span,
    pub(super) complete: bool,
}

impl Guard {
    pub(super) fn new(span: Span) -> Self {
        Self { span, complete: false }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.complete {
            if thread::panicking() {
                self.span.set_error("panic");
                self.span.set_outcome("panicked");
            } else {
                self.span.set_outcome("cancelled");
            }
        }
    }
}

/// A span around a future.
#[derive(Debug)]
pub(super) enum State {
    Before(SpanBuilder),
    Running(Guard),
    Done,
}

impl State {
    /// The running span, started now if it wasn't; none when the work is done.
    #[inline]
    pub(super) fn guard(&mut self) -> Option<&mut Guard> {
        if matches!(self, Self::Before(_)) {
            self.start();
        }
        match self {
            Self::Running(guard) => Some(guard),
            _ => None,
        }
    }

    /// Once in the future's life: kept out of what each poll runs through.
    #[inline(never)]
    fn start(&mut self) {
        if let Self::Before(builder) = std::mem::replace(self, Self::Done) {
            *self = Self::Running(Guard::new(builder.start()));
        }
    }

    pub(super) fn complete(&mut self) {
        if let Self::Running(guard) = self {
            guard.complete = true;
        }
        *self = Self::Done;
    }
}

pin_project! {
    /// A future within a span; made by [`SpanBuilder::run`].
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Run<F> {
        #[pin]
        work: F,
        state: State,
    }
}

impl<F> Run<F> {
    pub(super) fn new(builder: SpanBuilder, work: F) -> Self {
        Self { work, state: State::Before(builder) }
    }
}

impl<F: Future> Future for Run<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(guard) = this.state.guard() else {
            // Polled again after completion: what that does is the work's own affair.
            return this.work.poll(task);
        };
        let output = ready!(guard.span.lent(|| this.work.poll(task)));
        this.state.complete();
        Poll::Ready(output)
    }
}

pin_project! {
    /// A fallible future within a span; made by [`SpanBuilder::try_run`] and
    /// [`SpanBuilder::try_run_with`]. `C` knows the class of an error.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct TryRun<F, C> {
        #[pin]
        work: F,
        state: State,
        class: C,
    }
}

impl<F, C> TryRun<F, C> {
    pub(super) fn new(builder: SpanBuilder, work: F, class: C) -> Self {
        Self { work, state: State::Before(builder), class }
    }
}

impl<F, T, E, C> Future for TryRun<F, C>
where
    F: Future<Output = Result<T, E>>,
    C: ClassOf<E>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(guard) = this.state.guard() else {
            return this.work.poll(task);
        };
        let output = ready!(guard.span.lent(|| this.work.poll(task)));
        if let Err(error) = &output {
            guard.span.fail_as(&this.class.class_of(error));
        }
        this.state.complete();
        Poll::Ready(output)
    }
}
