use std::borrow::Cow;
use std::sync::Arc;
use std::thread;

use http::{Request, Response, StatusCode, Version};
use telemetry_core::{Context, Pipeline, Span, SpanBuilder, SpanKind, propagation, semconv};

use super::attributes::{Head, describe};
use super::endpoint::Endpoint;
use super::instruments::INSTRUMENTS;
use super::method::Method;
use super::request_headers::RequestHeaders;
use super::request_id::{self, RequestId};
use super::route::Route;
use super::series::{DISCONNECTED, End, error_of_status};
use super::settings::{Scheme, Settings};
use crate::{HeaderMapReader, SCOPE, names};

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

#[derive(Debug)]
struct Observed {
    span: Span,
    endpoint: Arc<Endpoint>,
    version: Version,
    scheme: Scheme,
    status: Option<StatusCode>,
    /// Beyond what the status says.
    error: Option<Cow<'static, str>>,
    /// Until the response has it.
    request_id: Option<RequestId>,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Answered,
    Disconnected,
    Panicked,
}

impl RequestGuard {
    /// Starts observing a request, as [`Layer::new`](super::Layer::new) would.
    pub fn start<B>(request: &Request<B>) -> Self {
        Self::with_settings(&Settings::default(), request)
    }

    #[inline]
    pub(super) fn with_settings<B>(settings: &Settings, request: &Request<B>) -> Self {
        let observed = Pipeline::current()
            .and_then(|pipeline| Observed::start(&pipeline, settings, Head::of(request)));
        Self { observed }
    }

    /// Whether anybody listens.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.observed.is_some()
    }

    /// The context in which the request's span is current; none without a pipeline and after the end.
    pub fn context(&self) -> Option<&Context> {
        self.observed.as_ref().map(|observed| observed.span.context())
    }

    /// Runs a part of the work, such as one poll, with the request's span current. If it panics the
    /// request ends here, and the panic goes on.
    #[inline]
    pub fn in_scope<R>(&mut self, work: impl FnOnce() -> R) -> R {
        if self.observed.is_none() {
            return work();
        }
        let mut watch = Watch { guard: self, returned: false };
        let result = match &watch.guard.observed {
            Some(observed) => observed.span.in_scope(work),
            None => work(),
        };
        watch.returned = true;
        result
    }

    /// Says the route, where the request's extensions didn't. It renames the span and labels metrics,
    /// so there must be few different ones.
    pub fn set_route(&mut self, route: &str) {
        if let Some(observed) = &mut self.observed {
            observed.set_route(route);
        }
    }

    /// Takes note of the response's status and [`Route`], and gives it the request's id.
    #[inline]
    pub fn respond<B>(&mut self, response: &mut Response<B>) {
        let Some(observed) = &mut self.observed else {
            return;
        };
        if let Some(route) = response.extensions().get::<Route>() {
            observed.set_route(route.as_str());
        }
        observed.set_status(response.status());
        if let Some(id) = observed.request_id.take() {
            let headers = response.headers_mut();
            headers.entry(&request_id::HEADER).or_insert_with(|| id.into_header());
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
        if let Some(observed) = &mut self.observed {
            observed.error = Some(error_type.into());
        }
        self.finish(Fate::Answered);
    }

    /// Takes the observation out; what stays behind does nothing.
    #[inline]
    pub(super) fn take(&mut self) -> Self {
        Self { observed: self.observed.take() }
    }

    #[inline]
    fn finish(&mut self, fate: Fate) {
        if let Some(observed) = self.observed.take() {
            observed.finish(fate);
        }
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

/// Notices a panic as it passes. Whoever catches it further out may drop the guard much later, when
/// the thread no longer panics.
struct Watch<'a> {
    guard: &'a mut RequestGuard,
    returned: bool,
}

impl Drop for Watch<'_> {
    #[inline]
    fn drop(&mut self) {
        if !self.returned {
            self.guard.finish(Fate::Panicked);
        }
    }
}

impl Observed {
    #[inline]
    fn start(pipeline: &Pipeline, settings: &Settings, head: Head<'_>) -> Option<Self> {
        let instruments = INSTRUMENTS.of(pipeline);
        if settings.excludes(head.uri.path()) {
            instruments.excluded.add(1, &[]);
            return None;
        }
        let headers = RequestHeaders::of(head.headers, pipeline.propagators());
        let method = Method::of(head.method);
        let scheme = Scheme::of(head.uri, settings.scheme);
        let route = Route::of(head.extensions);
        let endpoint = Endpoint::of(&instruments, method, route);
        let brought = settings.request_id.then(|| RequestId::of_headers(&headers));
        let brought = brought.flatten();

        let mut builder = SpanBuilder::new(&SCOPE, endpoint.name()).kind(SpanKind::Server);
        if let Some(parent) = parent(head, &headers, brought.as_ref()) {
            builder = builder.parent(&parent);
        }
        let mut span = describe(builder, head, &headers, method, scheme, route).start();
        let request_id = settings
            .request_id
            .then(|| brought.or_else(|| RequestId::of_context(span.context())))
            .flatten();
        if let Some(id) = &request_id {
            span.set(names::REQUEST_ID, id.as_str());
        }
        instruments.add_active(1, method, scheme);
        Some(Self {
            span,
            endpoint,
            version: head.version,
            scheme,
            status: None,
            error: None,
            request_id,
        })
    }

    #[cold]
    fn set_route(&mut self, route: &str) {
        self.endpoint =
            Endpoint::of(self.endpoint.instruments(), self.endpoint.method(), Some(route));
        self.span.set_name(self.endpoint.name());
        self.span.set(semconv::http::ROUTE, route);
    }

    #[inline]
    fn set_status(&mut self, status: StatusCode) {
        self.status = Some(status);
        self.span.set(semconv::http::RESPONSE_STATUS_CODE, status.as_u16());
        if let Some(error_type) = error_of_status(&status) {
            self.span.set_error(error_type);
        }
    }

    #[inline]
    fn finish(mut self, fate: Fate) {
        match fate {
            Fate::Answered => {}
            Fate::Disconnected => self.span.set_outcome(DISCONNECTED),
            Fate::Panicked => {
                self.span.set_outcome("panicked");
                self.error = Some(Cow::Borrowed("panic"));
            }
        }
        let error = self.error.as_deref();
        if let Some(error) = error {
            self.span.set_error(error);
        }
        let end = End {
            status: self.status,
            version: self.version,
            scheme: self.scheme,
            disconnected: fate == Fate::Disconnected,
        };
        let seconds = self.span.end().as_secs_f64();
        self.endpoint.record(end, error, seconds);
        let (instruments, method) = (self.endpoint.instruments(), self.endpoint.method());
        instruments.add_active(-1, method, self.scheme);
    }
}

/// What the span starts beneath, where that isn't simply the current context: the remote parent, and
/// the baggage with the id that the request brings.
#[inline]
fn parent(
    head: Head<'_>,
    headers: &RequestHeaders<'_>,
    brought: Option<&RequestId>,
) -> Option<Context> {
    if !headers.context && brought.is_none() {
        return None;
    }
    let mut context = Context::current();
    if headers.context {
        let extracted = propagation::extract(&HeaderMapReader::new(head.headers));
        if extracted.trace_id().is_some() {
            // A span of the same trace in this process has continued the remote one already.
            if !is_within(&context, &extracted) {
                context = extracted;
            }
        } else if !extracted.baggage().is_empty() {
            context = context.with_baggage(extracted.baggage().clone());
        }
    }
    if let Some(id) = brought {
        let baggage = context.baggage().with(names::REQUEST_ID, id.as_str());
        context = context.with_baggage(baggage);
    }
    Some(context)
}

fn is_within(current: &Context, remote: &Context) -> bool {
    let local = current.span_context().filter(|span| !span.is_remote());
    local.is_some_and(|span| Some(span.trace_id()) == remote.trace_id())
}
