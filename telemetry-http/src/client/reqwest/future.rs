use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::reqwest::{Body, Response, ResponseBuilderExt as _};
use reqwest_middleware::{Error, Result};

use crate::client::error::error_type;
use crate::client::{Body as ObservedBody, RequestGuard};
use crate::transfer::BodyRule;

/// What the rest of the middleware gives.
pub(super) type BoxFuture<'a> = Pin<Box<dyn Future<Output = Result<Response>> + Send + 'a>>;

/// What [`Middleware`](super::Middleware) waits for. Dropped before the response is there, as when a
/// caller's timeout fires, it ends the request as `cancelled`.
pub(super) struct ResponseFuture<'a> {
    // Dropped first: what is under way ends before the request does.
    pub(super) response: BoxFuture<'a>,
    pub(super) guard: RequestGuard,
    pub(super) rule: BodyRule,
}

impl Future for ResponseFuture<'_> {
    type Output = Result<Response>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<Response>> {
        let Self { response, guard, rule } = self.get_mut();
        let result = ready!(guard.in_scope(|| response.as_mut().poll(task)));
        let mut guard = std::mem::take(guard);
        Poll::Ready(match result {
            Ok(response) => {
                guard.answered(response.status(), response.version(), response.remote_addr());
                Ok(observe(response, guard, *rule))
            }
            Err(error) => {
                guard.fail(error_type_of_chain(&error));
                Err(error)
            }
        })
    }
}

/// Lets the response's body carry the request to its end.
fn observe(response: Response, guard: RequestGuard, rule: BodyRule) -> Response {
    let has_body = rule.has_body(response.status());
    if !has_body || response.content_length() == Some(0) {
        guard.end();
        return response;
    }
    // The conversion loses the URL, whose place among the extensions only this builder knows.
    let url = response.url().clone();
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    let mut carrier = http::Response::builder();
    if let Some(extensions) = carrier.extensions_mut() {
        *extensions = std::mem::take(&mut parts.extensions);
    }
    if let Ok(carrier) = carrier.url(url).body(()) {
        parts.extensions = carrier.into_parts().0.extensions;
    }
    let body = ObservedBody::new(body, guard, &parts.headers, has_body);
    Response::from(http::Response::from_parts(parts, Body::wrap(body)))
}

/// The class of whatever a chain of middleware returned; another one may have wrapped the client's
/// error.
fn error_type_of_chain(error: &Error) -> Cow<'static, str> {
    match error {
        Error::Reqwest(error) => error_type(error),
        Error::Middleware(error) => {
            let wrapped = error.chain().find_map(|cause| {
                let own = cause.downcast_ref::<::reqwest::Error>().map(|error| error_type(error));
                own.or_else(|| cause.downcast_ref().map(error_type_of_chain))
            });
            wrapped.unwrap_or_else(|| error_type(error.as_ref()))
        }
    }
}
