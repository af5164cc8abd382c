//! What the receiver has decoded: one type for each kind of its lines.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Attributes by key.
pub type Attributes = BTreeMap<String, Value>;

/// A line of the receiver's file.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Line {
    Span(Span),
    Log(Log),
    Point(Point),
}

/// A span. Ids are lower-case hex, times nanoseconds since 1970.
#[derive(Debug, Clone, Deserialize)]
pub struct Span {
    /// 32 digits.
    pub trace_id: String,
    /// 16 digits.
    pub span_id: String,
    /// 16 digits, or empty.
    pub parent_span_id: String,
    /// W3C's flags in the lowest byte; whether the parent is remote above them.
    pub flags: u32,
    /// The name.
    pub name: String,
    /// `SERVER`, `CLIENT`, `INTERNAL`, …
    pub kind: String,
    /// The start.
    #[serde(deserialize_with = "nanoseconds")]
    pub start: u64,
    /// The end.
    #[serde(deserialize_with = "nanoseconds")]
    pub end: u64,
    /// How it ended.
    pub status: Status,
    /// Attributes.
    pub attributes: Attributes,
    /// Attributes that came more than once.
    pub duplicate_keys: Vec<String>,
    /// How many attributes were left out.
    pub dropped_attributes: u32,
    /// What the process is.
    pub resource: Attributes,
    /// What made it.
    pub scope: Scope,
}

/// A span's status.
#[derive(Debug, Clone, Deserialize)]
pub struct Status {
    /// `UNSET`, `OK` or `ERROR`.
    pub code: String,
    /// What is said of an error.
    pub message: String,
}

/// A log record or event.
#[derive(Debug, Clone, Deserialize)]
pub struct Log {
    /// When it happened.
    #[serde(deserialize_with = "nanoseconds")]
    pub time: u64,
    /// When it was seen.
    #[serde(deserialize_with = "nanoseconds")]
    pub observed_time: u64,
    /// From 1 to 24.
    pub severity_number: u32,
    /// The same as text.
    pub severity_text: String,
    /// Its name, empty for a plain record.
    pub event_name: String,
    /// The text, or a value.
    pub body: Value,
    /// 32 digits, or empty.
    pub trace_id: String,
    /// 16 digits, or empty.
    pub span_id: String,
    /// Attributes.
    pub attributes: Attributes,
    /// Attributes that came more than once.
    pub duplicate_keys: Vec<String>,
    /// What the process is.
    pub resource: Attributes,
    /// What made it.
    pub scope: Scope,
}

/// A point of a metric.
#[derive(Debug, Clone, Deserialize)]
pub struct Point {
    /// The metric's name.
    pub name: String,
    /// The metric's unit.
    pub unit: String,
    /// What the metric is.
    pub description: String,
    /// `sum`, `gauge`, `histogram`, …
    pub kind: String,
    /// `CUMULATIVE` or `DELTA`; none for a gauge.
    pub temporality: Option<String>,
    /// Whether a sum only rises.
    pub monotonic: Option<bool>,
    /// Since when it counts.
    #[serde(deserialize_with = "nanoseconds")]
    pub start: u64,
    /// When it was read.
    #[serde(deserialize_with = "nanoseconds")]
    pub time: u64,
    /// Of sums and gauges.
    pub value: Option<f64>,
    /// Of histograms.
    pub count: Option<u64>,
    /// Of histograms.
    pub sum: Option<f64>,
    /// Of histograms: how many fell into each bucket.
    #[serde(default)]
    pub buckets: Vec<u64>,
    /// Of histograms: the bounds between the buckets.
    #[serde(default)]
    pub bounds: Vec<f64>,
    /// The labels.
    pub attributes: Attributes,
    /// Labels that came more than once.
    pub duplicate_keys: Vec<String>,
    /// What the process is.
    pub resource: Attributes,
    /// What made it.
    pub scope: Scope,
}

/// An instrumentation scope.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Scope {
    /// The library.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Span {
    /// An attribute as text; numbers as they are written. None if it is absent.
    pub fn text(&self, key: &str) -> Option<String> {
        text(&self.attributes, key)
    }

    /// Whether the span above it is said to be in another process.
    pub fn has_remote_parent(&self) -> bool {
        const KNOWN: u32 = 0x100;
        const REMOTE: u32 = 0x200;
        self.flags & (KNOWN | REMOTE) == KNOWN | REMOTE
    }
}

impl Point {
    /// A label as text. None if it is absent.
    pub fn label(&self, key: &str) -> Option<String> {
        text(&self.attributes, key)
    }
}

/// An attribute as text; numbers as they are written. None if it is absent.
pub fn text(attributes: &Attributes, key: &str) -> Option<String> {
    attributes.get(key).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

fn nanoseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
