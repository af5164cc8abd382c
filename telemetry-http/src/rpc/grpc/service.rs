use std::task::{Context, Poll};

use http::{Request, Response};

use super::{Body, ClientLayer, ResponseFuture, ServerLayer};
use crate::transfer::ResponseGuard as _;

/// A service or a channel whose calls are observed; made by [`ServerLayer`] and [`ClientLayer`].
#[derive(Clone, Debug)]
pub struct Service<S> {
    inner: S,
    side: Side,
}

/// Which end of the calls it is.
#[derive(Clone, Debug)]
pub(super) enum Side {
    Server(ServerLayer),
    Client(ClientLayer),
}

impl<S> Service<S> {
    pub(super) fn new(inner: S, side: Side) -> Self {
        Self { inner, side }
    }
}

/// As tonic has it of a service that it serves.
#[cfg(feature = "tonic")]
impl<S: tonic::server::NamedService> tonic::server::NamedService for Service<S> {
    const NAME: &'static str = S::NAME;
}

impl<S, RequestBody, ResponseBody> tower_service::Service<Request<RequestBody>> for Service<S>
where
    S: tower_service::Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    S::Error: 'static,
    ResponseBody: http_body::Body,
{
    type Response = Response<Body<ResponseBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let mut observation = match &self.side {
            Side::Server(layer) => layer.start(&request),
            Side::Client(layer) => layer.start(&mut request),
        };
        let response = observation.poll_in(|| self.inner.call(request));
        ResponseFuture::new(response, observation)
    }
}
