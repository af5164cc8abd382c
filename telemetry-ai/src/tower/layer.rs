//! The layer.

use std::sync::Arc;

use super::Service;
use crate::{EndpointRule, Settings};

/// Observes the calls of models that a client makes, as [`Middleware`](crate::Middleware) does for
/// `reqwest`: for hyper's client, the SDKs built upon it, and any other `tower` service of `http`
/// requests.
///
/// Bodies of requests and responses are read as they pass, so that nothing is held back. The
/// parameters of a request are known only when its body has been sent: the span's name and its
/// `gen_ai.request.*` attributes are set then, and a sampler sees the model only where the URL
/// names it. Looks at jobs are followed as by the middleware, and [blocking](crate::Budget::blocking)
/// budgets refuse calls before they are made, with [`Error::Budget`](super::Error::Budget); one of certain
/// models refuses those alone whose URL names the model.
///
/// ```
/// use telemetry_ai::{Settings, tower::Layer};
/// use tower::ServiceBuilder;
///
/// # fn client() -> impl tower::Service<http::Request<String>, Response = http::Response<String>, Error = std::io::Error> + Clone {
/// #     tower::service_fn(async |_| Ok(http::Response::new(String::new())))
/// # }
/// let client = ServiceBuilder::new().layer(Layer::new(Settings::default())).service(client());
/// # let _ = client;
/// ```
#[derive(Debug, Clone)]
pub struct Layer {
    pub(super) config: Arc<Config>,
}

#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) settings: Settings,
    pub(super) endpoints: Vec<EndpointRule>,
}

impl Layer {
    /// A layer with these prices, attribution, conventions and jobs.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { config: Arc::new(Config { settings, endpoints: Vec::new() }) }
    }

    /// Declares requests as calls of a provider; earlier rules go before later ones.
    #[must_use]
    pub fn endpoint(mut self, rule: EndpointRule) -> Self {
        Arc::make_mut(&mut self.config).endpoints.push(rule);
        self
    }
}

impl Default for Layer {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl<S> tower_layer::Layer<S> for Layer {
    type Service = Service<S>;

    fn layer(&self, inner: S) -> Service<S> {
        Service { inner, config: self.config.clone() }
    }
}
