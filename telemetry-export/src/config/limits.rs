//! How much a record holds
//! (<https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#attribute-limits>).

use telemetry_core::Limits;

use super::Reader;

/// The code's limits with those of the environment in their place: the ones for all records first, then
/// those for one kind.
pub(crate) fn read(reader: &mut Reader<'_>, code: Limits) -> Limits {
    let mut limits = code;
    let mut apply = |name, set: fn(Limits, usize) -> Limits| {
        let number = reader.parsed(name, "use a whole number", |value| value.parse().ok());
        limits = number.map_or(limits, |number| set(limits, number));
    };
    apply("OTEL_ATTRIBUTE_COUNT_LIMIT", |limits, count| {
        let limits = limits.span_attributes(count).span_event_attributes(count);
        limits.link_attributes(count).log_attributes(count)
    });
    apply("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", |limits, length| {
        limits.span_value_length(length).log_value_length(length)
    });
    apply("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", Limits::span_attributes);
    apply("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", Limits::span_value_length);
    apply("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", Limits::span_event_attributes);
    apply("OTEL_SPAN_LINK_COUNT_LIMIT", Limits::span_links);
    apply("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", Limits::link_attributes);
    apply("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", Limits::log_attributes);
    apply("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", Limits::log_value_length);
    limits
}
