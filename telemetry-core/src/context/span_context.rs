use std::sync::Arc;

use super::{SpanId, TraceId};

/// What identifies a span to others, in this process and beyond: the contents of `traceparent` and
/// `tracestate` ([W3C Trace Context](https://www.w3.org/TR/trace-context-2/)).
///
/// ```
/// use telemetry_core::{SpanContext, SpanId, TraceId};
///
/// let trace = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
/// let span = SpanId::parse("00f067aa0ba902b7").unwrap();
/// let remote = SpanContext::remote(trace, span, true);
/// assert!(remote.is_sampled() && remote.is_remote());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: u8,
    pub(crate) remote: bool,
    /// The debug flag of B3 and Jaeger, which is passed on.
    pub(crate) debug: bool,
    /// The header's value as it came; absent in most traces.
    pub(crate) trace_state: Option<Arc<str>>,
}

impl SpanContext {
    /// The `sampled` bit of the W3C flags.
    pub(crate) const SAMPLED: u8 = 0x01;
    /// The `random-trace-id` bit: the lower 7 bytes of the trace id are random.
    pub(crate) const RANDOM: u8 = 0x02;

    pub(crate) const INVALID: Self = Self {
        trace_id: TraceId::INVALID,
        span_id: SpanId::INVALID,
        flags: 0,
        remote: false,
        debug: false,
        trace_state: None,
    };

    /// The context of a span in another process.
    pub fn remote(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        let flags = if sampled { Self::SAMPLED } else { 0 };
        Self { trace_id, span_id, flags, remote: true, ..Self::INVALID }
    }

    /// The trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span.
    pub fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// Whether the head decision was to record the trace; it never changes on the way.
    pub fn is_sampled(&self) -> bool {
        self.flags & Self::SAMPLED != 0
    }

    /// Whether it came from another process.
    pub fn is_remote(&self) -> bool {
        self.remote
    }

    /// The value of `tracestate`; empty when there is none.
    pub fn trace_state(&self) -> &str {
        self.trace_state.as_deref().unwrap_or("")
    }

    /// Whether at least the trace is known.
    #[inline]
    pub(crate) fn has_trace(&self) -> bool {
        self.trace_id != TraceId::INVALID
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.trace_id != TraceId::INVALID && self.span_id != SpanId::INVALID
    }
}
