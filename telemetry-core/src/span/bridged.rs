use std::borrow::Cow;

use super::{Draft, SpanKind, Status};
use crate::attribute::Value;

/// What bridges change of a record in the making, before and after the span's start.
impl Draft {
    /// Sets an attribute.
    #[inline]
    pub(crate) fn set(&mut self, key: &str, value: Value<'_>) {
        self.attributes_mut().set(key, value);
    }

    /// Renames the span.
    pub(crate) fn set_name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.identity.name = name.into();
    }

    /// Changes the role.
    pub(crate) fn set_kind(&mut self, kind: SpanKind) {
        self.identity.kind = kind;
    }

    /// Sets the status.
    pub(crate) fn set_status(&mut self, status: Status) {
        self.status = status;
    }

    /// The status so far.
    pub(crate) fn status(&self) -> &Status {
        &self.status
    }

    /// The span's name so far.
    #[cfg(test)]
    pub(crate) fn name(&self) -> &str {
        &self.identity.name
    }
}
