//! `reqwest-tracing` over `tracing-opentelemetry` on `opentelemetry_sdk`, in the versions that go
//! together, with its batch span processor.

use opentelemetry_0_32::global;
use opentelemetry_0_32::trace::TracerProvider;
use opentelemetry_sdk_0_32::propagation::TraceContextPropagator;
use opentelemetry_sdk_0_32::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use super::opentelemetry_sdk_0_32::tracer_provider;
use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Shape, Tally};

/// A tracer provider whose exporter counts and discards.
#[derive(Debug)]
pub(crate) struct Sdk {
    provider: SdkTracerProvider,
    tally: Tally,
}

/// Sets all that a user has to, as the middleware's own example does.
pub(crate) fn install(shape: Shape) -> Result<Sdk, Failure> {
    let tally = Tally::new(shape);
    let provider = tracer_provider(tally.clone());
    global::set_text_map_propagator(TraceContextPropagator::new());
    let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
    let layer = tracing_opentelemetry_0_33::layer().with_tracer(tracer);
    tracing::subscriber::set_global_default(registry().with(layer))?;
    Ok(Sdk { provider, tally })
}

impl Destination for Sdk {
    fn flush(&self) -> Result<(), Failure> {
        Ok(self.provider.force_flush()?)
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.tally.operations())
    }
}
