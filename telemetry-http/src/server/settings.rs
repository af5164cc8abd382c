use std::sync::Arc;

use super::extras::Extras;

/// What a [`Layer`](super::Layer) was told.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) spans: bool,
    pub(super) request_id: bool,
    /// Where the request doesn't say.
    pub(super) scheme: Scheme,
    pub(super) measures: Measures,
    /// What is asked for rarely. Absent rather than empty: axum clones the service with every request.
    pub(super) extras: Option<Arc<Extras>>,
}

/// What is measured of a request beside its duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measures {
    /// The sizes of both bodies, as metrics.
    pub(super) body_sizes: bool,
    /// The same on the span.
    pub(super) sizes_on_spans: bool,
    /// The time to the response's head, as a metric and on the span of every request.
    pub(super) time_to_headers: bool,
}

impl Measures {
    /// Whether anybody wants to know sizes.
    #[inline]
    pub(super) fn sizes(self) -> bool {
        self.body_sizes || self.sizes_on_spans
    }
}

/// The only two, so that a client can't make up series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http = 0,
    Https = 1,
}

impl Default for Settings {
    fn default() -> Self {
        let measures = Measures { body_sizes: true, sizes_on_spans: false, time_to_headers: false };
        Self { spans: true, request_id: true, scheme: Scheme::Http, measures, extras: None }
    }
}

impl Settings {
    /// The rarely asked for, to be changed.
    pub(super) fn extras_mut(&mut self) -> &mut Extras {
        Arc::make_mut(self.extras.get_or_insert_default())
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

    /// The scheme of this name, if it is one of the two.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            _ if name.eq_ignore_ascii_case("https") => Some(Self::Https),
            _ if name.eq_ignore_ascii_case("http") => Some(Self::Http),
            _ => None,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}
