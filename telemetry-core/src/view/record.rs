use crate::attribute::{Attributes, Value};
use crate::context::SpanContext;
use crate::event::{LogRef, event_parts, event_span};
use crate::pipeline::{FramedRecord, Signal};
use crate::scope::Scope;
use crate::span::{SpanRef, Status};

static NOBODY: Scope = Scope::new("", "");

/// A record as views see it: its name and where its attributes lie; the rest is read when a view asks
/// for it.
#[derive(Debug)]
pub(super) struct Record<'a> {
    framed: FramedRecord<'a>,
    name: &'a str,
    attributes: Attributes<'a>,
    /// None of an event.
    span: Option<SpanRef<'a>>,
}

impl<'a> Record<'a> {
    pub(super) fn new(framed: FramedRecord<'a>) -> Self {
        match framed.fate.signal {
            Signal::Spans => {
                let span = SpanRef::new(&NOBODY, framed.record);
                let (name, attributes) = (span.name(), span.attributes());
                Self { framed, name, attributes, span: Some(span) }
            }
            Signal::Logs => {
                let (name, attributes) = event_parts(framed.record);
                Self { framed, name, attributes, span: None }
            }
        }
    }

    /// The name of the event or span; empty for a plain log record.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    pub(super) fn attributes(&self) -> &Attributes<'a> {
        &self.attributes
    }

    /// What a record has besides its attributes, under a name as if it were one.
    pub(super) fn property(&self, name: &str) -> Option<Value<'a>> {
        match (&self.span, name) {
            (Some(span), "duration") => {
                let nanos = span.end_unix_nanos().saturating_sub(span.start_unix_nanos());
                Some(Value::F64(nanos as f64 / 1e9))
            }
            (Some(_), "span.name") | (None, "event.name") => Some(Value::Str(self.name)),
            (Some(span), "span.kind") => Some(Value::Str(span.kind().as_str())),
            (Some(span), "status.code") => Some(Value::Str(status(&span.status()))),
            (None, "severity") => Some(Value::Str(self.log().severity().as_str())),
            _ => None,
        }
    }

    /// When it happened, or ended.
    pub(super) fn unix_nanos(&self) -> u64 {
        let of_event = || self.log().time_unix_nanos();
        self.span.as_ref().map_or_else(of_event, SpanRef::end_unix_nanos)
    }

    /// The span that it belongs to or is.
    pub(super) fn span(&self) -> SpanContext {
        match &self.span {
            Some(span) => SpanContext {
                trace_id: span.trace_id(),
                span_id: span.span_id(),
                flags: span.flags() as u8,
                ..SpanContext::INVALID
            },
            None => event_span(self.framed.record),
        }
    }

    pub(super) fn scope(&self) -> &'static Scope {
        Scope::of_id(self.framed.scope)
    }

    /// The event, read whole.
    fn log(&self) -> LogRef<'a> {
        LogRef::new(&NOBODY, self.framed.record)
    }
}

/// Whether a name may be that of a [property](Record::property).
pub(super) fn is_property(name: &str) -> bool {
    let all = ["duration", "span.name", "span.kind", "status.code", "event.name", "severity"];
    all.contains(&name)
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Unset => "unset",
        Status::Ok => "ok",
        Status::Error(_) => "error",
    }
}
