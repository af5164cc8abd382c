//! What [`macros::span`](crate::macros::span) puts around a function's body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context as Task, Poll, ready};

use pin_project_lite::pin_project;

use super::SpanBuilder;
use super::run::{Guard, State};
use crate::error::{Classify, ErrorClass};

/// Runs `work` within the span; `judge` says of the output whether it is an error.
pub fn observe_call<R>(
    builder: SpanBuilder,
    work: impl FnOnce() -> R,
    judge: impl FnOnce(&R) -> Option<ErrorClass>,
) -> R {
    let mut guard = Guard::new(builder.start());
    let output = guard.span.lent(work);
    if let Some(class) = judge(&output) {
        guard.span.fail_as(&class);
    }
    guard.complete = true;
    output
}

/// A future that runs `work` within the span.
pub fn observe<F: Future, J>(builder: SpanBuilder, work: F, judge: J) -> Observed<F, J>
where
    J: Fn(&F::Output) -> Option<ErrorClass>,
{
    Observed { work, state: State::Before(builder), judge }
}

pin_project! {
    /// A function's future within a span.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Observed<F, J> {
        #[pin]
        work: F,
        state: State,
        judge: J,
    }
}

impl<F: Future, J: Fn(&F::Output) -> Option<ErrorClass>> Future for Observed<F, J> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(guard) = this.state.guard() else {
            return this.work.poll(task);
        };
        let output = ready!(guard.span.lent(|| this.work.poll(task)));
        if let Some(class) = (this.judge)(&output) {
            guard.span.fail_as(&class);
        }
        this.state.complete();
        Poll::Ready(output)
    }
}

/// Nothing, of a type: a block that returns it if there is any is of this type.
#[inline(always)]
pub const fn output_type<T>() -> Option<T> {
    None
}

/// A function's output, of which `(&&&judge).class()` says whether it is an error: the compiler takes
/// the first of the three traits that the type has, by how often it must dereference for it.
#[derive(Debug)]
pub struct Judge<'a, T>(pub &'a T);

/// A result whose error can be classed.
pub trait OfClassified<By> {
    /// The class of the error.
    fn class(&self) -> Option<ErrorClass>;
}

impl<T, E: Classify<By>, By> OfClassified<By> for &&Judge<'_, Result<T, E>> {
    fn class(&self) -> Option<ErrorClass> {
        self.0.as_ref().err().map(Classify::class)
    }
}

/// A result of any error.
pub trait OfResult {
    /// The class of an error of which nothing is known.
    fn class(&self) -> Option<ErrorClass>;
}

impl<T, E> OfResult for &Judge<'_, Result<T, E>> {
    fn class(&self) -> Option<ErrorClass> {
        self.0.as_ref().err().map(|_| ErrorClass::OTHER)
    }
}

/// What can't be an error.
pub trait OfAnything {
    /// None.
    fn class(&self) -> Option<ErrorClass>;
}

impl<T> OfAnything for Judge<'_, T> {
    fn class(&self) -> Option<ErrorClass> {
        None
    }
}
