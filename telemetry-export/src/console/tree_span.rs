use std::fmt::Display;

use telemetry_core::{SpanId, SpanRef, Status, Value, semconv};

use super::style::{Paint, Style};
use crate::notice::{cut, plain};

/// One span of a [`TraceTree`](super::TraceTree), with what its line shows.
///
/// ```
/// use telemetry_core::SpanId;
/// use telemetry_export::console::TreeSpan;
///
/// let id = SpanId::parse("00f067aa0ba902b7").unwrap();
/// let span = TreeSpan::new(id, None, "order.place", 0, 3_000_000).failed("no stock");
/// assert_eq!((span.name(), span.parent()), ("order.place", None));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TreeSpan {
    id: SpanId,
    parent: Option<SpanId>,
    name: String,
    start_unix_nanos: u64,
    end_unix_nanos: u64,
    failed: bool,
    cost: Option<f64>,
    /// ISO 4217; US dollars where nothing is said.
    currency: Option<String>,
    /// By place in the line.
    details: Vec<(Place, Detail)>,
}

/// What a detail is about; they are shown in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Status,
    Error,
    Outcome,
    Path,
    Rows,
    Model,
    TokensIn,
    TokensOut,
    Other,
}

#[derive(Clone, Debug, PartialEq)]
enum Detail {
    Status(i64),
    Error(String),
    Text(String),
}

/// Areas of the conventions: attributes that a tree shows as something better, or not at all.
const KNOWN_AREAS: [&str; 20] = [
    "browser.",
    "client.",
    "code.",
    "db.",
    "error.",
    "exception.",
    "gen_ai.",
    "http.",
    "messaging.",
    "network.",
    "openai.",
    "otel.",
    "peer.",
    "rpc.",
    "server.",
    "source.",
    "telemetry.",
    "thread.",
    "url.",
    "user_agent.",
];

impl TreeSpan {
    const OTHERS: usize = 4;
    const VALUE: usize = 40;

    /// A span; its times are in nanoseconds since the Unix epoch.
    pub fn new(
        id: SpanId,
        parent: Option<SpanId>,
        name: &str,
        start_unix_nanos: u64,
        end_unix_nanos: u64,
    ) -> Self {
        Self {
            id,
            parent,
            name: plain(name),
            start_unix_nanos,
            end_unix_nanos,
            failed: false,
            cost: None,
            currency: None,
            details: Vec::new(),
        }
    }

    /// The span of a record.
    pub fn of(record: &SpanRef<'_>) -> Self {
        // What is above a local root is in another process, and not in this tree.
        let parent = record.parent_span_id().filter(|_| !record.parent_is_remote());
        let mut span = Self::new(
            record.span_id(),
            parent,
            record.name(),
            record.start_unix_nanos(),
            record.end_unix_nanos(),
        );
        for (key, value) in record.attributes() {
            span = span.attribute(key, value);
        }
        match record.status() {
            Status::Error(description) => span.failed(&description),
            _ => span,
        }
    }

    /// The span with an attribute, as far as the tree shows it: status, failure, rows, tokens, cost,
    /// and up to four that no convention knows.
    #[must_use]
    pub fn attribute(mut self, key: &str, value: Value<'_>) -> Self {
        let text = |value: &Value<'_>| cut(&plain(&value.to_string()), Self::VALUE);
        let (place, detail) = match key {
            semconv::http::RESPONSE_STATUS_CODE => match value.as_i64() {
                Some(status) => (Place::Status, Detail::Status(status)),
                None => return self,
            },
            semconv::error::TYPE => (Place::Error, Detail::Error(text(&value))),
            semconv::telemetry::OUTCOME => (Place::Outcome, Detail::Error(text(&value))),
            // Only where the name has a route with something to fill in.
            semconv::url::PATH if self.name.contains('{') => {
                (Place::Path, Detail::Text(text(&value)))
            }
            semconv::db::RESPONSE_RETURNED_ROWS => match value.as_i64() {
                Some(1) => (Place::Rows, Detail::Text("1 row".to_owned())),
                _ => (Place::Rows, Detail::Text(format!("{} rows", text(&value)))),
            },
            semconv::gen_ai::RESPONSE_MODEL if !self.name.contains(&*value.to_string()) => {
                (Place::Model, Detail::Text(text(&value)))
            }
            semconv::gen_ai::USAGE_INPUT_TOKENS => {
                (Place::TokensIn, Detail::Text(format!("{} tokens in", text(&value))))
            }
            semconv::gen_ai::USAGE_OUTPUT_TOKENS => {
                (Place::TokensOut, Detail::Text(format!("{} tokens out", text(&value))))
            }
            semconv::gen_ai::USAGE_COST_AMOUNT => {
                self.cost = value.as_f64();
                return self;
            }
            semconv::gen_ai::USAGE_COST_CURRENCY => {
                self.currency = Some(text(&value)).filter(|currency| currency != "USD");
                return self;
            }
            _ if KNOWN_AREAS.iter().any(|area| key.starts_with(area)) => return self,
            _ => {
                let others = self.details.iter().filter(|(place, _)| *place == Place::Other);
                if others.count() >= Self::OTHERS {
                    return self;
                }
                let key = cut(&plain(key), Self::VALUE);
                (Place::Other, Detail::Text(format!("{key}={}", text(&value))))
            }
        };
        // After those of the same place, so that others keep their order.
        let at = self.details.partition_point(|(other, _)| *other <= place);
        self.details.insert(at, (place, detail));
        self
    }

    /// The span marked as failed, with a description that may be empty.
    #[must_use]
    pub fn failed(mut self, description: &str) -> Self {
        self.failed = true;
        if !description.is_empty() {
            let text = cut(&plain(description), 2 * Self::VALUE);
            self.details.push((Place::Other, Detail::Error(text)));
        }
        self
    }

    /// The span's id.
    pub fn id(&self) -> SpanId {
        self.id
    }

    /// The span above it, in the same process.
    pub fn parent(&self) -> Option<SpanId> {
        self.parent
    }

    /// Its name, free of control characters.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn start_unix_nanos(&self) -> u64 {
        self.start_unix_nanos
    }

    pub(super) fn nanos(&self) -> u64 {
        self.end_unix_nanos.saturating_sub(self.start_unix_nanos)
    }

    pub(super) fn is_error(&self) -> bool {
        self.failed
    }

    pub(super) fn dollars(&self) -> Option<f64> {
        self.cost.filter(|_| self.currency.is_none())
    }

    fn shown_cost(&self) -> Option<String> {
        let cost = self.cost?;
        Some(match &self.currency {
            None => format!("${cost}"),
            Some(currency) => format!("{cost} {currency}"),
        })
    }

    /// Bytes of memory that it takes, roughly.
    pub(super) fn bytes(&self) -> usize {
        let details = self.details.iter().map(|(_, detail)| match detail {
            Detail::Status(_) => 0,
            Detail::Error(text) | Detail::Text(text) => text.len(),
        });
        size_of::<Self>()
            + self.name.len()
            + details.sum::<usize>()
            + self.details.capacity() * size_of::<(Place, Detail)>()
    }

    /// What stands behind the duration.
    pub(super) fn details(&self, style: Style) -> impl Iterator<Item = impl Display> {
        let states_error = |(_, detail): &(Place, Detail)| matches!(detail, Detail::Error(_));
        let bare = self.failed && !self.details.iter().any(states_error);
        let bare = bare.then(|| style.paint(Paint::Bad, "error".to_owned()));
        let cost = self.shown_cost();
        let cost = cost.map(|cost| style.paint(Paint::Notice, cost));
        let others = self.details.partition_point(|(place, _)| *place < Place::Other);
        let (known, others) = self.details.split_at(others);
        let shown = move |(_, detail): &(Place, Detail)| match detail {
            Detail::Status(code) => {
                let paint = match code {
                    ..400 => Paint::Good,
                    400..500 => Paint::Warning,
                    _ => Paint::Bad,
                };
                style.paint(paint, code.to_string())
            }
            Detail::Error(text) => style.paint(Paint::Bad, text.clone()),
            Detail::Text(text) => style.paint(Paint::Dim, text.clone()),
        };
        let known = known.iter().map(shown);
        bare.into_iter().chain(known).chain(cost).chain(others.iter().map(shown))
    }
}
