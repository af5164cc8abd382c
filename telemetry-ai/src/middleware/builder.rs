//! The middleware's configuration.

use std::sync::Arc;

use super::{Config, Middleware};
use crate::{Attribution, Content, Conventions, EndpointRule, PriceTable, Settings};

/// Configures a [`Middleware`].
///
/// ```
/// use telemetry_ai::{Attribution, EndpointRule, Middleware, PriceTable, Provider};
///
/// let middleware = Middleware::builder()
///     .endpoint(EndpointRule::host("llm.internal").provider(Provider::OPENAI))
///     .prices(PriceTable::builtin())
///     .attribution(Attribution::default().key("feature"))
///     .build();
/// # let _ = middleware;
/// ```
#[derive(Debug, Default)]
#[must_use = "a middleware is made with `build`"]
pub struct MiddlewareBuilder {
    prices: Option<PriceTable>,
    attribution: Option<Attribution>,
    conventions: Option<Conventions>,
    content: Option<Content>,
    endpoints: Vec<EndpointRule>,
    propagate: bool,
}

impl MiddlewareBuilder {
    /// Declares requests as calls of a provider. Earlier rules go before later ones, and all before
    /// what is known of public hosts.
    pub fn endpoint(mut self, rule: EndpointRule) -> Self {
        self.endpoints.push(rule);
        self
    }

    /// The prices. Default: [`PriceTable::builtin`].
    pub fn prices(mut self, prices: PriceTable) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Who a call is attributed to. Default: the `tenant.id` of the baggage.
    pub fn attribution(mut self, attribution: Attribution) -> Self {
        self.attribution = Some(attribution);
        self
    }

    /// Which names are emitted. Default: what the environment chooses, see [`Conventions`].
    pub fn conventions(mut self, conventions: Conventions) -> Self {
        self.conventions = Some(conventions);
        self
    }

    /// Records prompts and answers. Default: no; see [`Content`].
    pub fn content(mut self, content: Content) -> Self {
        self.content = Some(content);
        self
    }

    /// Whether `traceparent` and `tracestate` are sent along, for a provider or gateway of your own
    /// that traces. Baggage never is. Default: no.
    pub fn propagate(mut self, propagate: bool) -> Self {
        self.propagate = propagate;
        self
    }

    /// The middleware.
    #[must_use]
    pub fn build(self) -> Middleware {
        let settings =
            Settings::new(self.prices.unwrap_or_default(), self.attribution.unwrap_or_default())
                .with_conventions(self.conventions.unwrap_or_default());
        let settings = match self.content {
            Some(content) => settings.with_content(content),
            None => settings,
        };
        Middleware {
            config: Arc::new(Config {
                settings,
                endpoints: self.endpoints,
                propagate: self.propagate,
            }),
        }
    }
}
