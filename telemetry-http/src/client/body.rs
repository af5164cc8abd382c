use std::pin::Pin;
use std::task::{Context, Poll};

use http::HeaderMap;
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use super::RequestGuard;
use crate::transfer::ObservedBody;

pin_project! {
    /// The body of an observed request's response; made by [`Service`](super::Service).
    ///
    /// The request ends with the last byte: when the body says that it has ended, when its declared
    /// length has passed, or when it fails. Dropped before that, it ends the request as
    /// `cancelled`.
    #[derive(Debug, Default)]
    pub struct Body<B> {
        #[pin]
        observed: ObservedBody<B, RequestGuard>,
    }
}

impl<B: http_body::Body> Body<B> {
    #[inline]
    pub(super) fn new(inner: B, guard: RequestGuard, headers: &HeaderMap, has_body: bool) -> Self {
        Self { observed: ObservedBody::new(inner, guard, headers, has_body) }
    }
}

impl<B> http_body::Body for Body<B>
where
    B: http_body::Body,
    B::Error: 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().observed.poll_frame(task)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.observed.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.observed.size_hint()
    }
}
