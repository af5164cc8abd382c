//! What describes the telemetry itself.

/// True on the series of all attributes beyond an instrument's budget.
pub const METRIC_OVERFLOW: &str = "otel.metric.overflow";

/// The name of the telemetry library.
pub const SDK_NAME: &str = "telemetry.sdk.name";

/// Its language.
pub const SDK_LANGUAGE: &str = "telemetry.sdk.language";

/// Its version.
pub const SDK_VERSION: &str = "telemetry.sdk.version";

/// What kind of part of the telemetry a metric is about.
pub const COMPONENT_TYPE: &str = "otel.component.type";

/// Which part of that kind.
pub const COMPONENT_NAME: &str = "otel.component.name";

/// Whether a span has a parent, and where: `none`, `local`, `remote`.
pub const SPAN_PARENT_ORIGIN: &str = "otel.span.parent.origin";

/// What the sampler said of a span: `DROP`, `RECORD_ONLY`, `RECORD_AND_SAMPLE`.
pub const SPAN_SAMPLING_RESULT: &str = "otel.span.sampling_result";
