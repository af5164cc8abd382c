use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use pin_project_lite::pin_project;

use super::Body;
use super::observation::Observation;
use crate::transfer::{BodyRule, poll_response};

pin_project! {
    /// The future of an observed call's answer; made by [`Service`](super::Service).
    #[derive(Debug)]
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ResponseFuture<F> {
        // Dropped first: what the procedure started ends before the call does.
        #[pin]
        response: F,
        observation: Observation,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(response: F, observation: Observation) -> Self {
        Self { response, observation }
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
        let wrap = |body, observation, _: &_, _| Body::new(body, observation);
        poll_response(this.response, this.observation, BodyRule::Usual, task, wrap)
    }
}
