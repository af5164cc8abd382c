use std::sync::Arc;

use http::header::{HeaderMap, HeaderName};

/// What a [`Layer`](super::Layer) was told.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) request_id: bool,
    /// Where the request doesn't say.
    pub(super) scheme: Scheme,
    /// Absent rather than empty: axum clones the service with every request.
    pub(super) excluded: Option<Arc<[Box<str>]>>,
    /// The header with which a client asks for its trace to be sampled.
    pub(super) forcing_header: Option<Arc<HeaderName>>,
}

/// The only two, so that a client can't make up series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http = 0,
    Https = 1,
}

impl Default for Settings {
    fn default() -> Self {
        Self { request_id: true, scheme: Scheme::Http, excluded: None, forcing_header: None }
    }
}

impl Settings {
    #[inline]
    pub(super) fn excludes(&self, path: &str) -> bool {
        match &self.excluded {
            Some(excluded) => excluded.iter().any(|excluded| **excluded == *path),
            None => false,
        }
    }
}

impl Settings {
    /// Whether the request asks to be sampled, and may.
    #[inline]
    pub(super) fn force_sampling(&self, headers: &HeaderMap) -> bool {
        self.forcing_header.as_ref().is_some_and(|name| {
            let asked = headers.get(&**name).map(|value| value.as_bytes());
            asked.is_some_and(|value| value == b"1" || value.eq_ignore_ascii_case(b"true"))
        })
    }
}

impl Scheme {
    /// The scheme of a request; `default` where it says none or an unknown one.
    #[inline]
    pub(super) fn of(uri: &http::Uri, default: Self) -> Self {
        match uri.scheme() {
            Some(scheme) if *scheme == http::uri::Scheme::HTTPS => Self::Https,
            Some(scheme) if *scheme == http::uri::Scheme::HTTP => Self::Http,
            _ => default,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
