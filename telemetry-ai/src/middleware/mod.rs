//! The middleware for `reqwest`.

mod attempts;
mod builder;
mod error;

use std::{borrow::Cow, sync::Arc};

pub use attempts::Attempts;
pub(crate) use error::Classes;

pub use builder::MiddlewareBuilder;
use http::Extensions;
use reqwest::{Body, Request, Response, ResponseBuilderExt as _};
use reqwest_middleware::{Next, Result};
use telemetry_core::{
    ContextExt as _, Pipeline,
    propagation::{self, HeaderSet},
};

use crate::{
    Call, EndpointRule, Settings,
    provider::{self, RequestLine, Stated, Step, Target},
    stream::Tap,
    watch::Watch,
};

/// At most this much of a request's body is looked at.
const MOST_REQUEST_BYTES: usize = 1 << 20;

/// Observes the calls of models that a client makes: span, metrics, tokens, cost, and who caused
/// them.
///
/// Calls of the providers that the crate knows are recognised by their URL, plain and streamed, and
/// so are the looks at jobs; all other requests pass untouched. Declare gateways and servers of
/// your own with an [`EndpointRule`]. Put it before a retrying middleware: one span then covers a
/// call with all its retries, and [`Attempts`] behind it tells them apart.
///
/// Neither request nor response is changed, held back or buffered. Prompts and answers are not
/// recorded, nor are the URL's query, headers, or an error's message. No trace context is sent to
/// the provider unless [`MiddlewareBuilder::propagate`] says so.
///
/// `error.type` is the HTTP status of a refused request (`429`); the class of a transport error
/// (`timeout`, `connect`, `network_error`, `redirect`, `decode`, `invalid_request`); the code of an
/// error that a response reports under a status of success; `incomplete_stream` for a stream that
/// closed before it was complete; `job_failed` for a job that failed without a code; or `_OTHER`. A
/// response that the application drops before it is complete has no error; its `telemetry.outcome`
/// is `cancelled`.
///
/// ```
/// use reqwest_middleware::ClientBuilder;
///
/// let client = ClientBuilder::new(reqwest::Client::new())
///     .with(telemetry_ai::Middleware::new())
///     .build();
/// # let _ = client;
/// ```
#[derive(Debug, Clone)]
pub struct Middleware {
    config: Arc<Config>,
}

#[derive(Debug, Default)]
struct Config {
    settings: Settings,
    endpoints: Vec<EndpointRule>,
    propagate: bool,
}

/// Marks a request that is observed already, further out, and counts its attempts.
#[derive(Debug, Clone, Default)]
struct Observed {
    attempts: u32,
}

impl Middleware {
    /// A middleware with built-in prices, and attribution to the `tenant.id` of the baggage.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A middleware to be configured.
    pub fn builder() -> MiddlewareBuilder {
        MiddlewareBuilder::default()
    }

    /// The prices and the attribution, to be shared with calls observed by hand.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.config.settings
    }

    fn recognise(&self, request: &Request) -> Option<Target> {
        let url = request.url();
        let line = RequestLine {
            method: request.method().as_str(),
            host: url.host_str()?,
            path: url.path(),
            query: url.query().unwrap_or_default(),
        };
        provider::recognise(&self.config.endpoints, &line, url.port_or_known_default())
    }

    fn start(&self, request: &Request, target: &Target) -> Call {
        let url = request.url();
        let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
        let body = &body[..body.len().min(MOST_REQUEST_BYTES)];
        let named = || Cow::Owned(url.host_str().unwrap_or_default().to_owned());
        let host = target.host.map_or_else(named, Cow::Borrowed);
        Call::of_target(target, body)
            .server(host, url.port_or_known_default())
            .settings(&self.config.settings)
            .prompt(body)
            .request_body(body)
            .start()
    }

    /// Looks at the job that a request asks after, if it is one of ours.
    async fn watch(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
        (target, id): (Target, String),
    ) -> Result<Response> {
        let jobs = self.config.settings.jobs();
        if !jobs.holds(&target.provider, &id) {
            return next.run(request, extensions).await;
        }
        let response = next.run(request, extensions).await?;
        let status = response.status();
        let mut watch = Watch::new(target, id, jobs);
        watch.headers(status.as_u16(), &|name| response.headers().get(name)?.to_str().ok());
        if !status.is_success() {
            watch.complete();
            return Ok(response);
        }
        Ok(tapped(response, |body, headers| Tap::watching(body, headers, watch)))
    }
}

impl Default for Middleware {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Middleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        if extensions.get::<Observed>().is_some() || Pipeline::current().is_none() {
            return next.run(request, extensions).await;
        }
        let Some(mut target) = self.recognise(&request) else {
            return next.run(request, extensions).await;
        };
        if let Step::Poll(id) = &mut target.step {
            let mut id = std::mem::take(id);
            if id.is_empty() {
                let body = request.body().and_then(Body::as_bytes).unwrap_or_default();
                let body = &body[..body.len().min(MOST_REQUEST_BYTES)];
                id = provider::operation_asked_after(body).unwrap_or_default();
            }
            // In a box, since few requests are so, and all would have to have room for it.
            return Box::pin(self.watch(request, extensions, next, (target, id))).await;
        }
        let mut call = self.start(&request, &target);
        let stated = std::mem::take(&mut target.stated);
        drop(target);
        if let Err(refused) = call.check_budgets() {
            return Err(reqwest_middleware::Error::Middleware(refused.into()));
        }
        let context = call.context().cloned().unwrap_or_default();
        if self.config.propagate {
            propagation::inject_trace(&context, &mut TraceHeaders(request.headers_mut()));
        }
        extensions.insert(Observed::default());
        // Dropped here, as when a caller's timeout fires, the call ends as cancelled.
        let result = next.run(request, extensions).in_context(context).await;
        let observed = extensions.remove::<Observed>().unwrap_or_default();
        for _ in 1..observed.attempts {
            call.attempt();
        }
        match result {
            Ok(response) => Ok(observe(response, call, &stated)),
            Err(error) => {
                call.fail(error::error_type_of_any(&error));
                call.complete();
                Err(error)
            }
        }
    }
}

/// Lets the response's body carry the call to its end.
fn observe(
    mut response: Response,
    mut call: Call,
    stated: &[(Cow<'static, str>, Stated)],
) -> Response {
    response.extensions_mut().insert(call.cost_handle());
    let status = response.status();
    call.headers(status.as_u16(), stated, response.headers());
    if status.is_client_error() || status.is_server_error() {
        call.fail(status.as_str().to_owned());
        call.complete();
        return response;
    }
    tapped(response, |body, headers| Tap::new(body, headers, call))
}

/// Puts a tap on the response's body.
fn tapped(
    response: Response,
    tap: impl FnOnce(Body, &http::HeaderMap) -> Tap<Body, Classes>,
) -> Response {
    // The conversion loses the URL, whose place among the extensions only this builder knows.
    let url = response.url().clone();
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    let mut carrier = http::Response::builder();
    if let Some(extensions) = carrier.extensions_mut() {
        *extensions = std::mem::take(&mut parts.extensions);
    }
    if let Some(extensions) = carrier.url(url).extensions_mut() {
        parts.extensions = std::mem::take(extensions);
    }
    let body = Body::wrap(tap(body, &parts.headers));
    Response::from(http::Response::from_parts(parts, body))
}

/// Gets only the trace; baggage names people and tenants, and is no business of a provider's.
struct TraceHeaders<'a>(&'a mut http::HeaderMap);

impl HeaderSet for TraceHeaders<'_> {
    fn set_header(&mut self, name: &str, value: &str) {
        let name = http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_str(value)) {
            self.0.insert(name, value);
        }
    }
}
