use std::borrow::Cow;
use std::thread;

use http::{Request, Response};
use telemetry_core::Context;

use super::error::error_type;
use super::observed::{Fate, Observed};
use super::request_bytes::{Length, RequestBytes};
use super::response_head::ResponseHead;
use super::settings::Settings;
use crate::transfer::{BodyGuard, ResponseGuard};
use crate::watch::{Watched, watched};

/// A request under way: the one observation from which its span and its metrics are made.
///
/// Whoever answers the request owns it: first the future, then the response's body. It ends exactly
/// once, by [`end`](Self::end) or [`fail`](Self::fail), or when it is dropped: the client has left
/// then, or something panics. Without a pipeline it does nothing.
///
/// [`Layer`](super::Layer) makes one for each request. A server that it can't go around is observed
/// with the same few calls:
///
/// ```
/// use http::{Request, Response};
/// use telemetry_http::RequestGuard;
///
/// fn answer(request: Request<String>) -> Response<String> {
///     let mut guard = RequestGuard::start(&request);
///     guard.set_route("/orders/{id}");
///     let mut response = guard.in_scope(|| Response::new("an order".to_owned()));
///     guard.respond(&mut response);
///     guard.end();
///     response
/// }
/// # answer(Request::new(String::new()));
/// ```
#[derive(Debug, Default)]
#[must_use = "a guard that is dropped says that the client has left"]
pub struct RequestGuard {
    /// Absent without a pipeline, for an excluded path, and after the end.
    observed: Option<Observed>,
}

impl RequestGuard {
    /// Starts observing a request, as [`Layer::new`](super::Layer::new) would.
    pub fn start<B>(request: &Request<B>) -> Self {
        Self::with_settings(&Settings::default(), request)
    }

    /// Observes a request from its head alone.
    pub(super) fn with_settings<B>(settings: &Settings, request: &Request<B>) -> Self {
        let started = Observed::started(settings, request);
        let observed = started.map(|(mut observed, arrival)| {
            observed.expect(RequestBytes::said(arrival.length, request.method()));
            observed
        });
        Self { observed }
    }

    /// Observes a request that is about to be handed to a service: its body is counted.
    #[inline]
    pub(super) fn around<B: 'static>(settings: &Settings, request: &mut Request<B>) -> Self {
        let Some((mut observed, arrival)) = Observed::started(settings, request) else {
            return Self { observed: None };
        };
        if observed.measures.sizes() && arrival.length != Length::Absent {
            observed.expect(RequestBytes::counted(arrival.length, request));
        }
        if arrival.upgrades {
            observed.tell_span(request);
        }
        Self { observed: Some(observed) }
    }

    /// Whether anybody listens.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.observed.is_some()
    }

    /// The context in which the request's span is current; none without a pipeline and after the end.
    pub fn context(&self) -> Option<&Context> {
        self.observed.as_ref().map(|observed| observed.tracked.context())
    }

    /// Runs a part of the work, such as one poll, with the request's span current. If it panics the
    /// request ends here, and the panic goes on.
    #[inline]
    pub fn in_scope<R>(&mut self, work: impl FnOnce() -> R) -> R {
        watched(self, |guard| match &mut guard.observed {
            Some(observed) => observed.tracked.lent(work),
            None => work(),
        })
    }

    /// Says the route, where the request's extensions didn't. It renames the span and labels metrics,
    /// so there must be few different ones.
    pub fn set_route(&mut self, route: &str) {
        if let Some(observed) = &mut self.observed {
            observed.set_route(route);
        }
    }

    /// Takes note of the response's status, and of [`Route`](super::Route),
    /// [`Identity`](super::Identity) and [`Failure`](super::Failure) among its extensions, and gives it
    /// the request's id.
    #[inline]
    pub fn respond<B>(&mut self, response: &mut Response<B>) {
        let Some(observed) = &mut self.observed else {
            return;
        };
        if !response.extensions().is_empty() {
            observed.read_extensions(ResponseHead::of(response));
        }
        observed.set_status(response.status());
        if observed.details.is_some() {
            observed.respond_in_detail(ResponseHead::of(response));
        }
        if observed.measures.time_to_headers {
            observed.measure_time_to_headers();
        }
        if observed.answers_id {
            observed.answer_id(response.headers_mut());
        }
    }

    /// Says that so many bytes of the response's body are on their way.
    #[inline]
    pub fn sent(&mut self, bytes: u64) {
        if let Some(observed) = &mut self.observed {
            observed.sent = observed.sent.saturating_add(bytes);
        }
    }

    /// Ends the request: its response is on its way to the last byte.
    #[inline]
    pub fn end(mut self) {
        self.finish(Fate::Answered);
    }

    /// Ends the request with an error that the status doesn't tell. `error_type` must be of few
    /// different values, and never a message.
    pub fn fail(mut self, error_type: impl Into<Cow<'static, str>>) {
        self.finish(Fate::Failed(&error_type.into()));
    }

    #[inline]
    fn finish(&mut self, fate: Fate<'_>) {
        if let Some(observed) = self.observed.take() {
            observed.finish(fate);
        }
    }
}

impl ResponseGuard for RequestGuard {
    #[inline]
    fn is_observed(&self) -> bool {
        self.observed.is_some()
    }

    #[inline]
    fn poll_in<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        self.in_scope(poll)
    }

    #[inline]
    fn answer<B>(&mut self, response: &mut Response<B>) {
        self.respond(response);
    }

    fn break_off<E: 'static>(mut self, error: &E) {
        let hooks = self.observed.as_ref().and_then(Observed::hooks);
        let class = hooks.and_then(|hooks| hooks.classify(error));
        let error_type = class.map_or_else(|| error_type(error), |class| class.error_type);
        self.finish(Fate::Failed(&error_type));
    }
}

impl BodyGuard for RequestGuard {
    fn begin_stream(&mut self) {
        if let Some(observed) = &mut self.observed
            && !observed.measures.time_to_headers
        {
            observed.set_time_to_headers();
        }
    }

    #[inline]
    fn pass(&mut self, bytes: u64) {
        self.sent(bytes);
    }

    #[inline]
    fn complete(self) {
        self.end();
    }
}

impl Watched for RequestGuard {
    #[cold]
    fn panicked(&mut self) {
        self.finish(Fate::Panicked);
    }
}

impl Drop for RequestGuard {
    #[inline]
    fn drop(&mut self) {
        if self.observed.is_some() {
            let panicking = thread::panicking();
            self.finish(if panicking { Fate::Panicked } else { Fate::Disconnected });
        }
    }
}
