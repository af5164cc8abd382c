use std::borrow::Cow;

use crate::redact::{SecretKeys, redact_query};

/// What of a request's query is recorded.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryPolicy {
    pub(super) omitted: bool,
    /// Keys of this service's whose values are secrets, beside those that anybody would take for one.
    pub(super) secret: SecretKeys,
}

impl QueryPolicy {
    /// What may be recorded.
    pub(super) fn shown<'q>(&self, query: &'q str) -> Option<Cow<'q, str>> {
        (!self.omitted && !query.is_empty()).then(|| redact_query(query, &self.secret))
    }
}
