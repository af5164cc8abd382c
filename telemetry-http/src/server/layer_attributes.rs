//! What a [`Layer`] records of a request besides what it always does, and what it withholds.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderName;
use telemetry_core::{ErrorClass, Span};

use super::Layer;
use super::identity::Identity;
use super::request_head::RequestHead;
use super::response_head::ResponseHead;
use super::route::Route;
use super::trusted_proxies::TrustedProxies;

/// Attributes.
impl Layer {
    /// Records these request headers as `http.request.header.{name}`, lists of text. None are recorded
    /// unless they are named here. Values that look like secrets are redacted, and of headers that
    /// hold secrets by their name (`authorization`, `cookie`, `x-api-key`) never more than that they
    /// were there.
    ///
    /// ```
    /// use http::header;
    /// use telemetry_http::Layer;
    ///
    /// let layer = Layer::new()
    ///     .request_headers([header::ACCEPT_LANGUAGE])
    ///     .response_headers([header::CONTENT_TYPE]);
    /// ```
    pub fn request_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.settings.extras_mut().request_headers.add("http.request.header.", names);
        self
    }

    /// Records these response headers as `http.response.header.{name}`, as
    /// [`request_headers`](Self::request_headers) does.
    pub fn response_headers(mut self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.settings.extras_mut().response_headers.add("http.response.header.", names);
        self
    }

    /// Withholds the values of these keys of the query, beside those that look like secrets anyway. Case
    /// and separators don't matter: `email` is `E-Mail`, too.
    pub fn secret_query_keys<K: AsRef<str>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let extras = self.settings.extras_mut();
        keys.into_iter().for_each(|key| extras.query.secret.add(key.as_ref()));
        self
    }

    /// Records no query at all.
    pub fn without_query(mut self) -> Self {
        self.settings.extras_mut().query.omitted = true;
        self
    }

    /// Takes the client's address from headers that these proxies set. Without, `client.address` is the
    /// other end of the connection, and no header is believed.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings.extras_mut().proxies = Some(proxies);
        self
    }

    /// Asks the closure whom a request is made for. Where it says none, an [`Identity`] among the
    /// request's extensions counts.
    pub fn identify(
        mut self,
        says: impl Fn(&RequestHead<'_>) -> Option<Identity> + Send + Sync + 'static,
    ) -> Self {
        self.settings.extras_mut().hooks.identify = Some(Arc::new(says));
        self
    }

    /// Records ids of users, sessions and tenants as keyed hashes (HMAC-SHA-256 of which 16 bytes count,
    /// in hexadecimal digits): the user's as `user.hash`. The same id has the same hash in all services
    /// that have the key, and nobody without it can find out whose it is.
    ///
    /// # Errors
    ///
    /// If the key has fewer than 16 bytes.
    ///
    /// ```
    /// use telemetry_http::Layer;
    ///
    /// let layer = Layer::new().hash_ids("a secret of the service's own")?;
    /// assert!(Layer::new().hash_ids("short").is_err());
    /// # Ok::<(), telemetry_http::server::ShortKey>(())
    /// ```
    #[cfg(feature = "hashed-ids")]
    pub fn hash_ids(mut self, key: impl AsRef<[u8]>) -> Result<Self, super::ShortKey> {
        self.settings.extras_mut().id_hasher = Some(super::id_hasher::IdHasher::new(key.as_ref())?);
        Ok(self)
    }

    /// Puts the tenant's id, if it is known before the request is answered, into the baggage as
    /// `tenant.id`: spans of model calls and their costs find it there, and so do the services that this
    /// one calls. It goes there as it is, not as a hash.
    pub fn carry_tenant(mut self) -> Self {
        self.settings.extras_mut().carries_tenant = true;
        self
    }
}

/// Names and outcomes.
impl Layer {
    /// Asks the closure for the route, instead of taking axum's or the request's [`Route`]. It names the
    /// span and labels metrics, so there must be few different ones. A `Route` of the response still
    /// wins.
    pub fn route_by(
        mut self,
        says: impl Fn(&RequestHead<'_>) -> Option<Route> + Send + Sync + 'static,
    ) -> Self {
        self.settings.extras_mut().hooks.route = Some(Arc::new(says));
        self
    }

    /// Asks the closure for the span's name, by the request and its route; where it says none, the name
    /// is `{method} {route}`. There must be few different ones.
    ///
    /// ```
    /// use telemetry_http::Layer;
    ///
    /// let layer = Layer::new().name_by(|request, route| {
    ///     (route == Some("/graphql") && request.method() == "POST").then_some("graphql".into())
    /// });
    /// ```
    pub fn name_by(
        mut self,
        says: impl Fn(&RequestHead<'_>, Option<&str>) -> Option<Cow<'static, str>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        self.settings.extras_mut().hooks.name = Some(Arc::new(says));
        self
    }

    /// Asks the closure whether a response is an error, by its `error.type`, which must be of few
    /// different values and never a message. Where it says none, what the conventions say holds: a
    /// server error is one, by its code.
    pub fn error_type_by(
        mut self,
        says: impl Fn(&ResponseHead<'_>) -> Option<Cow<'static, str>> + Send + Sync + 'static,
    ) -> Self {
        self.settings.extras_mut().hooks.error_type = Some(Arc::new(says));
        self
    }

    /// Asks the closure for the class of an error of type `E` that the service or the body ends with.
    /// Several may be given, for different types; errors of other types are classed as ever.
    ///
    /// ```
    /// use telemetry_core::ErrorClass;
    /// use telemetry_http::Layer;
    ///
    /// struct Overload;
    ///
    /// let layer = Layer::new().classify_errors(|_: &Overload| ErrorClass::new("overload", true));
    /// ```
    pub fn classify_errors<E: 'static>(
        mut self,
        class: impl Fn(&E) -> ErrorClass + Send + Sync + 'static,
    ) -> Self {
        let class_of = move |error: &dyn std::any::Any| error.downcast_ref().map(&class);
        self.settings.extras_mut().hooks.classify.push(Arc::new(class_of));
        self
    }

    /// Lets the closure add to a request's span as it starts; several may be given.
    pub fn on_request(
        mut self,
        adds: impl Fn(&RequestHead<'_>, &mut Span) + Send + Sync + 'static,
    ) -> Self {
        self.settings.extras_mut().hooks.on_request.push(Arc::new(adds));
        self
    }

    /// Lets the closure add to a request's span when the response's head is there; several may be given.
    pub fn on_response(
        mut self,
        adds: impl Fn(&ResponseHead<'_>, &mut Span) + Send + Sync + 'static,
    ) -> Self {
        self.settings.extras_mut().hooks.on_response.push(Arc::new(adds));
        self
    }
}

/// Measurements.
impl Layer {
    /// Measures no sizes of bodies; the duration and the requests under way remain.
    pub fn without_body_sizes(mut self) -> Self {
        self.settings.measures.body_sizes = false;
        self
    }

    /// Sets the sizes of both bodies on the span, too: `http.request.body.size` and
    /// `http.response.body.size`.
    pub fn body_sizes_on_spans(mut self) -> Self {
        self.settings.measures.sizes_on_spans = true;
        self
    }

    /// Measures the time from each request to the head of its response:
    /// `telemetry.http.server.time_to_headers`, a histogram in seconds with the labels of the duration, and
    /// an attribute of that name on each span. Without, only spans of responses of undeclared length
    /// have it, since with others it says little beside the duration.
    pub fn time_to_headers(mut self) -> Self {
        self.settings.measures.time_to_headers = true;
        self
    }
}
