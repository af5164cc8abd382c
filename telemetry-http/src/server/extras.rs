use http::HeaderName;
use telemetry_core::SpanDescription;

use super::captured_headers::CapturedHeaders;
use super::hooks::Hooks;
use super::id_hasher::IdHasher;
use super::identity::Identity;
use super::query::QueryPolicy;
use super::request_head::RequestHead;
use super::trusted_proxies::TrustedProxies;

/// What most services don't ask for; see the methods of [`Layer`](super::Layer) of the same names.
#[derive(Clone, Debug, Default)]
pub(super) struct Extras {
    pub(super) excluded: Vec<Box<str>>,
    /// The header with which a client asks for its trace to be sampled.
    pub(super) forcing_header: Option<HeaderName>,
    pub(super) request_headers: CapturedHeaders,
    pub(super) response_headers: CapturedHeaders,
    pub(super) proxies: Option<TrustedProxies>,
    pub(super) query: QueryPolicy,
    pub(super) id_hasher: Option<IdHasher>,
    pub(super) carries_tenant: bool,
    pub(super) hooks: Hooks,
}

impl Extras {
    /// Whether nothing is to be recorded of the request.
    pub(super) fn excludes(&self, head: &RequestHead<'_>) -> bool {
        let path = head.path();
        self.excluded.iter().any(|excluded| **excluded == *path) || self.hooks.excludes(head)
    }

    /// Whether the request asks to be sampled, and may.
    pub(super) fn force_sampling(&self, head: &RequestHead<'_>) -> bool {
        self.forcing_header.as_ref().is_some_and(|name| {
            let asked = head.headers().get(name).map(|value| value.as_bytes());
            asked.is_some_and(|value| value == b"1" || value.eq_ignore_ascii_case(b"true"))
        })
    }

    /// Who the request is made for, as far as is known before it is answered.
    pub(super) fn identity(&self, head: &RequestHead<'_>) -> Option<Identity> {
        self.hooks.identify(head).or_else(|| head.extensions().get().cloned())
    }

    /// Sets what is asked for of the request.
    pub(super) fn describe(
        &self,
        span: &mut SpanDescription<'_>,
        head: &RequestHead<'_>,
        identity: Option<&Identity>,
    ) {
        for (key, values) in self.request_headers.of(head.headers()) {
            span.attribute(key, &values.texts()[..]);
        }
        let hasher = self.id_hasher.as_ref();
        for (key, value) in identity.into_iter().flat_map(|identity| identity.attributes(hasher)) {
            span.attribute(key, &value);
        }
    }
}
