//! `opentelemetry_sdk` with its batch span processor.

use std::hint::black_box;

use opentelemetry::trace::{SpanId, TracerProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SpanData, SpanExporter,
    TracerProviderBuilder,
};

pub(super) use opentelemetry_sdk::trace::SdkTracerProvider;

use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Seen, Shape, Tally};

/// A tracer provider whose exporter counts and discards.
#[derive(Debug)]
pub(crate) struct Sdk {
    pub(super) provider: SdkTracerProvider,
    pub(super) tally: Tally,
}

/// Twice the default, so that no burst can fill it.
const QUEUE: usize = 4096;

/// A provider as a user gets it, but for the queue.
pub(super) fn provider(
    exporter: impl SpanExporter + 'static,
    queue: usize,
) -> TracerProviderBuilder {
    let config = BatchConfigBuilder::default().with_max_queue_size(queue).build();
    let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
    SdkTracerProvider::builder().with_span_processor(processor)
}

impl Sdk {
    /// A provider as a user gets it, but for the exporter and the queue.
    pub(crate) fn new(shape: Shape) -> Self {
        let tally = Tally::new(shape);
        let provider = provider(Discard { tally: tally.clone() }, QUEUE).build();
        Self { provider, tally }
    }

    /// The same with a sampler.
    pub(crate) fn sampling(shape: Shape, sampler: Sampler) -> Self {
        let tally = Tally::new(shape);
        let provider =
            provider(Discard { tally: tally.clone() }, QUEUE).with_sampler(sampler).build();
        Self { provider, tally }
    }

    /// What makes spans.
    pub(crate) fn tracer(&self) -> SdkTracer {
        self.provider.tracer(env!("CARGO_PKG_NAME"))
    }
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
