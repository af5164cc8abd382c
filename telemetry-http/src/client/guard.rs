use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use http::{Extensions, HeaderMap, Method, Request, Response, StatusCode, Version};
use telemetry_core::{
    CallSite, Context, Key, Pipeline, Span, SpanBuilder, SpanDescription, SpanKind, propagation,
    semconv,
};

use super::attempts::{Attempts, Calls};
use super::error::error_type_of_any;
use super::labels::{Asked, End, error_of_status};
use super::series::{Measured, Series};
use super::settings::{Propagation, Role, Settings};
use super::target::Target;
use super::template::UrlTemplate;
use crate::address_text::AddressText;
use crate::server::method::Method as KnownMethod;
use crate::server::series::protocol_version;
use crate::transfer::{self, BodyGuard, ByteCount, ResponseGuard};
use crate::watch::{Watched, watched};
use crate::{HeaderMapWriter, SCOPE};

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
    observed: Option<Observed>,
}

#[derive(Debug)]
struct Observed {
    span: Span,
    series: Arc<Series>,
    /// Of a call with all its attempts; absent for an attempt.
    call: Option<Calls>,
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
    Counted(ByteCount),
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

/// What every span has of its own.
static FULL: CallSite = CallSite::new(&const { [Key::new(semconv::url::FULL)] }, &[None; 1]);

static ANSWER: [Key; 2] =
    [Key::new(semconv::http::RESPONSE_STATUS_CODE), Key::new(semconv::network::PROTOCOL_VERSION)];

static PEER: [Key; 2] =
    [Key::new(semconv::network::PEER_ADDRESS), Key::new(semconv::network::PEER_PORT)];

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
        let Some(pipeline) = Pipeline::current_id() else {
            return Self::default();
        };
        let exact = request.body().size_hint().exact();
        let body_bytes = transfer::declared(request.headers()).or(exact);
        let mut extensions = std::mem::take(request.extensions_mut());
        let guard = Self::observe(
            pipeline,
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
    pub(super) fn observe(pipeline: u64, settings: Settings, mut head: Head<'_>) -> Self {
        Self { observed: Observed::start(pipeline, settings, &mut head) }
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
        watched(self, |guard| match &mut guard.observed {
            Some(observed) => observed.span.lent(work),
            None => work(),
        })
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

    /// Says that so many bytes of the response's body have come.
    pub fn received(&mut self, bytes: u64) {
        if let Some(observed) = &mut self.observed {
            observed.response_bytes = observed.response_bytes.saturating_add(bytes);
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
    pub(super) fn count_request_bytes(&mut self) -> Option<ByteCount> {
        let observed = self.observed.as_mut()?;
        let counter = ByteCount::default();
        observed.request_bytes = RequestBytes::Counted(counter.clone());
        Some(counter)
    }

    fn finish(&mut self, fate: Fate<'_>) {
        if let Some(observed) = self.observed.take() {
            observed.finish(fate);
        }
    }
}

impl Watched for RequestGuard {
    fn panicked(&mut self) {
        self.finish(Fate::Panicked);
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

    fn break_off<E: 'static>(self, error: &E) {
        self.fail(error_type_of_any(error));
    }
}

impl BodyGuard for RequestGuard {
    fn begin_stream(&mut self) {}

    #[inline]
    fn pass(&mut self, bytes: u64) {
        self.received(bytes);
    }

    #[inline]
    fn complete(self) {
        self.end();
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

impl Observed {
    /// None where there is no pipeline any more.
    #[inline]
    fn start(pipeline: u64, settings: Settings, head: &mut Head<'_>) -> Option<Self> {
        let method = KnownMethod::of(head.method);
        let target = head.target;
        let template = head.extensions.get::<UrlTemplate>();
        let asked = Asked { method, template, host: target.host, port: target.port };
        let series = Series::of(pipeline, &asked)?;
        let (kind, call, resent) = match settings.role {
            Role::Attempt => (SpanKind::Client, None, Attempts::next(head.extensions)),
            Role::Call => (SpanKind::Internal, Some(Attempts::share(head.extensions)), 0),
        };
        let original = method.is_other().then_some(head.method);
        let builder = SpanBuilder::new(&SCOPE, series.name()).kind(kind);
        let span = builder.start_with(|span| {
            span.encoded_attributes(series.attributes());
            target.with_full(|full| span.known_attributes(&FULL, &[full.into()]));
            if let Some(method) = original {
                set_original_method(span, method);
            }
            if resent > 0 {
                span.attribute(semconv::http::REQUEST_RESEND_COUNT, resent);
            }
        });
        if call.is_none() {
            series.enter();
        }
        Some(Self {
            span,
            series,
            call,
            status: None,
            version: None,
            request_bytes: head.body_bytes.map_or(RequestBytes::Unknown, RequestBytes::Known),
            response_bytes: 0,
        })
    }

    fn answered(&mut self, status: StatusCode, version: Version, peer: Option<SocketAddr>) {
        (self.status, self.version) = (Some(status), Some(version));
        if !self.span.is_recording() {
            return;
        }
        let answer = [status.as_u16().into(), protocol_version(version).into()];
        // A call may have had answers in more than one version.
        let known = if self.call.is_none() { &answer[..] } else { &answer[..1] };
        self.span.set_all(&ANSWER, known);
        if let Some(peer) = peer {
            let address = AddressText::of(peer.ip().to_canonical());
            self.span.set_all(&PEER, &[address.as_str().into(), peer.port().into()]);
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
        if let Some(call) = &self.call {
            self.span.set(semconv::telemetry::OPERATION_ATTEMPTS, call.count());
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

#[cold]
fn set_original_method(span: &mut SpanDescription<'_>, method: &Method) {
    let sent = method.as_str();
    let sent = &sent[..sent.floor_char_boundary(256)];
    span.attribute(semconv::http::REQUEST_METHOD_ORIGINAL, sent);
}

impl RequestBytes {
    fn get(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Known(bytes) => Some(*bytes),
            Self::Counted(bytes) => Some(bytes.bytes()),
        }
    }
}
