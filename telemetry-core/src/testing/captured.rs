use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fmt;

use crate::attribute::{Attributes, Value};
use crate::context::{SpanId, TraceId};
use crate::event::{LogRef, Severity};
use crate::span::{LinkRef, SpanEventRef, SpanKind, SpanRef, Status};

/// A span that a test has captured.
///
/// ```
/// use telemetry_core::testing::Capture;
/// use telemetry_core::span;
///
/// let capture = Capture::start();
/// capture.run(|| span!("order.place", "order.id" = 17).in_scope(|| ()));
/// let placed = &capture.spans_named("order.place")[0];
/// assert_eq!(placed.attribute("order.id").unwrap(), &17);
/// assert!(placed.parent_span_id.is_none() && !placed.status.is_error());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CapturedSpan {
    /// The name.
    pub name: String,
    /// The role.
    pub kind: SpanKind,
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The span above.
    pub parent_span_id: Option<SpanId>,
    /// Whether the span above is in another process.
    pub parent_is_remote: bool,
    /// Its start, in nanoseconds since the Unix epoch.
    pub start_unix_nanos: u64,
    /// Its end, in nanoseconds since the Unix epoch.
    pub end_unix_nanos: u64,
    /// How it ended.
    pub status: Status,
    /// The value of `tracestate`.
    pub trace_state: String,
    /// How many spans it stands for ([`SpanRef::adjusted_count`]).
    pub adjusted_count: f64,
    /// Its attributes.
    pub attributes: BTreeMap<String, OwnedValue>,
    /// Attributes that went beyond the limits.
    pub dropped_attributes: u32,
    /// What was recorded within it.
    pub events: Vec<CapturedSpanEvent>,
    /// Events that went beyond the limits.
    pub dropped_events: u32,
    /// Its links.
    pub links: Vec<CapturedLink>,
    /// The name of the library that made it.
    pub scope: &'static str,
}

/// An event within a span that a test has captured.
///
/// ```
/// use telemetry_core::testing::Capture;
/// use telemetry_core::span;
///
/// let capture = Capture::start();
/// capture.run(|| {
///     let mut span = span!("order.place").start();
///     span.add_event("cache.miss", &[("key", "price".into())]);
/// });
/// assert_eq!(capture.spans()[0].events[0].attribute("key").unwrap(), &"price");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CapturedSpanEvent {
    /// The name.
    pub name: String,
    /// When it happened, in nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// Its attributes.
    pub attributes: BTreeMap<String, OwnedValue>,
}

/// A captured span's link to another span.
///
/// ```
/// use telemetry_core::span;
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// capture.run(|| {
///     let sent = span!("send").start();
///     let mut received = span!("receive").start();
///     if let Some(linked) = sent.context().span_context() {
///         received.add_link(linked, &[]);
///     }
/// });
/// let (sent, received) = (&capture.spans_named("send")[0], &capture.spans_named("receive")[0]);
/// assert_eq!(received.links[0].span_id, sent.span_id);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CapturedLink {
    /// The other span's trace.
    pub trace_id: TraceId,
    /// The other span.
    pub span_id: SpanId,
    /// The link's attributes.
    pub attributes: BTreeMap<String, OwnedValue>,
}

/// A log record or event that a test has captured.
///
/// ```
/// use telemetry_core::testing::Capture;
/// use telemetry_core::emit;
///
/// let capture = Capture::start();
/// capture.run(|| emit!("order.placed", { lines: 3 }));
/// let placed = &capture.events()[0];
/// assert_eq!(placed.event_name, "order.placed");
/// assert_eq!(placed.attribute("lines").unwrap(), &3);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CapturedLog {
    /// The event's name; empty for a plain log record.
    pub event_name: String,
    /// When it happened, in nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// How bad it is.
    pub severity: Severity,
    /// The text.
    pub body: String,
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// Its attributes.
    pub attributes: BTreeMap<String, OwnedValue>,
    /// Attributes that went beyond the limits.
    pub dropped_attributes: u32,
    /// The name of the library that made it.
    pub scope: &'static str,
}

/// An attribute's value, owned; compares with the Rust types it may come from.
///
/// ```
/// use telemetry_core::testing::OwnedValue;
///
/// assert_eq!(OwnedValue::from(3), 3);
/// assert_eq!(OwnedValue::from("fr"), "fr");
/// assert_eq!(OwnedValue::from(3).to_string(), "3");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OwnedValue {
    /// A boolean.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A double.
    F64(f64),
    /// A text; lists as JSON.
    Str(String),
}

impl CapturedSpan {
    pub(super) fn new(span: &SpanRef<'_>) -> Self {
        Self {
            name: span.name().to_owned(),
            kind: span.kind(),
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            parent_span_id: span.parent_span_id(),
            parent_is_remote: span.parent_is_remote(),
            start_unix_nanos: span.start_unix_nanos(),
            end_unix_nanos: span.end_unix_nanos(),
            status: span.status(),
            trace_state: span.trace_state().to_owned(),
            adjusted_count: span.adjusted_count(),
            attributes: owned(span.attributes()),
            dropped_attributes: span.dropped_attributes(),
            events: span.events().map(|event| CapturedSpanEvent::new(&event)).collect(),
            dropped_events: span.dropped_events(),
            links: span.links().map(|link| CapturedLink::new(&link)).collect(),
            scope: span.scope().name(),
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&OwnedValue> {
        self.attributes.get(key)
    }
}

impl CapturedLink {
    fn new(link: &LinkRef<'_>) -> Self {
        Self {
            trace_id: link.trace_id(),
            span_id: link.span_id(),
            attributes: owned(link.attributes()),
        }
    }
}

impl CapturedSpanEvent {
    fn new(event: &SpanEventRef<'_>) -> Self {
        Self {
            name: event.name().to_owned(),
            time_unix_nanos: event.time_unix_nanos(),
            attributes: owned(event.attributes()),
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&OwnedValue> {
        self.attributes.get(key)
    }
}

impl CapturedLog {
    pub(super) fn new(log: &LogRef<'_>) -> Self {
        Self {
            event_name: log.event_name().to_owned(),
            time_unix_nanos: log.time_unix_nanos(),
            severity: log.severity(),
            body: log.body().map(|body| body.to_string()).unwrap_or_default(),
            trace_id: log.trace_id(),
            span_id: log.span_id(),
            attributes: owned(log.attributes()),
            dropped_attributes: log.dropped_attributes(),
            scope: log.scope().name(),
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&OwnedValue> {
        self.attributes.get(key)
    }
}

fn owned(attributes: Attributes<'_>) -> BTreeMap<String, OwnedValue> {
    attributes.map(|(key, value)| (key.to_owned(), value.into())).collect()
}

impl From<Value<'_>> for OwnedValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(value),
            Value::I64(value) => Self::I64(value),
            Value::F64(value) => Self::F64(value),
            other => Self::Str(other.to_string()),
        }
    }
}

impl From<i64> for OwnedValue {
    fn from(value: i64) -> Self {
        Self::I64(value)
    }
}

impl From<&str> for OwnedValue {
    fn from(value: &str) -> Self {
        Self::Str(value.to_owned())
    }
}

impl fmt::Display for OwnedValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(out),
            Self::I64(value) => value.fmt(out),
            Self::F64(value) => value.fmt(out),
            Self::Str(value) => value.fmt(out),
        }
    }
}

impl PartialEq<str> for OwnedValue {
    fn eq(&self, other: &str) -> bool {
        matches!(self, Self::Str(text) if Borrow::<str>::borrow(text) == other)
    }
}

impl PartialEq<&str> for OwnedValue {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl PartialEq<i64> for OwnedValue {
    fn eq(&self, other: &i64) -> bool {
        matches!(self, Self::I64(value) if value == other)
    }
}

impl PartialEq<f64> for OwnedValue {
    fn eq(&self, other: &f64) -> bool {
        matches!(self, Self::F64(value) if value == other)
    }
}

impl PartialEq<bool> for OwnedValue {
    fn eq(&self, other: &bool) -> bool {
        matches!(self, Self::Bool(value) if value == other)
    }
}
