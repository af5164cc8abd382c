use std::sync::Arc;

use http::HeaderName;

use super::request_head::RequestHead;
use super::settings::{Scheme, Settings};
use super::{RequestGuard, Service};

/// Observes all requests of a service; see [`server`](crate::server) for what is recorded.
///
/// ```
/// use axum::{Router, routing::get};
/// use telemetry_http::Layer;
///
/// let app: Router = Router::new()
///     .route("/orders/{id}", get(|| async { "an order" }))
///     .route("/health", get(|| async { "ok" }))
///     .layer(Layer::new().exclude(["/health"]));
/// ```
///
/// # Hooks
///
/// Closures that are given to a layer run on the request's thread, before the service or after it. A
/// panic in one goes no further: the hook counts as having said nothing, and
/// `telemetry.http.server.hook_panics` counts it by `telemetry.http.hook`, the method's name.
///
/// # Known methods
///
/// Those of RFC 9110 with `PATCH` and `QUERY`. The environment variable
/// `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` replaces the list by its own, separated by commas, as the
/// [conventions](https://opentelemetry.io/docs/specs/semconv/registry/attributes/http/) require; it is
/// read once.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct Layer {
    pub(super) settings: Settings,
}

impl Layer {
    /// A layer that makes spans, metrics and request ids.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes no request ids, takes none in and adds no header to responses.
    pub fn without_request_id(mut self) -> Self {
        self.settings.request_id = false;
        self
    }

    /// Makes no spans, but metrics and request ids: for a service whose traces are made elsewhere, or not
    /// wanted. A trace that comes in goes on to what the handler calls, as if the layer weren't there, and
    /// its id is in the log records; hooks that add to spans aren't called.
    ///
    /// ```
    /// use telemetry_http::Layer;
    ///
    /// let layer = Layer::new().without_spans();
    /// ```
    pub fn without_spans(mut self) -> Self {
        self.settings.spans = false;
        self
    }

    /// Says `https` for `url.scheme` where the request doesn't: for a service behind TLS, which a
    /// request in HTTP/1 has no mark of.
    pub fn https(mut self) -> Self {
        self.settings.scheme = Scheme::Https;
        self
    }

    /// Lets a client ask, by this header with the value `true` or `1`, for its request to be sampled
    /// whatever the sampler says: `x-force-sample` for instance. Not by default, since whoever may ask
    /// decides what telemetry costs.
    ///
    /// ```
    /// use http::HeaderName;
    /// use telemetry_http::Layer;
    ///
    /// let layer = Layer::new().force_sampling_by(HeaderName::from_static("x-force-sample"));
    /// ```
    pub fn force_sampling_by(mut self, header: HeaderName) -> Self {
        self.settings.extras_mut().forcing_header = Some(header);
        self
    }

    /// Leaves out requests of exactly these paths: health checks, scrapes. They are counted by
    /// `telemetry.http.server.excluded_requests` and nothing else; what their handlers do starts
    /// traces of its own.
    pub fn exclude<P: Into<Box<str>>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.settings.extras_mut().excluded.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Leaves out the requests that the closure picks, as [`exclude`](Self::exclude) does.
    pub fn exclude_when(
        mut self,
        picks: impl Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings.extras_mut().hooks.exclude = Some(Arc::new(picks));
        self
    }

    /// Starts observing one request by hand, for a server that isn't a tower service.
    pub fn observe<B>(&self, request: &http::Request<B>) -> RequestGuard {
        RequestGuard::with_settings(&self.settings, request)
    }
}

impl<S> tower_layer::Layer<S> for Layer {
    type Service = Service<S>;

    fn layer(&self, inner: S) -> Service<S> {
        Service::new(inner, self.settings.clone())
    }
}
