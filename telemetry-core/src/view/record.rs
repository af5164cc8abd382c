use crate::attribute::{Attributes, Value};
use crate::context::{SpanContext, SpanId, TraceId};
use crate::event::LogRef;
use crate::scope::Scope;
use crate::span::{SpanKind, SpanRef, Status};

/// A record as views see it.
#[derive(Debug)]
pub(super) enum Record<'a> {
    Event(LogRef<'a>),
    Span(SpanRef<'a>),
}

impl<'a> Record<'a> {
    pub(super) fn attributes(&self) -> Attributes<'a> {
        match self {
            Self::Event(event) => event.attributes(),
            Self::Span(span) => span.attributes(),
        }
    }

    /// What a record has besides its attributes, under a name as if it were one.
    pub(super) fn property(&self, name: &str) -> Option<Value<'a>> {
        match (self, name) {
            (Self::Span(span), "duration") => {
                let nanos = span.end_unix_nanos().saturating_sub(span.start_unix_nanos());
                Some(Value::F64(nanos as f64 / 1e9))
            }
            (Self::Span(span), "span.name") => Some(Value::Str(span.name())),
            (Self::Span(span), "span.kind") => Some(Value::Str(kind(span.kind()))),
            (Self::Span(span), "status.code") => Some(Value::Str(status(&span.status()))),
            (Self::Event(event), "event.name") => Some(Value::Str(event.event_name())),
            (Self::Event(event), "severity") => Some(Value::Str(event.severity().as_str())),
            _ => None,
        }
    }

    /// When it happened, or ended.
    pub(super) fn unix_nanos(&self) -> u64 {
        match self {
            Self::Event(event) => event.time_unix_nanos(),
            Self::Span(span) => span.end_unix_nanos(),
        }
    }

    /// The span that it belongs to or is.
    pub(super) fn span(&self) -> SpanContext {
        let (trace_id, span_id) = match self {
            Self::Event(event) => (event.trace_id(), event.span_id()),
            Self::Span(span) => (Some(span.trace_id()), Some(span.span_id())),
        };
        SpanContext {
            trace_id: trace_id.unwrap_or(TraceId::INVALID),
            span_id: span_id.unwrap_or(SpanId::INVALID),
            flags: match self {
                Self::Event(event) => event.flags(),
                Self::Span(span) => span.flags(),
            } as u8,
            ..SpanContext::INVALID
        }
    }

    pub(super) fn scope(&self) -> &'static Scope {
        match self {
            Self::Event(event) => event.scope(),
            Self::Span(span) => span.scope(),
        }
    }
}

fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Unset => "unset",
        Status::Ok => "ok",
        Status::Error(_) => "error",
    }
}
