use std::sync::Arc;

use http::Extensions;

/// The route of a request, said by a service that axum doesn't route: an extension of the request,
/// where it is known before the layer, or of the response. The response's wins.
///
/// It names the span and labels metrics, so there must be few different ones: `/orders/{id}`, never a
/// path.
///
/// ```
/// use http::Response;
/// use telemetry_http::server::Route;
///
/// let mut response = Response::new("an order");
/// response.extensions_mut().insert(Route::new("/orders/{id}"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route(Arc<str>);

impl Route {
    /// A route.
    pub fn new(route: impl Into<Arc<str>>) -> Self {
        Self(route.into())
    }

    /// The route as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The route among a request's or response's extensions.
    #[inline]
    pub(super) fn of(extensions: &Extensions) -> Option<&str> {
        #[cfg(feature = "axum")]
        if let Some(matched) = extensions.get::<axum::extract::MatchedPath>() {
            return Some(matched.as_str());
        }
        extensions.get::<Self>().map(Self::as_str)
    }
}
