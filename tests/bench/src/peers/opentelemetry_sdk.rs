//! `opentelemetry_sdk` with its batch span processor.

use std::hint::black_box;

use opentelemetry::trace::SpanId;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};

use crate::case::Destination;
use crate::failure::Failure;
use crate::tally::{Seen, Shape, Tally};

/// A tracer provider whose exporter counts and discards.
#[derive(Debug)]
pub(crate) struct Sdk {
    pub(crate) provider: SdkTracerProvider,
    pub(super) tally: Tally,
}

impl Sdk {
    /// Twice the default, so that no burst can fill it.
    const QUEUE: usize = 4096;

    /// A provider as a user gets it, but for the exporter and the queue.
    pub(crate) fn new(shape: Shape) -> Self {
        let tally = Tally::new(shape);
        let exporter = Discard { tally: tally.clone() };
        let config = BatchConfigBuilder::default().with_max_queue_size(Self::QUEUE).build();
        let processor = BatchSpanProcessor::builder(exporter).with_batch_config(config).build();
        let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
        Self { provider, tally }
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
