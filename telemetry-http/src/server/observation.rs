use std::borrow::Cow;
use std::sync::Arc;
use std::thread;

use http::{HeaderMap, Request, Response, StatusCode};
use telemetry_core::{Context, Key, Pipeline, Span, SpanBuilder, SpanKind, semconv};

use super::attributes::Known;
use super::details::Details;
use super::endpoint::{Endpoint, RequestKind};
use super::error::error_type;
use super::instruments::INSTRUMENTS;
use super::method::Method;
use super::old_names;
use super::peer::PeerAddress;
use super::request_bytes::{Length, RequestBytes};
use super::request_head::RequestHead;
use super::request_headers::RequestHeaders;
use super::request_id::{self, RequestId, TraceDigits};
use super::request_span::RequestSpan;
use super::response_head::ResponseHead;
use super::route::Route;
use super::series::{DISCONNECTED, End, Sizes, error_of_status};
use super::settings::{Measures, Scheme, Settings};
use super::stability::Stability;
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
pub(super) struct Observed {
    pub(super) span: Span,
    pub(super) endpoint: Arc<Endpoint>,
    /// Absent for a request that brings nothing and of which nothing further is asked.
    pub(super) details: Option<Box<Details>>,
    /// Bytes of the response's body so far.
    pub(super) sent: u64,
    pub(super) status: Option<StatusCode>,
    /// Whether the response gets an id.
    answers_id: bool,
    pub(super) measures: Measures,
}

/// What of a request's head matters once more before the service gets it.
#[derive(Clone, Copy, Debug)]
struct Arrival {
    length: Length,
    /// Whether it asks for another protocol.
    upgrades: bool,
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

    /// Takes note of the response's status, and of [`Route`], [`Identity`](super::Identity) and
    /// [`Failure`](super::Failure) among its extensions, and gives it the request's id.
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

    /// Says that the head is sent, and the body will take a time of its own.
    pub(super) fn begin_stream(&mut self) {
        if let Some(observed) = &mut self.observed
            && !observed.measures.time_to_headers
        {
            observed.set_time_to_headers();
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

    /// Ends the request with an error of the service or the body.
    pub(super) fn fail_by<E: 'static>(mut self, error: &E) {
        let extras =
            self.observed.as_ref().and_then(|observed| observed.details.as_ref()?.extras());
        let class = extras.and_then(|extras| extras.hooks.classify(error));
        let error_type = class.map_or_else(|| error_type(error), |class| class.error_type);
        self.finish(Fate::Failed(&error_type));
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
    fn started<B>(settings: &Settings, request: &Request<B>) -> Option<(Self, Arrival)> {
        Self::start(Pipeline::current_id()?, settings, RequestHead::of(request))
    }

    #[inline]
    fn start(pipeline: u64, settings: &Settings, head: RequestHead<'_>) -> Option<(Self, Arrival)> {
        let extras = settings.extras.as_deref();
        if extras.is_some_and(|extras| extras.excludes(&head)) {
            count_excluded();
            return None;
        }
        let origin = extras.and_then(|extras| {
            let peer = PeerAddress::of(head.extensions)?;
            Some(extras.proxies.as_ref()?.origin(peer.ip(), head.headers))
        });
        let said = origin.as_ref().and_then(|origin| origin.scheme);
        let kind = RequestKind {
            pipeline,
            method: Method::of(head.method),
            scheme: said.unwrap_or_else(|| Scheme::of(head.uri, settings.scheme)),
            version: head.version,
        };
        let hooked = extras.and_then(|extras| extras.hooks.route(&head));
        let route = match &hooked {
            Some(route) => route.as_ref().map(Route::as_str),
            None => Route::of(head.extensions),
        };
        let endpoint = Endpoint::of(kind, route)?;
        let headers = RequestHeaders::of(head.headers);
        let has_context = headers.have_context(endpoint.context_headers());
        let brought = if settings.request_id { RequestId::of_headers(&headers) } else { None };
        let (brought, correlated) = brought.unzip();
        let identity = extras.and_then(|extras| extras.identity(&head));
        let carried = extras.filter(|extras| extras.carries_tenant);
        let tenant = carried.and_then(|_| identity.as_ref()?.tenant_id());

        let named = extras.and_then(|extras| extras.hooks.name(&head, route));
        let keeps_name = named.is_some();
        let name = named.unwrap_or_else(|| endpoint.name());
        let mut builder = SpanBuilder::new(&SCOPE, name).kind(SpanKind::Server);
        let forced = extras.is_some_and(|extras| extras.force_sampling(&head));
        if has_context || brought.is_some() || forced || tenant.is_some() {
            let extracted = has_context.then(|| headers.context(endpoint.context_headers()));
            let parent = parent(extracted, brought.as_ref(), tenant);
            let parent = if forced { parent.with_forced_sampling() } else { parent };
            builder = builder.parent(&parent);
        }
        let (origin, query) = (origin.as_ref(), extras.map(|extras| &extras.query));
        let known = Known { head, headers: &headers, endpoint: &endpoint, origin, query };
        builder = known.describe(builder);
        if let Some(extras) = extras {
            builder = extras.describe(builder, &head, identity.as_ref());
        }
        let mut span = builder.start();
        if settings.request_id {
            set_request_id(&mut span, brought.as_ref());
        }
        if let Some(extras) = extras {
            extras.hooks.on_request(&head, &mut span);
        }
        endpoint.enter();
        let arrival = Arrival {
            length: Length::of(head.version, &headers),
            upgrades: headers.upgrade.is_some() || *head.method == http::Method::CONNECT,
        };
        let details = Details::new(brought, settings.extras.as_ref()).map(|details| {
            Box::new(Details { correlated: correlated.unwrap_or_default(), keeps_name, ..details })
        });
        let observed = Self {
            span,
            endpoint,
            details,
            sent: 0,
            status: None,
            answers_id: settings.request_id,
            measures: settings.measures,
        };
        Some((observed, arrival))
    }

    /// Takes note of the request's body.
    fn expect(&mut self, body: RequestBytes) {
        if !matches!(body, RequestBytes::Absent) {
            self.details.get_or_insert_default().request_body = body;
        }
    }

    /// Leaves the span's ids to what goes on after the request.
    #[cold]
    fn tell_span<B>(&self, request: &mut Request<B>) {
        if let Some(span) = self.span.context().span_context() {
            request.extensions_mut().insert(RequestSpan(span.clone()));
        }
    }

    #[inline(never)]
    pub(super) fn set_route(&mut self, route: &str) {
        if let Some(endpoint) = self.endpoint.at(route) {
            self.endpoint = endpoint;
        }
        if !self.details.as_ref().is_some_and(|details| details.keeps_name) {
            self.span.set_name(self.endpoint.name());
        }
        self.span.set(semconv::http::ROUTE, route);
    }

    #[inline]
    fn set_status(&mut self, status: StatusCode) {
        self.status = Some(status);
        self.span.set_all(&STATUS, &[status.as_u16().into()]);
        if let Some(error_type) = error_of_status(&status) {
            self.span.set_error(error_type);
        }
        if Stability::asked().is_both() {
            self.span.set(old_names::SPAN_STATUS, status.as_u16());
        }
    }

    /// Gives the response the request's id, once.
    #[inline(never)]
    fn answer_id(&mut self, headers: &mut HeaderMap) {
        self.answers_id = false;
        let details = self.details.as_deref_mut();
        let correlated = details.as_ref().is_some_and(|details| details.correlated);
        let brought = details.and_then(|details| details.brought.take());
        let id = brought.or_else(|| RequestId::of_context(self.span.context()));
        if let Some(id) = id {
            if correlated {
                let entry = headers.entry(&request_id::CORRELATION);
                entry.or_insert_with(|| id.clone().into_header());
            }
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
        let sizes = self.sizes(fate == Fate::Answered);
        if self.measures.sizes_on_spans {
            self.span.set(semconv::http::REQUEST_BODY_SIZE, sizes.request);
            self.span.set(semconv::http::RESPONSE_BODY_SIZE, sizes.response);
        }
        let sizes = if self.measures.body_sizes { sizes } else { Sizes::default() };
        let end = End { status: self.status, disconnected: fate == Fate::Disconnected };
        let (endpoint, details) = (&self.endpoint, &self.details);
        let said = details.as_ref().and_then(|details| details.error_type.as_deref());
        self.span.end_with(|took, context| {
            endpoint.leave(end, error.or(said), took.as_secs_f64(), sizes, context);
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
        span.set(semconv::telemetry::REQUEST_ID, id.as_str());
    } else if let Some(id) = RequestId::of_baggage(span.context().baggage()) {
        span.set(semconv::telemetry::REQUEST_ID, id.as_str());
    } else if let Some(digits) = TraceDigits::of(span.context()) {
        span.set(semconv::telemetry::REQUEST_ID, digits.as_str());
    }
}

/// What the span starts beneath, where that isn't simply the current context: the remote parent, and
/// the baggage with the id that the request brings and the tenant that it is made for.
#[inline(never)]
fn parent(
    extracted: Option<Context>,
    brought: Option<&RequestId>,
    tenant: Option<&str>,
) -> Context {
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
        let baggage = context.baggage().with(semconv::telemetry::REQUEST_ID, id.as_str());
        context = context.with_baggage(baggage);
    }
    if let Some(tenant) = tenant {
        let baggage = context.baggage().with(names::TENANT_ID, tenant);
        context = context.with_baggage(baggage);
    }
    context
}

fn is_within(current: &Context, remote: &Context) -> bool {
    let local = current.span_context().filter(|span| !span.is_remote());
    local.is_some_and(|span| Some(span.trace_id()) == remote.trace_id())
}
