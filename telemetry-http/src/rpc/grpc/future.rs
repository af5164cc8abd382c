use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use super::Body;
use super::code::Code;
use super::observation::Observation;
use crate::client::as_known_error;

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
        let (observation, response) = (this.observation, this.response);
        let result = ready!(observation.in_scope(|| response.poll(task)));
        let mut observation = observation.take();
        Poll::Ready(match result {
            Ok(response) => {
                observation.respond(&response);
                Ok(response.map(|body| Body::new(body, observation)))
            }
            Err(error) => {
                if observation.is_observed() {
                    let known = as_known_error(&error);
                    observation.break_off(known.map_or(Code::UNKNOWN, Code::of_error));
                }
                Err(error)
            }
        })
    }
}
