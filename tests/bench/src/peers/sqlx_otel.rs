//! `sqlx-otel` on `opentelemetry_sdk` in the version that it takes, with its batch span processor
//! and its periodic reader.

use opentelemetry_0_32::global;
use opentelemetry_sdk_0_32::metrics::SdkMeterProvider;
use opentelemetry_sdk_0_32::trace::SdkTracerProvider;

use super::opentelemetry_sdk_0_32::{meter_provider, tracer_provider};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Shape, Tally};

/// The providers that its pools find.
#[derive(Debug)]
pub(crate) struct SqlxOtel {
    spans: SdkTracerProvider,
    metrics: SdkMeterProvider,
    tally: Tally,
}

impl SqlxOtel {
    /// Sets the global providers; before there is a pool, which takes its instruments from them.
    pub(crate) fn install(shape: Shape) -> Self {
        let tally = Tally::new(shape);
        let (spans, metrics) = (tracer_provider(tally.clone()), meter_provider(tally.clone()));
        global::set_tracer_provider(spans.clone());
        global::set_meter_provider(metrics.clone());
        Self { spans, metrics, tally }
    }
}

impl Destination for SqlxOtel {
    fn flush(&self) -> Result<(), Failure> {
        self.spans.force_flush()?;
        Ok(self.metrics.force_flush()?)
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.tally.operations())
    }
}
