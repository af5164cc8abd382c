use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use super::{Body, RequestGuard};
use crate::transfer::{BodyRule, poll_response};

pin_project! {
    /// The future of an observed request's response; made by [`Service`](super::Service).
    ///
    /// Dropped before the response is there, it ends the request as `cancelled`.
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ResponseFuture<F> {
        // Dropped first: what is under way ends before the request does.
        #[pin]
        response: F,
        guard: RequestGuard,
        rule: BodyRule,
    }
}

impl<F> ResponseFuture<F> {
    #[inline]
    pub(super) fn new(response: F, guard: RequestGuard, rule: BodyRule) -> Self {
        Self { response, guard, rule }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: http_body::Body,
    E: 'static,
{
    type Output = Result<Response<Body<B>>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        poll_response(this.response, this.guard, *this.rule, task, Body::new)
    }
}
