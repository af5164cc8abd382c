use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use super::code::Code;
use super::observation::Observation;
use crate::transfer::ResponseGuard as _;

pin_project! {
    /// The body of an observed call's answer; made by [`Service`](super::Service). The call ends with
    /// its trailers.
    #[derive(Debug, Default)]
    pub struct Body<B> {
        // Dropped first: what the body started ends before the call does.
        #[pin]
        inner: B,
        observation: Observation,
    }
}

impl<B> Body<B> {
    pub(super) fn new(inner: B, observation: Observation) -> Self {
        Self { inner, observation }
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
        let this = self.project();
        let (observation, inner) = (this.observation, this.inner);
        let polled = ready!(observation.poll_in(|| inner.poll_frame(task)));
        if observation.is_observed() {
            match &polled {
                None => std::mem::take(observation).end(Code::UNKNOWN),
                Some(Err(error)) => std::mem::take(observation).break_off(error),
                Some(Ok(frame)) => {
                    if let Some(trailers) = frame.trailers_ref() {
                        let code = Code::of_headers(trailers).unwrap_or(Code::UNKNOWN);
                        std::mem::take(observation).end(code);
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
