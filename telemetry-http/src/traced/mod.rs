//! Spans of middleware and handlers, in their order beneath the request's: [`TracedExt::traced`].

mod future;
#[cfg(feature = "axum")]
mod handler;

use std::borrow::Cow;
use std::task::{Context, Poll};

use telemetry_core::{Span, SpanBuilder};

pub use future::{TracedFuture, TracedOutput};

use crate::SCOPE;

/// Gives a middleware, a service or a handler a span of its own.
///
/// * `.layer(auth_layer.traced("auth"))`: the span lasts from the request's arrival at that middleware to
///   its response there, so the spans of what stands further in, the handler's last, lie beneath it: the
///   trace shows the order in which they ran, and what each took beside the next.
/// * `get(order.traced("order"))`: the span is the handler's (with the feature `axum`). A handler can also be
///   marked where it is written, by `#[telemetry_core::macros::span]`.
///
/// Names stand in the code: few different ones. A response of 500 or above marks the span as failed, by
/// the code; an error of the service by its class; who is dropped before there is a response was
/// cancelled, and one that panics has panicked (`telemetry.outcome`). Where no span is around, since the
/// request is excluded or there is no pipeline, nothing happens.
///
/// ```
/// use axum::{Router, middleware, routing::get};
/// use axum::{extract::Request, middleware::Next, response::Response};
/// use telemetry_http::{Layer, TracedExt};
///
/// async fn auth(request: Request, next: Next) -> Response {
///     next.run(request).await
/// }
///
/// async fn order() -> &'static str {
///     "an order"
/// }
///
/// let app: Router = Router::new()
///     .route("/orders/{id}", get(order.traced("order")))
///     .layer(middleware::from_fn(auth).traced("auth"))
///     .layer(Layer::new());
/// ```
pub trait TracedExt: Sized {
    /// With a span of this name around each call.
    fn traced(self, name: impl Into<Cow<'static, str>>) -> Traced<Self> {
        Traced { inner: self, name: name.into() }
    }
}

impl<T> TracedExt for T {}

/// A layer, a service or a handler with a span of its own; made by [`TracedExt::traced`].
#[derive(Clone, Debug)]
pub struct Traced<T> {
    inner: T,
    name: Cow<'static, str>,
}

impl<T> Traced<T> {
    /// None where no request is observed: one that is left out has no trace of middleware either.
    fn span(&self) -> Option<Span> {
        let within = telemetry_core::Context::current().span_context().is_some();
        within.then(|| SpanBuilder::new(&SCOPE, self.name.clone()).start())
    }
}

impl<L: tower_layer::Layer<S>, S> tower_layer::Layer<S> for Traced<L> {
    type Service = Traced<L::Service>;

    fn layer(&self, inner: S) -> Self::Service {
        Traced { inner: self.inner.layer(inner), name: self.name.clone() }
    }
}

impl<S, Request, Body> tower_service::Service<Request> for Traced<S>
where
    S: tower_service::Service<Request, Response = http::Response<Body>>,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = TracedFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        TracedFuture::start(self.span(), || self.inner.call(request))
    }
}
