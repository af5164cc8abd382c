/// The role of a span in a trace
/// ([specification](https://opentelemetry.io/docs/specs/otel/trace/api/#spankind)).
///
/// ```
/// use telemetry_core::{SpanKind, span};
///
/// span!("send orders").kind(SpanKind::Producer).in_scope(|| { /* … */ });
/// assert_eq!(SpanKind::Producer.as_str(), "producer");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SpanKind {
    /// Within the process.
    #[default]
    Internal = 1,
    /// Handles a remote request.
    Server = 2,
    /// Makes a remote request.
    Client = 3,
    /// Starts work that another process does later.
    Producer = 4,
    /// Does work that another process started earlier.
    Consumer = 5,
}

impl SpanKind {
    /// The kind of this `Span.SpanKind` of OTLP; internal for an unknown one.
    pub(crate) fn from_number(number: u64) -> Self {
        match number {
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Internal,
        }
    }

    /// The kind's name in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Server => "server",
            Self::Client => "client",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
        }
    }
}
