use crate::attribute::AttributeLimits;
use crate::span::LinkLimits;

/// How much a record holds: the limits of the
/// [specification](https://opentelemetry.io/docs/specs/otel/common/#attribute-limits). What goes beyond
/// is left out and counted in the record, longer values are cut between two characters. Besides, and that
/// can't be changed, the attributes of a record take 24 KiB at the most, its name 1 KiB, the body of a log
/// record 4 KiB, and so much a status's description, or less where the rest of a span leaves less room. So no
/// record is lost for its size.
///
/// ```
/// use telemetry_core::testing::Capture;
/// use telemetry_core::{Limits, Pipeline, span};
///
/// let limits = Limits::default().span_attributes(2).span_value_length(4);
/// let capture = Capture::with(Pipeline::builder().limits(limits));
/// capture.run(|| span!("work", "a" = "größer", "b" = 123_456, "c" = true).in_scope(|| ()));
/// let span = capture.expect_span("work");
/// span.expect_attribute("a", "größ").expect_attribute("b", 123_456).expect_no_attribute("c");
/// assert_eq!(span.dropped_attributes, 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "limits apply to the pipeline that is built with them"]
pub struct Limits {
    pub(crate) spans: AttributeLimits,
    pub(crate) span_events: AttributeLimits,
    pub(crate) logs: AttributeLimits,
    pub(crate) links: LinkLimits,
}

impl Limits {
    /// Attributes of a span, 128 by default (`OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`). More than 65,535
    /// are as many.
    pub fn span_attributes(mut self, count: usize) -> Self {
        self.spans = self.spans.with_count(narrow(count));
        self
    }

    /// Length of the attributes' values in a span, its events and its links: characters of each text, bytes of
    /// raw ones, in lists and maps too. Without a limit by default
    /// (`OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`).
    pub fn span_value_length(mut self, length: usize) -> Self {
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        self.spans = self.spans.with_length(length);
        self.span_events = self.span_events.with_length(length);
        self.links.length = length as usize;
        self
    }

    /// Attributes of an event within a span, 128 by default (`OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`).
    pub fn span_event_attributes(mut self, count: usize) -> Self {
        self.span_events = self.span_events.with_count(narrow(count));
        self
    }

    /// Links of a span, 128 by default (`OTEL_SPAN_LINK_COUNT_LIMIT`), and 6 KiB of them at the most.
    pub fn span_links(mut self, count: usize) -> Self {
        self.links.count = u32::try_from(count).unwrap_or(u32::MAX);
        self
    }

    /// Attributes of a span's link, 128 by default (`OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`).
    pub fn link_attributes(mut self, count: usize) -> Self {
        self.links.attributes = u32::try_from(count).unwrap_or(u32::MAX);
        self
    }

    /// Attributes of a log record or event, 128 by default (`OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`).
    pub fn log_attributes(mut self, count: usize) -> Self {
        self.logs = self.logs.with_count(narrow(count));
        self
    }

    /// Length of the attributes' values in a log record or event, as in a span
    /// (`OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`).
    pub fn log_value_length(mut self, length: usize) -> Self {
        self.logs = self.logs.with_length(u32::try_from(length).unwrap_or(u32::MAX));
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        let limits = AttributeLimits::DEFAULT;
        Self { spans: limits, span_events: limits, logs: limits, links: LinkLimits::default() }
    }
}

fn narrow(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
