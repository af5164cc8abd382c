use std::sync::Arc;

use http::{HeaderMap, Request, StatusCode};
use telemetry_core::{Key, semconv};

use super::details::Details;
use super::endpoint::Endpoint;
use super::hooks::Hooks;
use super::old_names;
use super::request_bytes::RequestBytes;
use super::request_id::{self, RequestId};
use super::request_span::RequestSpan;
use super::series::{DISCONNECTED, End, Sizes, error_of_status};
use super::settings::Measures;
use super::stability::Stability;
use super::tracked::Tracked;

/// What is known of a request under way. Small: it moves from the future to the body, through whatever is
/// around them.
#[derive(Debug)]
pub(super) struct Observed {
    pub(super) tracked: Tracked,
    pub(super) endpoint: Arc<Endpoint>,
    /// Absent for a request that brings nothing and of which nothing further is asked.
    pub(super) details: Option<Box<Details>>,
    /// Bytes of the response's body so far.
    pub(super) sent: u64,
    pub(super) status: Option<StatusCode>,
    /// Whether the response gets an id.
    pub(super) answers_id: bool,
    pub(super) measures: Measures,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate<'a> {
    Answered,
    /// With an error beyond what the status says.
    Failed(&'a str),
    Disconnected,
    Panicked,
}

static STATUS: [Key; 1] = [Key::new(semconv::http::RESPONSE_STATUS_CODE)];

impl Observed {
    /// Takes note of the request's body.
    pub(super) fn expect(&mut self, body: RequestBytes) {
        if !matches!(body, RequestBytes::Absent) {
            self.details.get_or_insert_default().request_body = body;
        }
    }

    /// Leaves the span's ids to what goes on after the request.
    #[cold]
    pub(super) fn tell_span<B>(&mut self, request: &mut Request<B>) {
        if let Some(span) = self.tracked.span().and_then(|span| span.context().span_context()) {
            request.extensions_mut().insert(RequestSpan(span.clone()));
        }
    }

    pub(super) fn hooks(&self) -> Option<&Hooks> {
        self.details.as_ref()?.extras().map(|extras| &extras.hooks)
    }

    #[inline(never)]
    pub(super) fn set_route(&mut self, route: &str) {
        if let Some(endpoint) = self.endpoint.at(route) {
            self.endpoint = endpoint;
        }
        if let Some(span) = self.tracked.recorded() {
            if !self.details.as_ref().is_some_and(|details| details.keeps_name) {
                span.set_name(self.endpoint.name());
            }
            span.set(semconv::http::ROUTE, route);
        }
    }

    #[inline]
    pub(super) fn set_status(&mut self, status: StatusCode) {
        self.status = Some(status);
        if let Some(span) = self.tracked.recorded() {
            span.set_all(&STATUS, &[status.as_u16().into()]);
            if let Some(error_type) = error_of_status(&status) {
                span.set_error(error_type);
            }
            if Stability::asked().is_both() {
                span.set(old_names::SPAN_STATUS, status.as_u16());
            }
        }
    }

    /// Gives the response the request's id, once.
    #[inline(never)]
    pub(super) fn answer_id(&mut self, headers: &mut HeaderMap) {
        self.answers_id = false;
        let details = self.details.as_deref_mut();
        let correlated = details.as_ref().is_some_and(|details| details.correlated);
        let brought = details.and_then(|details| details.brought.take());
        let id = brought.or_else(|| RequestId::of_context(self.tracked.context()));
        if let Some(id) = id {
            if correlated {
                let entry = headers.entry(&request_id::CORRELATION);
                entry.or_insert_with(|| id.clone().into_header());
            }
            headers.entry(&request_id::HEADER).or_insert_with(|| id.into_header());
        }
    }

    /// Ends the request: its span and all that is measured of it.
    #[inline]
    pub(super) fn finish(mut self, fate: Fate<'_>) {
        let sizes = self.sizes(fate == Fate::Answered);
        let error = match fate {
            Fate::Failed(error) => Some(error),
            Fate::Panicked => Some("panic"),
            Fate::Answered | Fate::Disconnected => None,
        };
        if (fate != Fate::Answered || self.measures.sizes_on_spans)
            && let Some(span) = self.tracked.recorded()
        {
            match fate {
                Fate::Disconnected => span.set_outcome(DISCONNECTED),
                Fate::Panicked => span.set_outcome("panicked"),
                Fate::Answered | Fate::Failed(_) => {}
            }
            if let Some(error) = error {
                span.set_error(error);
            }
            if self.measures.sizes_on_spans {
                span.set(semconv::http::REQUEST_BODY_SIZE, sizes.request);
                span.set(semconv::http::RESPONSE_BODY_SIZE, sizes.response);
            }
        }
        let sizes = if self.measures.body_sizes { sizes } else { Sizes::default() };
        let end = End { status: self.status, disconnected: fate == Fate::Disconnected };
        let (endpoint, details) = (&self.endpoint, &self.details);
        let said = details.as_ref().and_then(|details| details.error_type.as_deref());
        self.tracked.end_with(|took, context| {
            endpoint.leave(end, error.or(said), took.as_secs_f64(), sizes, context);
        });
    }
}
