use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::HeaderMap;
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use super::RequestGuard;
use super::error::error_type_of_any;
use crate::transfer::Transfer;

pin_project! {
    /// The body of an observed request's response; made by [`Service`](super::Service).
    ///
    /// The request ends with the last byte: when the body says that it has ended, when its declared
    /// length has come, or when it fails. Dropped before that, it ends the request as `cancelled`.
    #[derive(Debug, Default)]
    pub struct Body<B> {
        #[pin]
        inner: B,
        guard: RequestGuard,
        transfer: Transfer,
    }
}

impl<B: http_body::Body> Body<B> {
    pub(super) fn new(
        inner: B,
        mut guard: RequestGuard,
        headers: &HeaderMap,
        has_body: bool,
    ) -> Self {
        let mut transfer = Transfer::default();
        if guard.is_observed() {
            match Transfer::of(&inner, headers, has_body) {
                Some(coming) => transfer = coming,
                None => guard.take().end(),
            }
        }
        Self { inner, guard, transfer }
    }
}

impl<B> http_body::Body for Body<B>
where
    B: http_body::Body,
    B::Error: 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let (guard, inner) = (this.guard, this.inner.as_mut());
        let polled = ready!(guard.in_scope(|| inner.poll_frame(task)));
        if guard.is_observed() {
            match &polled {
                None => guard.take().end(),
                Some(Err(error)) => guard.take().fail(error_type_of_any(error)),
                Some(Ok(frame)) => {
                    let is_last = this.transfer.is_last(frame);
                    guard.received(this.transfer.bytes());
                    if is_last || this.inner.is_end_stream() {
                        guard.take().end();
                    }
                }
            }
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
