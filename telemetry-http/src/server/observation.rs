use std::borrow::Cow;
use std::sync::Arc;
use std::thread;

use http::{HeaderMap, Request, Response, StatusCode};
use telemetry_core::{Context, Key, Pipeline, Span, SpanBuilder, SpanKind, semconv};

use super::attributes::{Head, describe};
use super::endpoint::{Endpoint, RequestKind};
use super::instruments::INSTRUMENTS;
use super::method::Method;
use super::request_headers::RequestHeaders;
use super::request_id::{self, RequestId, TraceDigits};
use super::route::Route;
use super::series::{DISCONNECTED, End, error_of_status};
use super::settings::{Scheme, Settings};
use crate::{SCOPE, names};

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

/// Small: it moves from the future to the body, through whatever is around them.
#[derive(Debug)]
struct Observed {
    span: Span,
    endpoint: Arc<Endpoint>,
    /// The id that came in a header, until the response has it.
    brought: Option<Box<RequestId>>,
    status: Option<StatusCode>,
    /// Whether the response gets an id.
    answers_id: bool,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate<'a> {
    Answered,
    /// With an error beyond what the status says.
    Failed(&'a str),
    Disconnected,
    Panicked,
}

static STATUS: [Key; 1] = [Key::new(semconv::http::RESPONSE_STATUS_CODE)];

impl RequestGuard {
    /// Starts observing a request, as [`Layer::new`](super::Layer::new) would.
    pub fn start<B>(request: &Request<B>) -> Self {
        Self::with_settings(&Settings::default(), request)
    }

    #[inline]
    pub(super) fn with_settings<B>(settings: &Settings, request: &Request<B>) -> Self {
        let observed = Pipeline::current_id()
            .and_then(|pipeline| Observed::start(pipeline, settings, Head::of(request)));
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
        if observed.answers_id {
            observed.answer_id(response.headers_mut());
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

    /// Takes the observation out; what stays behind does nothing.
    #[inline]
    pub(super) fn take(&mut self) -> Self {
        Self { observed: self.observed.take() }
    }

    #[inline]
    fn finish(&mut self, fate: Fate<'_>) {
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
    fn start(pipeline: u64, settings: &Settings, head: Head<'_>) -> Option<Self> {
        if settings.excludes(head.uri.path()) {
            count_excluded();
            return None;
        }
        let kind = RequestKind {
            pipeline,
            method: Method::of(head.method),
            scheme: Scheme::of(head.uri, settings.scheme),
            version: head.version,
        };
        let route = Route::of(head.extensions);
        let endpoint = Endpoint::of(kind, route)?;
        let headers = RequestHeaders::of(head.headers);
        let has_context = headers.have_context(endpoint.context_headers());
        let brought = if settings.request_id { RequestId::of_headers(&headers) } else { None };

        let mut builder = SpanBuilder::new(&SCOPE, endpoint.name()).kind(SpanKind::Server);
        let forced = settings.force_sampling(head.headers);
        if has_context || brought.is_some() || forced {
            let extracted = has_context.then(|| headers.context(endpoint.context_headers()));
            let parent = parent(extracted, brought.as_ref());
            let parent = if forced { parent.with_forced_sampling() } else { parent };
            builder = builder.parent(&parent);
        }
        let mut span = describe(builder, head, &headers, &endpoint).start();
        if settings.request_id {
            set_request_id(&mut span, brought.as_ref());
        }
        endpoint.enter();
        Some(Self {
            span,
            endpoint,
            brought: brought.map(Box::new),
            status: None,
            answers_id: settings.request_id,
        })
    }

    #[inline(never)]
    fn set_route(&mut self, route: &str) {
        if let Some(endpoint) = self.endpoint.at(route) {
            self.endpoint = endpoint;
        }
        self.span.set_name(self.endpoint.name());
        self.span.set(semconv::http::ROUTE, route);
    }

    #[inline]
    fn set_status(&mut self, status: StatusCode) {
        self.status = Some(status);
        self.span.set_all(&STATUS, &[status.as_u16().into()]);
        if let Some(error_type) = error_of_status(&status) {
            self.span.set_error(error_type);
        }
    }

    /// Gives the response the request's id, once.
    #[inline(never)]
    fn answer_id(&mut self, headers: &mut HeaderMap) {
        self.answers_id = false;
        let id = match self.brought.take() {
            Some(brought) => Some(*brought),
            None => RequestId::of_context(self.span.context()),
        };
        if let Some(id) = id {
            headers.entry(&request_id::HEADER).or_insert_with(|| id.into_header());
        }
    }

    #[inline]
    fn finish(mut self, fate: Fate<'_>) {
        let error = match fate {
            Fate::Answered => None,
            Fate::Failed(error) => Some(error),
            Fate::Disconnected => {
                self.span.set_outcome(DISCONNECTED);
                None
            }
            Fate::Panicked => {
                self.span.set_outcome("panicked");
                Some("panic")
            }
        };
        if let Some(error) = error {
            self.span.set_error(error);
        }
        let end = End { status: self.status, disconnected: fate == Fate::Disconnected };
        let endpoint = &self.endpoint;
        self.span.end_with(|took, context| {
            endpoint.leave(end, error, took.as_secs_f64(), context);
        });
    }
}

#[cold]
fn count_excluded() {
    if let Some(pipeline) = Pipeline::current() {
        INSTRUMENTS.with(&pipeline, |instruments| instruments.excluded.add(1, &[]));
    }
}

#[inline(never)]
fn set_request_id(span: &mut Span, brought: Option<&RequestId>) {
    if let Some(id) = brought {
        span.set(names::REQUEST_ID, id.as_str());
    } else if let Some(id) = RequestId::of_baggage(span.context().baggage()) {
        span.set(names::REQUEST_ID, id.as_str());
    } else if let Some(digits) = TraceDigits::of(span.context()) {
        span.set(names::REQUEST_ID, digits.as_str());
    }
}

/// What the span starts beneath, where that isn't simply the current context: the remote parent, and
/// the baggage with the id that the request brings.
#[inline(never)]
fn parent(extracted: Option<Context>, brought: Option<&RequestId>) -> Context {
    let mut context = Context::current();
    if let Some(extracted) = extracted {
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
    context
}

fn is_within(current: &Context, remote: &Context) -> bool {
    let local = current.span_context().filter(|span| !span.is_remote());
    local.is_some_and(|span| Some(span.trace_id()) == remote.trace_id())
}
