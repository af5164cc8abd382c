//! The others: each set up as its own documentation says, ended in an exporter that counts and
//! discards.

pub(crate) mod axum_prometheus;
pub(crate) mod axum_tracing_opentelemetry;
pub(crate) mod fastrace;
pub(crate) mod litellm;
pub(crate) mod metrics;
pub(crate) mod opentelemetry_appender_tracing;
pub(crate) mod opentelemetry_instrumentation_tower;
pub(crate) mod opentelemetry_metrics;
pub(crate) mod opentelemetry_otlp;
pub(crate) mod opentelemetry_sdk;
mod opentelemetry_sdk_0_32;
pub(crate) mod reqwest_tracing;
pub(crate) mod sqlx_otel;
pub(crate) mod tracing_opentelemetry;
