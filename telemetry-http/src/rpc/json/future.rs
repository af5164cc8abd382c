use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::calls::Calls;
use super::service::is_json;
use super::{Body, MAX_BODY, RequestBody};
use crate::rpc::methods::Methods;
use crate::server::error::error_type;

pin_project! {
    /// The future of an observed request's answer; made by [`Service`](super::Service).
    #[must_use = "a future does nothing unless it is polled"]
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<RequestBody<B>>>,
        B: http_body::Body,
    {
        #[pin]
        state: State<S, S::Future, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, F, B>
    where
        B: http_body::Body,
    {
        /// Until the calls are known.
        Reading { waiting: Option<Waiting<S, B>> },
        Calling { #[pin] answer: F, calls: Calls },
    }
}

/// What answers, and what.
struct Waiting<S, B: http_body::Body> {
    inner: S,
    request: Request<RequestBody<B>>,
    methods: Methods,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<RequestBody<B>>>,
    B: http_body::Body,
{
    pub(super) fn unread(answer: S::Future) -> Self {
        Self { state: State::Calling { answer, calls: Calls::default() } }
    }

    pub(super) fn reading(inner: S, request: Request<RequestBody<B>>, methods: Methods) -> Self {
        Self { state: State::Reading { waiting: Some(Waiting { inner, request, methods }) } }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<RequestBody<B>>>,
    B: http_body::Body,
{
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Reading { .. } => "reading",
            State::Calling { .. } => "calling",
        };
        out.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<RequestBody<B>>, Response = Response<R>>,
    S::Error: 'static,
    B: http_body::Body<Data = Bytes> + Unpin,
    R: http_body::Body,
{
    type Output = Result<Response<Body<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjection::Reading { waiting } => {
                    if let Some(waiting) = waiting.as_mut() {
                        ready!(waiting.request.body_mut().poll_read(task, MAX_BODY));
                    }
                    let Some(waiting) = waiting.take() else {
                        // Nobody polls a future that has panicked.
                        return Poll::Pending;
                    };
                    let (answer, calls) = waiting.call();
                    state.set(State::Calling { answer, calls });
                }
                StateProjection::Calling { answer, calls } => {
                    let result = ready!(calls.in_scope(|| answer.poll(task)));
                    return Poll::Ready(observed(result, std::mem::take(calls)));
                }
            }
        }
    }
}

impl<S, B> Waiting<S, B>
where
    S: Service<Request<RequestBody<B>>>,
    B: http_body::Body<Data = Bytes> + Unpin,
{
    /// Calls what answers, with the calls that there are begun.
    fn call(mut self) -> (S::Future, Calls) {
        let methods = &self.methods;
        let is_whole = self.request.body().is_whole();
        let mut calls = if is_whole {
            self.request.body_mut().with_read(|body| Calls::start(body, methods))
        } else {
            Calls::default()
        };
        let answer = calls.in_scope(|| self.inner.call(self.request));
        (answer, calls)
    }
}

fn observed<R, E>(result: Result<Response<R>, E>, mut calls: Calls) -> Result<Response<Body<R>>, E>
where
    R: http_body::Body,
    E: 'static,
{
    match result {
        Ok(response) => {
            calls.respond(response.status(), is_json(response.headers()));
            let (head, body) = response.into_parts();
            let body = Body::new(body, calls, &head.headers);
            Ok(Response::from_parts(head, body))
        }
        Err(error) => {
            calls.fail(&error_type(&error));
            Err(error)
        }
    }
}
