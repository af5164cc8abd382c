use http::{Extensions, HeaderMap, Response, StatusCode};

/// A response without its body, as the hooks of a [`Layer`](super::Layer) see it.
///
/// ```
/// use telemetry_http::Layer;
///
/// let layer = Layer::new().on_response(|response, span| {
///     span.set("shop.cached", response.headers().contains_key("age"));
/// });
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ResponseHead<'a> {
    status: StatusCode,
    headers: &'a HeaderMap,
    extensions: &'a Extensions,
}

impl<'a> ResponseHead<'a> {
    pub(super) fn of<B>(response: &'a Response<B>) -> Self {
        Self {
            status: response.status(),
            headers: response.headers(),
            extensions: response.extensions(),
        }
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// What the services within the layer have left for those around.
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }
}
