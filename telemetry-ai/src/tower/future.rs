//! The response to come.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;
use pin_project_lite::pin_project;

use super::{Error, ResponseBody, body::Seen};
use crate::{BudgetExceeded, Call, provider::Target, stream::Tap, watch::Watch};

/// Who observes a response.
#[derive(Debug)]
pub(super) enum Observer {
    Call { call: Call, target: Box<Target>, seen: Seen },
    Watch(Box<Watch>),
}

impl Observer {
    pub(super) fn context(&self) -> Option<telemetry_core::Context> {
        match self {
            Self::Call { call, .. } => call.context().cloned(),
            Self::Watch(_) => None,
        }
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = Projected]
    enum Inner<F> {
        Client { #[pin] client: F },
        Refused { refused: Option<BudgetExceeded> },
    }
}

pin_project! {
    /// The response to come of an observed client. Dropped before, it ends the call as cancelled.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Inner<F>,
        observer: Option<Observer>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, observer: Option<Observer>) -> Self {
        Self { inner: Inner::Client { client: inner }, observer }
    }

    pub(super) fn refused(refused: BudgetExceeded) -> Self {
        Self { inner: Inner::Refused { refused: Some(refused) }, observer: None }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ResponseBody<R>>, Error<E>>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let client = match this.inner.project() {
            Projected::Client { client } => client,
            Projected::Refused { refused } => {
                return refused
                    .take()
                    .map_or(Poll::Pending, |refused| Poll::Ready(Err(Error::Budget(refused))));
            }
        };
        let context = this.observer.as_ref().and_then(Observer::context);
        let polled = match context {
            Some(context) => context.in_scope(|| client.poll(task)),
            None => client.poll(task),
        };
        let result = ready!(polled);
        let Some(observer) = this.observer.take() else {
            let untouched = |response: Response<R>| response.map(ResponseBody::untouched);
            return Poll::Ready(result.map(untouched).map_err(Error::Client));
        };
        Poll::Ready(match result {
            Ok(response) => Ok(observe(response, observer)),
            Err(error) => {
                if let Observer::Call { mut call, seen, .. } = observer {
                    seen.describe(&mut call);
                    // Errors of a client that isn't known have no class of their own.
                    call.fail("network_error");
                    call.complete();
                }
                Err(Error::Client(error))
            }
        })
    }
}

fn observe<R>(mut response: Response<R>, observer: Observer) -> Response<ResponseBody<R>> {
    let status = response.status();
    match observer {
        Observer::Call { mut call, target, seen } => {
            seen.describe(&mut call);
            call.headers(status.as_u16(), &target.stated, response.headers());
            response.extensions_mut().insert(call.cost_handle());
            if status.is_client_error() || status.is_server_error() {
                call.fail(status.as_str().to_owned());
                call.complete();
                return response.map(ResponseBody::untouched);
            }
            let (parts, body) = response.into_parts();
            let tap = Tap::new(body, &parts.headers, call);
            Response::from_parts(parts, ResponseBody::read(tap))
        }
        Observer::Watch(mut watch) => {
            let header = |name: &str| response.headers().get(name)?.to_str().ok();
            watch.headers(status.as_u16(), &header);
            if !status.is_success() {
                watch.complete();
                return response.map(ResponseBody::untouched);
            }
            let (parts, body) = response.into_parts();
            let tap = Tap::watching(body, &parts.headers, *watch);
            Response::from_parts(parts, ResponseBody::read(tap))
        }
    }
}
