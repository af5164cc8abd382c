use http::Extensions;
use telemetry_core::SpanContext;

/// The span of a request that asks for another protocol (`Upgrade`, or `CONNECT`): an extension of that
/// request, put there by the [`Layer`](super::Layer).
///
/// Such a request ends with its answer, 101 mostly, while the connection goes on in a task of its own. A
/// span for the connection links to this one, so that each leads to the other.
///
/// ```
/// use http::Request;
/// use telemetry_core::span;
/// use telemetry_http::server::RequestSpan;
///
/// fn socket<B>(request: &Request<B>) -> telemetry_core::Span {
///     let mut connection = span!("socket").detached();
///     if let Some(request) = RequestSpan::of(request.extensions()) {
///         connection = connection.link(request.span_context(), &[]);
///     }
///     connection.start()
/// }
/// # socket(&Request::new(())).end();
/// ```
#[derive(Clone, Debug)]
pub struct RequestSpan(pub(super) SpanContext);

impl RequestSpan {
    /// The one among a request's extensions.
    pub fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    /// The span's ids.
    pub fn span_context(&self) -> &SpanContext {
        &self.0
    }
}
