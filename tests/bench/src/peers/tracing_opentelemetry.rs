//! `tracing-opentelemetry` on `opentelemetry_sdk` with its batch span processor.

use opentelemetry::trace::TracerProvider;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, registry};

use super::opentelemetry_sdk::Sdk;
use crate::failure::Failure;
use crate::tally::Shape;

/// The layer as it comes. It adds attributes of its own to every span: source location, thread,
/// target, level, busy and idle time.
pub(crate) fn install(shape: Shape) -> Result<Sdk, Failure> {
    let sdk = Sdk::new(shape);
    subscribe(tracing_opentelemetry::layer().with_tracer(sdk.provider.tracer(SCOPE)))?;
    Ok(sdk)
}

/// The layer with all of that switched off: a span has the attributes that it was given.
pub(crate) fn install_lean(shape: Shape) -> Result<Sdk, Failure> {
    let sdk = Sdk::new(shape);
    let layer = tracing_opentelemetry::layer()
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false)
        .with_tracer(sdk.provider.tracer(SCOPE));
    subscribe(layer)?;
    Ok(sdk)
}

const SCOPE: &str = env!("CARGO_PKG_NAME");

fn subscribe<T>(layer: OpenTelemetryLayer<Registry, T>) -> Result<(), Failure>
where
    T: opentelemetry::trace::Tracer + Send + Sync + 'static,
    T::Span: Send + Sync,
{
    Ok(tracing::subscriber::set_global_default(registry().with(layer))?)
}
