use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use telemetry_core::{Classify, Exception};

use super::message::{Handling, Message};

/// A message, before and while it is handled.
enum State {
    Before(Box<Message>),
    Running(Handling),
    Done,
}

impl State {
    /// What is handled, from now on if it wasn't; none after the end.
    fn handling(&mut self) -> Option<&Handling> {
        if let Self::Before(_) = self
            && let Self::Before(message) = std::mem::replace(self, Self::Done)
        {
            *self = Self::Running(message.start());
        }
        match self {
            Self::Running(handling) => Some(handling),
            _ => None,
        }
    }

    fn take(&mut self) -> Option<Handling> {
        match std::mem::replace(self, Self::Done) {
            Self::Running(handling) => Some(handling),
            _ => None,
        }
    }

    fn poll<F: Future>(&mut self, work: Pin<&mut F>, task: &mut Context<'_>) -> Poll<F::Output> {
        match self.handling() {
            Some(handling) => handling.in_scope(|| work.poll(task)),
            None => work.poll(task),
        }
    }
}

pin_project! {
    /// A future that handles a message; made by [`Message::run`].
    #[must_use = "a future does nothing unless it is polled"]
    pub struct Run<F> {
        // Dropped first: what the handler started ends before the message does.
        #[pin]
        work: F,
        state: State,
    }
}

impl<F> Run<F> {
    pub(super) fn new(message: Message, work: F) -> Self {
        Self { work, state: State::Before(Box::new(message)) }
    }
}

impl<F> std::fmt::Debug for Run<F> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Run").finish_non_exhaustive()
    }
}

impl<F: Future> Future for Run<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = ready!(this.state.poll(this.work, task));
        if let Some(handling) = this.state.take() {
            handling.end();
        }
        Poll::Ready(output)
    }
}

pin_project! {
    /// A fallible future that handles a message; made by [`Message::try_run`].
    #[must_use = "a future does nothing unless it is polled"]
    pub struct TryRun<F, By> {
        #[pin]
        work: F,
        state: State,
        by: PhantomData<fn() -> By>,
    }
}

impl<F, By> TryRun<F, By> {
    pub(super) fn new(message: Message, work: F) -> Self {
        Self { work, state: State::Before(Box::new(message)), by: PhantomData }
    }
}

impl<F, By> std::fmt::Debug for TryRun<F, By> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("TryRun").finish_non_exhaustive()
    }
}

impl<F, T, E, By> Future for TryRun<F, By>
where
    F: Future<Output = Result<T, E>>,
    E: Classify<By>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = ready!(this.state.poll(this.work, task));
        if let Some(handling) = this.state.take() {
            match &output {
                Ok(_) => handling.end(),
                Err(error) => handling.fail(&error.class(), || Exception::of(error)),
            }
        }
        Poll::Ready(output)
    }
}
