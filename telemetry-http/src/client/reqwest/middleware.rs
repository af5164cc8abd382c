use ::reqwest::{Body, Request};
use http::Extensions;
use reqwest_middleware::Next;
use telemetry_core::Pipeline;

use super::future::{BoxFuture, ResponseFuture};
use crate::client::RequestGuard;
use crate::client::guard::Head;
use crate::client::settings::{Propagation, Settings};
use crate::client::target::Target;
use crate::transfer::{BodyRule, CountedBody};

/// Observes the requests that a reqwest client sends; see [`client`](crate::client) for what is
/// recorded.
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// use telemetry_http::client::Middleware;
///
/// let client = ClientBuilder::new(reqwest::Client::new()).with(Middleware::new()).build();
/// # let _ = client;
/// ```
///
/// The template of a path is said with the request:
///
/// ```
/// use telemetry_http::client::UrlTemplate;
///
/// # fn request(client: &reqwest_middleware::ClientWithMiddleware, id: u32) {
/// let request = client
///     .get(format!("http://orders.internal/orders/{id}"))
///     .with_extension(UrlTemplate::new("/orders/{id}"));
/// # let _ = request;
/// # }
/// ```
///
/// # Retries and redirects
///
/// Middleware that sends a request again belongs outside of this one, whose spans then count each other
/// in `http.request.resend_count`. A second one outside of that, [`Middleware::of_calls`], ties them
/// together. [`Redirects`](super::Redirects) stands for reqwest's own way of following redirects, which nobody sees:
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// use telemetry_http::client::{Middleware, Redirects};
///
/// let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let client = ClientBuilder::new(client)
///     .with(Middleware::of_calls())
///     // .with(RetryTransientMiddleware::new_with_policy(policy))
///     .with(Redirects::new())
///     .with(Middleware::new())
///     .build();
/// # let _ = client;
/// # Ok::<(), reqwest::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Middleware {
    settings: Settings,
}

impl Middleware {
    /// A middleware that makes a client span and metrics of each request that is sent, and adds the
    /// trace context and the baggage to it.
    #[must_use]
    pub fn new() -> Self {
        Self { settings: Settings::ATTEMPTS }
    }

    /// A middleware that makes one internal span of a call with all its attempts, and no metrics: those
    /// count what is sent. It says in `telemetry.operation.attempts` how many there were.
    #[must_use]
    pub fn of_calls() -> Self {
        Self { settings: Settings::CALLS }
    }

    /// Sends no baggage along, but the trace context: for servers of others, whom the names of users and
    /// tenants don't concern.
    #[must_use]
    pub fn without_baggage(mut self) -> Self {
        self.settings.propagation = Propagation::Trace;
        self
    }

    /// Sends neither trace context nor baggage along.
    #[must_use]
    pub fn without_propagation(mut self) -> Self {
        self.settings.propagation = Propagation::Nothing;
        self
    }

    fn start(
        &self,
        pipeline: u64,
        request: &mut Request,
        extensions: &mut Extensions,
    ) -> RequestGuard {
        let body = request.body().map(Body::as_bytes);
        // Without a body there is none of zero bytes either, but what is sent is the same.
        let body_bytes = body.map_or(Some(0), |bytes| bytes.map(|bytes| bytes.len() as u64));
        let head = Head {
            method: request.method(),
            target: Target::of_url(request.url()),
            extensions,
            body_bytes,
        };
        let mut guard = RequestGuard::observe(pipeline, self.settings, head);
        guard.inject(self.settings, request.headers_mut());
        if body_bytes.is_none()
            && let Some(bytes) = guard.count_request_bytes()
            && let Some(body) = request.body_mut().take()
        {
            *request.body_mut() = Some(Body::wrap(CountedBody::new(body, bytes)));
        }
        guard
    }
}

/// Written out, since the request would lie in the future of an `async fn`, which is four times as large.
impl reqwest_middleware::Middleware for Middleware {
    fn handle<'s, 'e, 'n, 'f>(
        &'s self,
        mut request: Request,
        extensions: &'e mut Extensions,
        next: Next<'n>,
    ) -> BoxFuture<'f>
    where
        's: 'f,
        'e: 'f,
        'n: 'f,
        Self: 'f,
    {
        let Some(pipeline) = Pipeline::current_id() else {
            return next.run(request, extensions);
        };
        let mut guard = self.start(pipeline, &mut request, extensions);
        let rule = BodyRule::of(request.method());
        let response = guard.in_scope(|| next.run(request, extensions));
        Box::pin(ResponseFuture { response, guard, rule })
    }
}
