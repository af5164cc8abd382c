use std::borrow::Cow;
use std::sync::Arc;

use super::extras::Extras;
use super::request_bytes::RequestBytes;
use super::request_id::RequestId;

/// What only some requests have: apart, so that the rest stay small.
#[derive(Debug, Default)]
pub(super) struct Details {
    /// The id that came in a header, until the response has it.
    pub(super) brought: Option<RequestId>,
    /// Whether that was the header for correlation.
    pub(super) correlated: bool,
    pub(super) extras: Option<Arc<Extras>>,
    pub(super) request_body: RequestBytes,
    /// Of an error that the status doesn't tell.
    pub(super) error_type: Option<Cow<'static, str>>,
    /// Whether the span has a name of the service's own.
    pub(super) keeps_name: bool,
}

impl Details {
    /// None, where there is nothing.
    #[inline]
    pub(super) fn new(
        brought: Option<RequestId>,
        extras: Option<&Arc<Extras>>,
    ) -> Option<Box<Self>> {
        if brought.is_none() && extras.is_none() {
            return None;
        }
        Some(Box::new(Self { brought, extras: extras.cloned(), ..Self::default() }))
    }

    pub(super) fn extras(&self) -> Option<&Extras> {
        self.extras.as_deref()
    }
}
