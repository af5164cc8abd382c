use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::{Remaining, ResponseGuard};

/// An observation that a body carries to its end.
pub(crate) trait BodyGuard: ResponseGuard {
    /// The body is under way, and nobody knows for how long.
    fn begin_stream(&mut self);
    /// So many more bytes have passed.
    fn pass(&mut self, bytes: u64);
    /// The body is complete.
    fn complete(self);
}

pin_project! {
    /// A body that ends its observation with its last byte: when it says that it has ended, when its
    /// declared length has passed, or when it fails. Where it is dropped before that, the guard is.
    #[derive(Debug, Default)]
    pub(crate) struct ObservedBody<B, G> {
        // Dropped first: what the body started ends before its observation does.
        #[pin]
        inner: B,
        guard: G,
        remaining: Remaining,
    }
}

impl<B: Body, G: BodyGuard> ObservedBody<B, G> {
    #[inline]
    pub(crate) fn new(inner: B, guard: G, headers: &HeaderMap, has_body: bool) -> Self {
        let mut body = Self { inner, guard, remaining: Remaining::default() };
        if body.guard.is_observed() {
            match Remaining::of(&body.inner, headers, has_body) {
                None => std::mem::take(&mut body.guard).complete(),
                Some(remaining) if remaining.is_known() => body.remaining = remaining,
                Some(_) => body.guard.begin_stream(),
            }
        }
        body
    }
}

impl<B, G> Body for ObservedBody<B, G>
where
    B: Body,
    B::Error: 'static,
    G: BodyGuard,
{
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let (guard, inner) = (this.guard, this.inner.as_mut());
        if !guard.is_observed() {
            return inner.poll_frame(task);
        }
        let polled = ready!(guard.poll_in(|| inner.poll_frame(task)));
        match &polled {
            None => std::mem::take(guard).complete(),
            Some(Err(error)) => std::mem::take(guard).break_off(error),
            Some(Ok(frame)) => {
                let (bytes, is_last) = this.remaining.pass(frame);
                guard.pass(bytes);
                if is_last || this.inner.is_end_stream() {
                    std::mem::take(guard).complete();
                }
            }
        }
        Poll::Ready(polled)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
