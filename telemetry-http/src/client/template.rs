use std::sync::Arc;

/// The template of a request's path, `/orders/{id}`: an extension of the request, said by whoever
/// makes it.
///
/// It names the span and labels metrics, so there must be few different ones; never a path with ids
/// in it.
///
/// ```
/// use http::Request;
/// use telemetry_http::client::UrlTemplate;
///
/// let request = Request::get("http://orders.internal/orders/17")
///     .extension(UrlTemplate::new("/orders/{id}"))
///     .body(())?;
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(Arc<str>);

impl UrlTemplate {
    /// A template.
    pub fn new(template: impl Into<Arc<str>>) -> Self {
        Self(template.into())
    }

    /// The template as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
