use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::call::Call;
use super::failure::Failure;
use super::guard::CallGuard;

/// A call that a future makes.
#[derive(Debug)]
enum State {
    Before(Option<Box<Call>>),
    Running(CallGuard),
}

impl State {
    /// The call, started now if it wasn't.
    fn guard(&mut self) -> &mut CallGuard {
        loop {
            match self {
                Self::Running(guard) => return guard,
                Self::Before(call) => {
                    let guard = call.take().map(|call| call.start()).unwrap_or_default();
                    *self = Self::Running(guard);
                }
            }
        }
    }
}

pin_project! {
    /// A future that is a call; made by [`Call::run`].
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Run<F> {
        // Dropped first: what the call started ends before it does.
        #[pin]
        work: F,
        state: State,
    }
}

impl<F> Run<F> {
    pub(super) fn new(call: Call, work: F) -> Self {
        Self { work, state: State::Before(Some(Box::new(call))) }
    }
}

impl<F: Future> Future for Run<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let guard = this.state.guard();
        let output = ready!(guard.in_scope(|| this.work.poll(task)));
        guard.take().end();
        Poll::Ready(output)
    }
}

pin_project! {
    /// A fallible future that is a call; made by [`Call::try_run`] and [`Call::try_run_with`].
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct TryRun<F, C> {
        #[pin]
        work: F,
        state: State,
        failure: C,
    }
}

impl<F, C> TryRun<F, C> {
    pub(super) fn new(call: Call, work: F, failure: C) -> Self {
        Self { work, state: State::Before(Some(Box::new(call))), failure }
    }
}

impl<F, T, E, C> Future for TryRun<F, C>
where
    F: Future<Output = Result<T, E>>,
    C: Fn(&E) -> Failure,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let guard = this.state.guard();
        let output = ready!(guard.in_scope(|| this.work.poll(task)));
        match &output {
            Ok(_) => guard.take().end(),
            Err(error) => {
                let failure = this.failure;
                let failure = guard.in_scope(|| failure(error));
                guard.take().fail(failure);
            }
        }
        Poll::Ready(output)
    }
}
