use std::future::Future;
use std::pin::Pin;
use std::task;

use pin_project_lite::pin_project;

use super::{Context, Entered};

/// Carries a context into futures. `tokio::spawn` and its kin start a task with no context, so a
/// task that belongs to the present work says so:
///
/// ```
/// use telemetry_core::ContextExt;
///
/// # async fn send_receipt() {}
/// # async fn handler() {
/// tokio::spawn(send_receipt().in_current_context());
/// # }
/// ```
pub trait ContextExt: Future + Sized {
    /// This future with `context` current whenever it is polled.
    fn in_context(self, context: Context) -> InContext<Self> {
        InContext { future: self, context }
    }

    /// This future with the present context current whenever it is polled.
    fn in_current_context(self) -> InContext<Self> {
        self.in_context(Context::current())
    }
}

impl<F: Future> ContextExt for F {}

pin_project! {
    /// A future that runs in a [`Context`]; made by [`ContextExt`].
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct InContext<F> {
        #[pin]
        future: F,
        context: Context,
    }
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> task::Poll<F::Output> {
        let this = self.project();
        // The context is moved in and out, so that a poll costs no reference count.
        let entered = Entered::enter(std::mem::take(this.context));
        let polled = this.future.poll(task);
        *this.context = entered.leave();
        polled
    }
}
