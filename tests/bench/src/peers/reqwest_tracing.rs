//! `reqwest-tracing` over `tracing-opentelemetry` on `opentelemetry_sdk`, in the versions that go
//! together, with its batch span processor.

use std::hint::black_box;

use opentelemetry_0_32::global;
use opentelemetry_0_32::trace::{SpanId, TracerProvider};
use opentelemetry_sdk_0_32::error::OTelSdkResult;
use opentelemetry_sdk_0_32::propagation::TraceContextPropagator;
use opentelemetry_sdk_0_32::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Seen, Shape, Tally};

/// Twice the default, so that no burst can fill it.
const QUEUE: usize = 4096;

/// A tracer provider whose exporter counts and discards.
#[derive(Debug)]
pub(crate) struct Sdk {
    provider: SdkTracerProvider,
    tally: Tally,
}

/// Sets all that a user has to, as the middleware's own example does.
pub(crate) fn install(shape: Shape) -> Result<Sdk, Failure> {
    let tally = Tally::new(shape);
    let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).build();
    let processor = BatchSpanProcessor::builder(Discard { tally: tally.clone() })
        .with_batch_config(config)
        .build();
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
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

/// An exporter that looks at all of every span.
#[derive(Debug)]
struct Discard {
    tally: Tally,
}

impl SpanExporter for Discard {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.tally.add(batch.iter().map(|span| {
            black_box((&span.span_context, &span.name));
            Seen {
                has_ids: span.span_context.is_valid(),
                is_root: span.parent_span_id == SpanId::INVALID,
                attributes: span.attributes.iter().map(black_box).count(),
            }
        }));
        Ok(())
    }
}
