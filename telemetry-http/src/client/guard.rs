use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use http::{Extensions, HeaderMap, Method, Request, Response, StatusCode, Version};
use telemetry_core::{Context, Pipeline, Span, SpanBuilder, SpanKind, propagation, semconv};

use super::attempts::Attempts;
use super::instruments::INSTRUMENTS;
use super::labels::{End, Labels, error_of_status};
use super::series::{Measured, Series};
use super::settings::{Propagation, Role, Settings};
use super::target::Target;
use super::template::UrlTemplate;
use crate::server::method::Method as KnownMethod;
use crate::server::series::protocol_version;
use crate::{HeaderMapWriter, SCOPE, transfer};

/// A request that is being sent: the one observation from which its span and its metrics are made.
///
/// Whoever waits for the answer owns it: first the future, then the response's body. It ends exactly
/// once, by [`end`](Self::end) or [`fail`](Self::fail), or when it is dropped: the answer isn't wanted
/// any more then, or something panics. Without a pipeline it does nothing.
///
/// [`Layer`](super::Layer) makes one for each request, and so does the reqwest middleware. A client that
/// neither goes around is observed with the same few calls:
///
/// ```
/// use http::{Request, Response};
/// use telemetry_http::client::RequestGuard;
///
/// # fn send(_: Request<String>) -> Response<String> { Response::default() }
/// let mut request = Request::new(String::new());
/// let mut guard = RequestGuard::start(&mut request);
/// let response = guard.in_scope(|| send(request));
/// guard.respond(&response);
/// guard.end();
/// ```
#[derive(Debug, Default)]
#[must_use = "a guard that is dropped says that the answer isn't wanted any more"]
pub struct RequestGuard {
    /// Absent without a pipeline and after the end.
    observed: Option<Box<Observed>>,
}

#[derive(Debug)]
struct Observed {
    span: Span,
    role: Role,
    series: Arc<Series>,
    attempts: Option<Attempts>,
    status: Option<StatusCode>,
    version: Option<Version>,
    request_bytes: RequestBytes,
    /// Of the response's body, as far as they have come.
    response_bytes: u64,
}

/// How long a request's body is.
#[derive(Debug)]
enum RequestBytes {
    Unknown,
    Known(u64),
    /// Counted while they are sent.
    #[cfg_attr(not(feature = "reqwest"), allow(dead_code, reason = "reqwest's bodies are counted"))]
    Counted(Arc<AtomicU64>),
}

/// A request without its body, whatever the type of that.
pub(super) struct Head<'a> {
    pub(super) method: &'a Method,
    pub(super) target: Target<'a>,
    pub(super) extensions: &'a mut Extensions,
    pub(super) body_bytes: Option<u64>,
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate<'a> {
    Answered,
    /// With an error beyond what the status says.
    Failed(&'a str),
    Cancelled,
    Panicked,
}

impl RequestGuard {
    /// Starts observing a request about to be sent, as [`Layer::new`](super::Layer::new) would, and adds
    /// the trace context to its headers.
    pub fn start<B: http_body::Body>(request: &mut Request<B>) -> Self {
        Self::with_settings(Settings::default(), request)
    }

    pub(super) fn with_settings<B: http_body::Body>(
        settings: Settings,
        request: &mut Request<B>,
    ) -> Self {
        let Some(pipeline) = Pipeline::current() else {
            return Self::default();
        };
        let exact = request.body().size_hint().exact();
        let body_bytes = transfer::declared(request.headers()).or(exact);
        let mut extensions = std::mem::take(request.extensions_mut());
        let guard = Self::observe(
            &pipeline,
            settings,
            Head {
                method: request.method(),
                target: Target::of(request.uri(), request.headers(), settings.https),
                extensions: &mut extensions,
                body_bytes,
            },
        );
        *request.extensions_mut() = extensions;
        guard.inject(settings, request.headers_mut());
        guard
    }

    /// Starts the observation; the context is for the caller to [inject](Self::inject).
    pub(super) fn observe(pipeline: &Pipeline, settings: Settings, mut head: Head<'_>) -> Self {
        Self { observed: Some(Box::new(Observed::start(pipeline, settings, &mut head))) }
    }

    /// Adds the trace context to the headers of a request.
    pub(super) fn inject(&self, settings: Settings, headers: &mut HeaderMap) {
        let Some(observed) = &self.observed else {
            return;
        };
        if settings.role == Role::Call {
            return;
        }
        let (context, mut writer) = (observed.span.context(), HeaderMapWriter::new(headers));
        match settings.propagation {
            Propagation::TraceAndBaggage => propagation::inject(context, &mut writer),
            Propagation::Trace => propagation::inject_trace(context, &mut writer),
            Propagation::Nothing => {}
        }
    }

    /// Whether anybody listens.
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

    /// Takes note of the response's status and protocol.
    pub fn respond<B>(&mut self, response: &Response<B>) {
        self.answered(response.status(), response.version(), None);
    }

    pub(super) fn answered(
        &mut self,
        status: StatusCode,
        version: Version,
        peer: Option<SocketAddr>,
    ) {
        if let Some(observed) = &mut self.observed {
            observed.answered(status, version, peer);
        }
    }

    /// The bytes of the response's body that have come so far, which its end enters in the metric.
    pub fn received(&mut self, bytes: u64) {
        if let Some(observed) = &mut self.observed {
            observed.response_bytes = bytes;
        }
    }

    /// Ends the request: its answer has come to the last byte.
    pub fn end(mut self) {
        self.finish(Fate::Answered);
    }

    /// Ends the request with an error that the status doesn't tell. `error_type` must be of few
    /// different values, and never a message.
    pub fn fail(mut self, error_type: impl Into<Cow<'static, str>>) {
        self.finish(Fate::Failed(&error_type.into()));
    }

    /// A place for the bytes of a body whose length nobody knows before it is sent.
    #[cfg(feature = "reqwest")]
    pub(super) fn count_request_bytes(&mut self) -> Option<Arc<AtomicU64>> {
        let observed = self.observed.as_mut()?;
        let counter = Arc::new(AtomicU64::new(0));
        observed.request_bytes = RequestBytes::Counted(Arc::clone(&counter));
        Some(counter)
    }

    /// Takes the observation out; what stays behind does nothing.
    #[inline]
    pub(super) fn take(&mut self) -> Self {
        Self { observed: self.observed.take() }
    }

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
            self.finish(if panicking { Fate::Panicked } else { Fate::Cancelled });
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
    fn start(pipeline: &Pipeline, settings: Settings, head: &mut Head<'_>) -> Self {
        let instruments = INSTRUMENTS.of(pipeline);
        let method = KnownMethod::of(head.method);
        let template = head.extensions.get::<UrlTemplate>().cloned();
        let target = head.target;
        let name = match &template {
            Some(template) => Cow::Owned([method.in_names(), " ", template.as_str()].concat()),
            None => Cow::Borrowed(method.in_names()),
        };
        let is_attempt = settings.role == Role::Attempt;
        let kind = if is_attempt { SpanKind::Client } else { SpanKind::Internal };
        let builder = SpanBuilder::new(&SCOPE, name).kind(kind);
        let mut builder = target.with_full(|full| {
            builder
                .attribute(semconv::http::REQUEST_METHOD, method.as_str())
                .attribute(semconv::server::ADDRESS, Some(target.host).filter(|it| !it.is_empty()))
                .attribute(semconv::server::PORT, target.port)
                .attribute(semconv::url::FULL, full)
        });
        if let Some(template) = &template {
            builder = builder.attribute(semconv::url::TEMPLATE, template.as_str());
        }
        if method.is_other() {
            let sent = head.method.as_str();
            let sent = &sent[..sent.floor_char_boundary(256)];
            builder = builder.attribute(semconv::http::REQUEST_METHOD_ORIGINAL, sent);
        }
        let attempts = head.extensions.get_or_insert_default::<Attempts>().clone();
        let resent = if is_attempt { attempts.next() } else { 0 };
        if resent > 0 {
            builder = builder.attribute(semconv::http::REQUEST_RESEND_COUNT, resent);
        }
        let labels = Labels::new(method, template, target.host, target.port);
        let series = Series::of(pipeline.id(), &instruments, labels);
        if is_attempt {
            series.enter();
        }
        Self {
            span: builder.start(),
            role: settings.role,
            series,
            attempts: (!is_attempt).then_some(attempts),
            status: None,
            version: None,
            request_bytes: head.body_bytes.map_or(RequestBytes::Unknown, RequestBytes::Known),
            response_bytes: 0,
        }
    }

    fn answered(&mut self, status: StatusCode, version: Version, peer: Option<SocketAddr>) {
        (self.status, self.version) = (Some(status), Some(version));
        if !self.span.is_recording() {
            return;
        }
        self.span.set(semconv::http::RESPONSE_STATUS_CODE, status.as_u16());
        if self.role == Role::Attempt {
            self.span.set(semconv::network::PROTOCOL_VERSION, protocol_version(version));
        }
        if let Some(peer) = peer {
            let address = peer.ip().to_canonical().to_string();
            self.span.set(semconv::network::PEER_ADDRESS, &address);
            self.span.set(semconv::network::PEER_PORT, peer.port());
        }
        if let Some(error_type) = error_of_status(&status) {
            self.span.set_error(error_type);
        }
    }

    fn finish(mut self, fate: Fate<'_>) {
        let (error, outcome) = match fate {
            Fate::Answered => (None, None),
            Fate::Failed(error) => (Some(error), None),
            Fate::Cancelled => (None, Some("cancelled")),
            Fate::Panicked => (Some("panic"), Some("panicked")),
        };
        if let Some(error) = error {
            self.span.set_error(error);
        }
        if let Some(outcome) = outcome {
            self.span.set_outcome(outcome);
        }
        if let Some(attempts) = &self.attempts {
            self.span.set(semconv::telemetry::OPERATION_ATTEMPTS, attempts.count());
            return;
        }
        let status = self.status;
        let end = End {
            status,
            version: self.version,
            error_type: error.or_else(|| status.as_ref().and_then(error_of_status)),
            // A panic has its error.
            outcome: outcome.filter(|_| error.is_none()),
        };
        let (request_bytes, series) = (self.request_bytes.get(), &self.series);
        let response_bytes = status.is_some().then_some(self.response_bytes);
        self.span.end_with(|took, context| {
            let seconds = took.as_secs_f64();
            series.leave(&end, Measured { seconds, request_bytes, response_bytes }, context);
        });
    }
}

impl RequestBytes {
    fn get(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Known(bytes) => Some(*bytes),
            Self::Counted(bytes) => Some(bytes.load(Ordering::Relaxed)),
        }
    }
}
