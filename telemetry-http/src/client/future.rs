use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Method, Response};
use pin_project_lite::pin_project;

use super::error::error_type_of_any;
use super::{Body, RequestGuard};
use crate::transfer::has_body;

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
        method: Method,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(response: F, guard: RequestGuard, method: Method) -> Self {
        Self { response, guard, method }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: http_body::Body,
    E: 'static,
{
    type Output = Result<Response<Body<B>>, E>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (guard, response) = (this.guard, this.response);
        let result = ready!(guard.in_scope(|| response.poll(task)));
        let mut guard = guard.take();
        Poll::Ready(match result {
            Ok(response) => {
                guard.respond(&response);
                let has_body = has_body(this.method, response.status());
                let (head, body) = response.into_parts();
                let body = Body::new(body, guard, &head.headers, has_body);
                Ok(Response::from_parts(head, body))
            }
            Err(error) => {
                if guard.is_observed() {
                    guard.fail(error_type_of_any(&error));
                }
                Err(error)
            }
        })
    }
}
