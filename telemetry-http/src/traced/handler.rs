use axum::extract::Request;
use axum::handler::Handler;

use super::{Traced, TracedFuture};

impl<H: Handler<T, S>, T, S> Handler<T, S> for Traced<H> {
    type Future = TracedFuture<H::Future>;

    fn call(self, request: Request, state: S) -> Self::Future {
        TracedFuture::start(self.span(), || self.inner.call(request, state))
    }
}
