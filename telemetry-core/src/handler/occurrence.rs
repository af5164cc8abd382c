use std::time::Duration;

use crate::attribute::{Attributes, Value};
use crate::context::{SpanId, TraceId};
use crate::event::LogRef;
use crate::pipeline::{FramedRecord, Signal};
use crate::scope::Scope;
use crate::span::{SpanRef, Status};

/// What a handler is called for.
///
/// ```
/// use telemetry_core::handler::{Occasion, On};
/// use telemetry_core::span;
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// let orders = capture.attach("orders", On::span("order.place"));
/// capture.run(|| {
///     let mut span = span!("order.place").start();
///     span.set_error("out_of_stock");
/// });
/// let told: Vec<Occasion> = orders.all().iter().map(|it| it.occasion).collect();
/// assert_eq!(told, [Occasion::SpanStart, Occasion::SpanException]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Occasion {
    /// An event was emitted.
    Event,
    /// A span has started.
    SpanStart,
    /// A span has ended without an error.
    SpanStop,
    /// A span has ended with an error.
    SpanException,
}

/// Something that happened, as a handler is told of it. Attributes are those of the record: at a
/// start, what the span was started with.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::handler::Occurrence;
///
/// fn on_stage(stage: &Occurrence<'_>) {
///     if stage.duration().is_some_and(|took| took > Duration::from_secs(1)) {
///         println!("{} is slow at {:?}", stage.name(), stage.attribute("stage"));
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Occurrence<'a> {
    occasion: Occasion,
    record: Record<'a>,
}

#[derive(Clone, Debug)]
enum Record<'a> {
    Event(LogRef<'a>),
    Span(SpanRef<'a>),
}

impl<'a> Occurrence<'a> {
    pub(super) fn new(framed: &FramedRecord<'a>) -> Self {
        let scope = Scope::of_id(framed.scope);
        match framed.fate.signal {
            Signal::Logs => {
                let event = LogRef::new(scope, framed.record);
                Self { occasion: Occasion::Event, record: Record::Event(event) }
            }
            Signal::Spans => {
                let span = SpanRef::new(scope, framed.record);
                Self { occasion: occasion(&span), record: Record::Span(span) }
            }
        }
    }

    /// What it is.
    pub fn occasion(&self) -> Occasion {
        self.occasion
    }

    /// The name of the event or span.
    pub fn name(&self) -> &'a str {
        match &self.record {
            Record::Event(event) => event.event_name(),
            Record::Span(span) => span.name(),
        }
    }

    /// The attributes, and an event's measurements among them.
    pub fn attributes(&self) -> Attributes<'a> {
        match &self.record {
            Record::Event(event) => event.attributes(),
            Record::Span(span) => span.attributes(),
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<Value<'a>> {
        self.attributes().find(key)
    }

    /// The number that an attribute is.
    pub fn measurement(&self, key: &str) -> Option<f64> {
        self.attribute(key).and_then(|value| value.as_f64())
    }

    /// How long a span took that has ended.
    pub fn duration(&self) -> Option<Duration> {
        match (&self.record, self.occasion) {
            (Record::Span(span), Occasion::SpanStop | Occasion::SpanException) => {
                let nanos = span.end_unix_nanos().saturating_sub(span.start_unix_nanos());
                Some(Duration::from_nanos(nanos))
            }
            _ => None,
        }
    }

    /// When it happened, in nanoseconds since the Unix epoch.
    pub fn time_unix_nanos(&self) -> u64 {
        match &self.record {
            Record::Event(event) => event.time_unix_nanos(),
            Record::Span(span) if self.occasion == Occasion::SpanStart => span.start_unix_nanos(),
            Record::Span(span) => span.end_unix_nanos(),
        }
    }

    /// The trace that it belongs to.
    pub fn trace_id(&self) -> Option<TraceId> {
        match &self.record {
            Record::Event(event) => event.trace_id(),
            Record::Span(span) => Some(span.trace_id()),
        }
    }

    /// The span that it belongs to or is; the same at a span's start and at its end.
    pub fn span_id(&self) -> Option<SpanId> {
        match &self.record {
            Record::Event(event) => event.span_id(),
            Record::Span(span) => Some(span.span_id()),
        }
    }

    /// The event; none of a span.
    pub fn event(&self) -> Option<&LogRef<'a>> {
        match &self.record {
            Record::Event(event) => Some(event),
            Record::Span(_) => None,
        }
    }

    /// The span; none of an event. At its start it has no end yet, which is zero then.
    pub fn span(&self) -> Option<&SpanRef<'a>> {
        match &self.record {
            Record::Event(_) => None,
            Record::Span(span) => Some(span),
        }
    }

    /// The library that made it.
    pub fn scope(&self) -> &'static Scope {
        match &self.record {
            Record::Event(event) => event.scope(),
            Record::Span(span) => span.scope(),
        }
    }
}

/// What a span's record tells of: one without an end, that it has started.
pub(super) fn occasion(span: &SpanRef<'_>) -> Occasion {
    if span.end_unix_nanos() == 0 {
        Occasion::SpanStart
    } else if matches!(span.status(), Status::Error(_)) {
        Occasion::SpanException
    } else {
        Occasion::SpanStop
    }
}
