use http::{Extensions, HeaderMap, Request, Uri, Version};

/// A request without its body, as the hooks of a [`Layer`](super::Layer) see it: before any service
/// within the layer does.
///
/// ```
/// use telemetry_http::Layer;
///
/// let layer = Layer::new().exclude_when(|request| request.path().starts_with("/internal/"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    pub(super) method: &'a http::Method,
    /// As the layer has it: nested routers may have taken their prefixes off the path.
    pub(super) local_uri: &'a Uri,
    pub(super) version: Version,
    pub(super) headers: &'a HeaderMap,
    pub(super) extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    #[inline]
    pub(super) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            local_uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// The method, as it was sent.
    pub fn method(&self) -> &'a http::Method {
        self.method
    }

    /// The whole address, before nested routers took their prefixes off.
    #[inline]
    pub fn uri(&self) -> &'a Uri {
        original_uri(self.extensions).unwrap_or(self.local_uri)
    }

    /// The path of [`uri`](Self::uri).
    #[inline]
    pub fn path(&self) -> &'a str {
        self.uri().path()
    }

    /// The version of the protocol.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// What the services around the layer have left for those within.
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }
}

/// The address before nested routers took their prefixes off.
#[inline]
fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    #[cfg(feature = "axum")]
    if let Some(original) = extensions.get::<axum::extract::OriginalUri>() {
        return Some(&original.0);
    }
    let _ = extensions;
    None
}
