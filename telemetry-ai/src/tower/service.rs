//! The service.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
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
        let authority = request.headers().get(http::header::HOST);
        let named = authority.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let named_host = named.rsplit_once(':').map_or(named, |(host, _)| host);
        let line = RequestLine {
            method: request.method().as_str(),
            host: uri.host().unwrap_or(named_host),
            path: uri.path(),
            query: uri.query().unwrap_or_default(),
        };
        provider::recognise(&self.config.endpoints, &line, port(uri))
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
        let uri = request.uri();
        let call = Call::of_target(&target, &[])
            .server(uri.host().unwrap_or_default().to_owned(), port(uri))
            .settings(&self.config.settings)
            .start();
        let seen = Seen::new(&target);
        Some((Observer::Call { call, target: Box::new(target), seen: seen.clone() }, Some(seen)))
    }
}

fn port(uri: &http::Uri) -> Option<u16> {
    uri.port_u16().or(match uri.scheme_str() {
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
