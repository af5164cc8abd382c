use std::borrow::Cow;

use super::id_hasher::IdHasher;
use crate::names;

/// Who a request is made for: ids of a user, a session and a tenant, as far as they are known.
///
/// A service says it where it knows it: by [`Layer::identify`](super::Layer::identify) of what the
/// request holds, or as an extension of the request (by what stands around the layer) or of the response
/// (by what stands within, such as the middleware that checks who asks). The response's ids win.
///
/// They stand on the request's span as `user.id`, `session.id` and `tenant.id`, and never on metrics.
/// With [`Layer::hash_ids`](super::Layer::hash_ids) they stand there as hashes. An id longer than 128
/// bytes is cut.
///
/// ```
/// use telemetry_http::{Layer, server::Identity};
///
/// let layer = Layer::new().identify(|request| {
///     let tenant = request.headers().get("x-tenant")?.to_str().ok()?;
///     Some(Identity::new().tenant(tenant))
/// });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    user: Option<Box<str>>,
    session: Option<Box<str>>,
    tenant: Option<Box<str>>,
}

impl Identity {
    const MAX_LEN: usize = 128;

    /// Nobody, to begin with.
    pub fn new() -> Self {
        Self::default()
    }

    /// The user's id: one that the service gave, never a name or an address.
    pub fn user(mut self, id: impl AsRef<str>) -> Self {
        self.user = Some(bounded(id.as_ref()));
        self
    }

    /// The session's id: one that can be told, never the secret that opens it.
    pub fn session(mut self, id: impl AsRef<str>) -> Self {
        self.session = Some(bounded(id.as_ref()));
        self
    }

    /// The tenant's id.
    pub fn tenant(mut self, id: impl AsRef<str>) -> Self {
        self.tenant = Some(bounded(id.as_ref()));
        self
    }

    pub(super) fn tenant_id(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// What stands on the span.
    pub(super) fn attributes<'a>(
        &'a self,
        hasher: Option<&'a IdHasher>,
    ) -> impl Iterator<Item = (&'static str, Cow<'a, str>)> {
        let user = if hasher.is_some() { names::USER_HASH } else { names::USER_ID };
        let ids = [
            (user, &self.user),
            (names::SESSION_ID, &self.session),
            (names::TENANT_ID, &self.tenant),
        ];
        let known = ids.into_iter().filter_map(|(key, id)| Some((key, id.as_deref()?)));
        known.map(move |(key, id)| match hasher {
            Some(hasher) => (key, Cow::Owned(hasher.hash(id))),
            None => (key, Cow::Borrowed(id)),
        })
    }
}

fn bounded(id: &str) -> Box<str> {
    id[..id.floor_char_boundary(Identity::MAX_LEN)].into()
}
