use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Operation;

/// A future that runs in the context of an operation, which lends it: a poll
/// costs no reference count.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is polled"]
pub(crate) struct Watched<'o, F> {
    operation: &'o mut Operation,
    future: F,
}

impl Operation {
    /// The same as [`Operation::watch`] for whoever has the operation to himself
    /// meanwhile.
    #[inline]
    pub(crate) fn lend<F: Future + Unpin>(&mut self, future: F) -> Watched<'_, F> {
        Watched { operation: self, future }
    }
}

impl<F: Future + Unpin> Future for Watched<'_, F> {
    type Output = F::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let Watched { operation, future } = &mut *self;
        let poll = || Pin::new(future).poll(task);
        match operation.span_mut() {
            Some(span) => span.lent(poll),
            None => poll(),
        }
    }
}
