//! `tracing-opentelemetry` on `opentelemetry_sdk` with its batch span processor.

use opentelemetry::trace::TracerProvider;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Registry, registry};

use super::opentelemetry_sdk::{Sdk, SdkTracerProvider};
use crate::failure::Failure;
use crate::tally::Shape;

/// The layer as it comes. It adds attributes of its own to every span: source location, thread,
/// target, level, busy and idle time.
pub(crate) fn install(shape: Shape) -> Result<Sdk, Failure> {
    let sdk = Sdk::new(shape);
    subscribe(&sdk.provider)?;
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
        .with_tracer(sdk.tracer());
    set_subscriber(layer)?;
    Ok(sdk)
}

/// Puts the layer as it comes on a `Registry`, over this provider.
pub(super) fn subscribe(provider: &SdkTracerProvider) -> Result<(), Failure> {
    let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
    set_subscriber(tracing_opentelemetry::layer().with_tracer(tracer))
}

fn set_subscriber<T>(layer: OpenTelemetryLayer<Registry, T>) -> Result<(), Failure>
where
    T: opentelemetry::trace::Tracer + Send + Sync + 'static,
    T::Span: Send + Sync,
{
    Ok(tracing::subscriber::set_global_default(registry().with(layer))?)
}
