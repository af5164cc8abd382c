//! What becomes of a request under way when its response's head is there.

use http::StatusCode;
use telemetry_core::semconv;

use super::failure::Failure;
use super::identity::Identity;
use super::observed::Observed;
use super::response_head::ResponseHead;
use super::route::Route;
use super::series::{Sizes, record_time_to_headers};
use crate::names;

impl Observed {
    /// What services within the layer have left for it.
    #[inline(never)]
    pub(super) fn read_extensions(&mut self, head: ResponseHead<'_>) {
        let extensions = head.extensions();
        if let Some(route) = extensions.get::<Route>() {
            self.set_route(route.as_str());
        }
        if let Some(identity) = extensions.get::<Identity>()
            && let Some(span) = self.tracked.recorded()
        {
            let extras = self.details.as_ref().and_then(|details| details.extras());
            let hasher = extras.and_then(|extras| extras.id_hasher.as_ref());
            for (key, value) in identity.attributes(hasher) {
                span.set(key, &value);
            }
        }
        if let Some(failure) = extensions.get::<Failure>() {
            self.take_failure(head.status(), failure);
        }
    }

    #[cold]
    fn take_failure(&mut self, status: StatusCode, failure: &Failure) {
        if !status.is_server_error() {
            if let Some(span) = self.tracked.recorded() {
                span.set(names::REJECTION, failure.error_type());
            }
            return;
        }
        if failure.error_type() != semconv::error::OTHER {
            let details = self.details.get_or_insert_default();
            details.error_type = Some(failure.error_type().clone());
        }
        if let Some(exception) = failure.exception() {
            match self.tracked.span() {
                Some(span) => span.record_exception(exception),
                None => self.tracked.in_scope(|| exception.emit()),
            }
        }
    }

    /// What the layer was told to do with a response, and what the response says of an error.
    #[inline(never)]
    pub(super) fn respond_in_detail(&mut self, head: ResponseHead<'_>) {
        let Some(details) = self.details.as_deref_mut() else {
            return;
        };
        if let Some(extras) = details.extras.as_deref() {
            if let Some(error_type) = extras.hooks.error_type(&head) {
                details.error_type = Some(error_type);
            }
            if let Some(span) = self.tracked.recorded() {
                for (key, values) in extras.response_headers.of(head.headers()) {
                    span.set(key, &values.texts()[..]);
                }
            }
            if let Some(span) = self.tracked.span() {
                extras.hooks.on_response(&head, span);
            }
        }
        if let Some(error_type) = &details.error_type
            && let Some(span) = self.tracked.recorded()
        {
            span.set_error(error_type);
        }
    }

    fn error_type(&self) -> Option<&str> {
        self.details.as_ref()?.error_type.as_deref()
    }

    pub(super) fn set_time_to_headers(&mut self) {
        let took = self.tracked.elapsed();
        if let Some(span) = self.tracked.recorded() {
            span.set(names::TIME_TO_HEADERS, took);
        }
    }

    #[cold]
    pub(super) fn measure_time_to_headers(&mut self) {
        self.set_time_to_headers();
        if let Some(status) = self.status {
            let seconds = self.tracked.elapsed().as_secs_f64();
            let context = self.tracked.context();
            record_time_to_headers(&self.endpoint, status, self.error_type(), seconds, context);
        }
    }

    /// Bytes of both bodies, as far as they are to be known.
    #[inline]
    pub(super) fn sizes(&self, answered: bool) -> Sizes {
        if !self.measures.sizes() {
            return Sizes::default();
        }
        let request = match &self.details {
            Some(details) => details.request_body.size(answered),
            None => Some(0),
        };
        Sizes { request, response: self.status.map(|_| self.sent) }
    }
}
