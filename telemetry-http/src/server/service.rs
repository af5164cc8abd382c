use std::task::{Context, Poll};

use http::{Request, Response};

use super::settings::Settings;
use super::{Body, RequestGuard, ResponseFuture};
use crate::transfer::BodyRule;

/// A service whose requests are observed; made by [`Layer`](super::Layer).
#[derive(Clone, Debug)]
pub struct Service<S> {
    inner: S,
    settings: Settings,
}

impl<S> Service<S> {
    pub(super) fn new(inner: S, settings: Settings) -> Self {
        Self { inner, settings }
    }
}

impl<S, RequestBody, ResponseBody> tower_service::Service<Request<RequestBody>> for Service<S>
where
    S: tower_service::Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    S::Error: 'static,
    RequestBody: 'static,
    ResponseBody: http_body::Body,
{
    type Response = Response<Body<ResponseBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    #[inline]
    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    #[inline]
    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let mut guard = RequestGuard::around(&self.settings, &mut request);
        let rule = BodyRule::of(request.method());
        let response = guard.in_scope(|| self.inner.call(request));
        ResponseFuture::new(response, guard, rule)
    }
}
