use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;

use http::Response;
use pin_project_lite::pin_project;
use telemetry_core::Span;

use crate::server::error_type;
use crate::watch::{Watched, watched};

pin_project! {
    /// The future of a call with a span of its own; made by [`Traced`](super::Traced).
    ///
    /// Dropped before its output is there, it ends the span as `cancelled`.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct TracedFuture<F> {
        // Dropped first: what the call started ends before its span does.
        #[pin]
        inner: F,
        span: OpenSpan,
    }
}

impl<F> TracedFuture<F> {
    /// The future that `call` makes within `span`, if there is one.
    pub(super) fn start(span: Option<Span>, call: impl FnOnce() -> F) -> Self {
        let mut span = OpenSpan(span);
        let inner = span.in_scope(call);
        Self { inner, span }
    }
}

impl<F: Future<Output: TracedOutput>> Future for TracedFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (span, inner) = (this.span, this.inner);
        let output = ready!(span.in_scope(|| inner.poll(task)));
        span.end(output.error_type());
        Poll::Ready(output)
    }
}

/// What a call comes to that [`Traced`](super::Traced) goes around: a response, or a result of one.
pub trait TracedOutput {
    /// The class of the error, if it is one.
    fn error_type(&self) -> Option<Cow<'static, str>>;
}

impl<B> TracedOutput for Response<B> {
    fn error_type(&self) -> Option<Cow<'static, str>> {
        let status = self.status();
        status.is_server_error().then(|| Cow::Owned(status.as_str().to_owned()))
    }
}

impl<B, E: 'static> TracedOutput for Result<Response<B>, E> {
    fn error_type(&self) -> Option<Cow<'static, str>> {
        match self {
            Ok(response) => response.error_type(),
            Err(error) => Some(error_type(error)),
        }
    }
}

/// A span until its end, if there is one.
#[derive(Debug)]
struct OpenSpan(Option<Span>);

impl OpenSpan {
    /// Runs a part of the work. If it panics the span ends here, and the panic goes on.
    fn in_scope<R>(&mut self, work: impl FnOnce() -> R) -> R {
        watched(self, |open| match &open.0 {
            Some(span) => span.in_scope(work),
            None => work(),
        })
    }

    fn end(&mut self, error_type: Option<Cow<'static, str>>) {
        if let Some(mut span) = self.0.take() {
            if let Some(error_type) = error_type {
                span.set_error(&error_type);
            }
            span.end();
        }
    }
}

impl Watched for OpenSpan {
    fn panicked(&mut self) {
        if let Some(span) = &mut self.0 {
            span.set_outcome("panicked");
        }
        self.end(Some(Cow::Borrowed("panic")));
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if thread::panicking() {
            self.panicked();
        } else if let Some(span) = &mut self.0 {
            span.set_outcome("cancelled");
            self.end(None);
        }
    }
}
