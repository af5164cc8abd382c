//! `opentelemetry-instrumentation-tower` on `opentelemetry_sdk`, with its batch span processor and its
//! periodic reader.

use opentelemetry::global;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::Sampler;

use super::opentelemetry_metrics;
use super::opentelemetry_sdk::Sdk;
use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::Shape;

/// The providers that its layer finds.
#[derive(Debug)]
pub(crate) struct InstrumentationTower {
    spans: Sdk,
    metrics: SdkMeterProvider,
}

impl InstrumentationTower {
    /// Sets the global providers, and the propagator without which no trace goes from one service to
    /// the next.
    pub(crate) fn install(shape: Shape) -> Self {
        Self::over(Sdk::new(shape))
    }

    /// The same with a sampler.
    pub(crate) fn install_sampling(shape: Shape, sampler: Sampler) -> Self {
        Self::over(Sdk::sampling(shape, sampler))
    }

    fn over(spans: Sdk) -> Self {
        let metrics = opentelemetry_metrics::provider(spans.tally.clone());
        global::set_tracer_provider(spans.provider.clone());
        global::set_meter_provider(metrics.clone());
        global::set_text_map_propagator(TraceContextPropagator::new());
        Self { spans, metrics }
    }
}

impl Destination for InstrumentationTower {
    fn flush(&self) -> Result<(), Failure> {
        self.spans.flush()?;
        Ok(self.metrics.force_flush()?)
    }

    fn delivered(&self) -> Option<u64> {
        self.spans.delivered()
    }
}
