use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{HeaderMap, Response};
use http_body::Body;

use super::BodyRule;

/// An observation that a response's future carries to its head.
pub(crate) trait ResponseGuard: Default {
    /// Whether anybody listens.
    fn is_observed(&self) -> bool;
    /// Runs one poll.
    fn poll_in<R>(&mut self, poll: impl FnOnce() -> R) -> R;
    /// The head is there.
    fn answer<B: Body>(&mut self, response: &mut Response<B>);
    /// There is an error in place of a response, or of what is left of its body.
    fn break_off<E: 'static>(self, error: &E);
}

/// Polls the future of a response. `wrap` makes the body that carries the observation on, and is told
/// whether there is one to come.
#[inline]
pub(crate) fn poll_response<F, G, B, E, W>(
    response: Pin<&mut F>,
    guard: &mut G,
    rule: BodyRule,
    task: &mut Context<'_>,
    wrap: impl FnOnce(B, G, &HeaderMap, bool) -> W,
) -> Poll<Result<Response<W>, E>>
where
    F: Future<Output = Result<Response<B>, E>>,
    G: ResponseGuard,
    B: Body,
    E: 'static,
{
    let result = ready!(guard.poll_in(|| response.poll(task)));
    let mut guard = std::mem::take(guard);
    Poll::Ready(match result {
        Ok(mut response) => {
            guard.answer(&mut response);
            let (head, body) = response.into_parts();
            let body = wrap(body, guard, &head.headers, rule.has_body(head.status));
            Ok(Response::from_parts(head, body))
        }
        Err(error) => {
            if guard.is_observed() {
                guard.break_off(&error);
            }
            Err(error)
        }
    })
}
