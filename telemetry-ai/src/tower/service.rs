//! The service.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, uri::Authority};
use telemetry_core::Pipeline;

use super::{
    Error, RequestBody, ResponseBody, ResponseFuture, body::Seen, future::Observer, layer::Config,
};
use crate::{
    Call,
    provider::{self, RequestLine, Step, Target},
    watch::Watch,
};

/// A client whose calls of models are observed; made by [`Layer`](super::Layer).
#[derive(Debug, Clone)]
pub struct Service<S> {
    pub(super) inner: S,
    pub(super) config: Arc<Config>,
}

impl<S> Service<S> {
    fn recognise<B>(&self, request: &Request<B>) -> Option<Target> {
        let uri = request.uri();
        let authority = authority(request);
        let line = RequestLine {
            method: request.method().as_str(),
            host: authority.as_ref().map_or("", Authority::host),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
        };
        provider::recognise(&self.config.endpoints, &line, port(uri, authority.as_ref()))
    }

    /// Who observes the response, and what the body of the request is read for.
    fn observer<B>(&self, request: &Request<B>) -> Option<(Observer, Option<Seen>)> {
        Pipeline::current()?;
        let mut target = self.recognise(request)?;
        if let Step::Poll(id) = &mut target.step {
            let id = std::mem::take(id);
            let jobs = self.config.settings.jobs();
            let watched = jobs.holds(&target.provider, &id);
            return watched
                .then(|| (Observer::Watch(Box::new(Watch::new(target, id, jobs))), None));
        }
        let mut call = Call::of_target(&target, &[]).settings(&self.config.settings);
        if let Some(authority) = authority(request) {
            let port = port(request.uri(), Some(&authority));
            call = call.server(authority.host().to_owned(), port);
        }
        let call = call.start();
        let seen = Seen::new(&target);
        Some((Observer::Call { call, target: Box::new(target), seen: seen.clone() }, Some(seen)))
    }
}

/// Where a request goes: as its target says or, where that is a path alone, its header.
fn authority<B>(request: &Request<B>) -> Option<Authority> {
    let named = || Authority::try_from(request.headers().get(http::header::HOST)?.as_bytes()).ok();
    request.uri().authority().cloned().or_else(named)
}

fn port(uri: &http::Uri, authority: Option<&Authority>) -> Option<u16> {
    authority.and_then(Authority::port_u16).or(match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    })
}

impl<S, B, R> tower_service::Service<Request<B>> for Service<S>
where
    S: tower_service::Service<Request<RequestBody<B>>, Response = Response<R>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = Error<S::Error>;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(task).map_err(Error::Client)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut observer, seen) = match self.observer(&request) {
            Some((observer, seen)) => (Some(observer), seen),
            None => (None, None),
        };
        if let Some(Observer::Call { call, .. }) = &mut observer
            && let Err(refused) = call.check_budgets()
        {
            return ResponseFuture::refused(refused);
        }
        let request = request.map(|body| RequestBody::new(body, seen));
        let context = observer.as_ref().and_then(Observer::context);
        let inner = match context {
            Some(context) => context.in_scope(|| self.inner.call(request)),
            None => self.inner.call(request),
        };
        ResponseFuture::new(inner, observer)
    }
}
