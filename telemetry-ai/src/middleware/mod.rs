//! The middleware for `reqwest`.

mod builder;
mod error;

use std::sync::Arc;

pub use builder::MiddlewareBuilder;
pub(crate) use error::error_type;
use http::Extensions;
use reqwest::{Body, Request, Response, ResponseBuilderExt as _};
use reqwest_middleware::{Next, Result};
use telemetry_core::{
    ContextExt as _, Pipeline,
    propagation::{self, HeaderSet},
};

use crate::{
    Call, EndpointRule, RequestParameters, Settings,
    provider::{self, Recognised},
    stream::{Framing, Tap},
};

/// At most this much of a request's body is looked at.
const MOST_REQUEST_BYTES: usize = 1 << 20;

/// Observes the calls of models that a client makes: span, metrics, tokens, cost, and who caused
/// them.
///
/// Chat completions of OpenAI and of whoever speaks its protocol are recognised by their URL, plain
/// and streamed; all other requests pass untouched. Declare gateways and servers of your own with
/// an [`EndpointRule`]. Put it before a retrying middleware: one span then covers a call with all
/// its retries.
///
/// Neither request nor response is changed, held back or buffered. Prompts and answers are not
/// recorded, nor are the URL's query, headers, or an error's message. No trace context is sent to
/// the provider unless [`MiddlewareBuilder::propagate`] says so.
///
/// `error.type` is the HTTP status of a refused request (`429`); the class of a transport error
/// (`timeout`, `connect`, `network_error`, `redirect`, `decode`, `invalid_request`); the code of an
/// error that a response reports under a status of success; `incomplete_stream` for a stream that
/// closed before it was complete; or `_OTHER`. A response that the application drops before it is
/// complete has no error; its `telemetry.outcome` is `cancelled`.
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

/// Marks a request that is observed already, further out.
#[derive(Debug, Clone, Copy)]
struct Observed;

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

    fn recognise(&self, request: &Request) -> Option<Recognised> {
        let url = request.url();
        let (host, port) = (url.host_str()?, url.port_or_known_default());
        provider::recognise(&self.config.endpoints, request.method(), host, port, url.path())
    }

    fn start(&self, request: &Request, recognised: Recognised) -> Call {
        let url = request.url();
        let address = url.host_str().unwrap_or_default().to_owned();
        let body = request.body().and_then(Body::as_bytes);
        let parameters = body.map_or_else(RequestParameters::default, |body| {
            RequestParameters::of_chat_completion(&body[..body.len().min(MOST_REQUEST_BYTES)])
        });
        Call::builder(recognised.operation, recognised.provider)
            .parameters(parameters)
            .server(address, url.port_or_known_default())
            .settings(&self.config.settings)
            .start()
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
        let Some(recognised) = self.recognise(&request) else {
            return next.run(request, extensions).await;
        };
        let mut call = self.start(&request, recognised);
        let context = call.context().cloned().unwrap_or_default();
        if self.config.propagate {
            propagation::inject_trace(&context, &mut TraceHeaders(request.headers_mut()));
        }
        extensions.insert(Observed);
        // Dropped here, as when a caller's timeout fires, the call ends as cancelled.
        let result = next.run(request, extensions).in_context(context).await;
        extensions.remove::<Observed>();
        match result {
            Ok(response) => Ok(observe(response, call)),
            Err(error) => {
                call.fail(error::error_type_of_any(&error));
                call.complete();
                Err(error)
            }
        }
    }
}

/// Lets the response's body carry the call to its end.
fn observe(mut response: Response, mut call: Call) -> Response {
    response.extensions_mut().insert(call.cost_handle());
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        call.fail(status.as_str().to_owned());
        call.complete();
        return response;
    }
    let framing = Framing::of(response.headers(), call.expects_stream());
    // The conversion loses the URL, whose place among the extensions only this builder knows.
    let carrier = http::Response::builder().url(response.url().clone()).body(());
    let (mut parts, body) = http::Response::<Body>::from(response).into_parts();
    let mut extensions =
        carrier.map(|carrier| carrier.into_parts().0.extensions).unwrap_or_default();
    extensions.extend(std::mem::take(&mut parts.extensions));
    parts.extensions = extensions;
    let body = Body::wrap(Tap::new(body, framing, call));
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
