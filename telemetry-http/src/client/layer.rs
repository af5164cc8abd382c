use super::settings::{Propagation, Settings};
use super::{RequestGuard, Service};

/// Observes the requests that a tower client sends: hyper's, tonic's channel, any service of `http`
/// requests; see [`client`](crate::client) for what is recorded.
///
/// ```
/// use http::{Request, Response};
/// use telemetry_http::client;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
///
/// # async fn send(_: Request<String>) -> Result<Response<String>, std::io::Error> { Ok(Response::default()) }
/// # async fn example() -> Result<(), std::io::Error> {
/// let client = ServiceBuilder::new().layer(client::Layer::new()).service_fn(send);
/// let response = client.oneshot(Request::new(String::new())).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Calls and attempts
///
/// The layer makes a span each time that a request goes through it, so it belongs inside of what sends
/// requests again, `tower::retry` or `tower_http::follow_redirect`. A second one outside of that,
/// [`Layer::of_calls`], ties the attempts of one call together and lets them count each other:
///
/// ```
/// use telemetry_http::client;
/// # use http::{Request, Response};
/// # async fn send(_: Request<String>) -> Result<Response<String>, std::io::Error> { Ok(Response::default()) }
///
/// # let retries = tower::layer::util::Identity::new();
/// let client = tower::ServiceBuilder::new()
///     .layer(client::Layer::of_calls())
///     .layer(retries)
///     .layer(client::Layer::new())
///     .service_fn(send);
/// # let _ = client;
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct Layer {
    settings: Settings,
}

impl Layer {
    /// A layer that makes a client span and metrics of each request that is sent, and adds the trace
    /// context and the baggage to it.
    pub fn new() -> Self {
        Self { settings: Settings::ATTEMPTS }
    }

    /// A layer that makes one internal span of a call with all its attempts, and no metrics: those
    /// count what is sent. It says in `telemetry.operation.attempts` how many there were.
    pub fn of_calls() -> Self {
        Self { settings: Settings::CALLS }
    }

    /// Sends no baggage along, but the trace context: for servers of others, whom the names of users and
    /// tenants don't concern.
    pub fn without_baggage(mut self) -> Self {
        self.settings.propagation = Propagation::Trace;
        self
    }

    /// Sends neither trace context nor baggage along.
    pub fn without_propagation(mut self) -> Self {
        self.settings.propagation = Propagation::Nothing;
        self
    }

    /// Takes requests whose target is a path alone, as on a connection of one's own, to go to `https`.
    pub fn https(mut self) -> Self {
        self.settings.https = true;
        self
    }

    /// Starts observing one request by hand, for a client that isn't a tower service.
    pub fn observe<B: http_body::Body>(&self, request: &mut http::Request<B>) -> RequestGuard {
        RequestGuard::with_settings(self.settings, request)
    }
}

impl<S> tower_layer::Layer<S> for Layer {
    type Service = Service<S>;

    fn layer(&self, inner: S) -> Service<S> {
        Service::new(inner, self.settings)
    }
}
