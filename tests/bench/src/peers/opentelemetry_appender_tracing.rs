//! `opentelemetry-appender-tracing` on `opentelemetry_sdk` with its batch log processor.

use std::hint::black_box;

use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{
    BatchConfigBuilder, BatchLogProcessor, LogBatch, LogExporter, SdkLoggerProvider,
};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Seen, Shape, Tally};

/// A logger provider whose exporter counts and discards.
#[derive(Debug)]
pub(crate) struct Appender {
    logs: SdkLoggerProvider,
    spans: SdkTracerProvider,
    tally: Tally,
}

impl Appender {
    /// Twice the default, so that no burst can fill it.
    const QUEUE: usize = 4096;

    /// Installs the layer as it comes, on a `Registry`, over a provider as a user gets it, but for
    /// the exporter and the queue.
    pub(crate) fn install(shape: Shape) -> Result<Self, Failure> {
        let tally = Tally::new(shape);
        let config = BatchConfigBuilder::default().with_max_queue_size(Self::QUEUE).build();
        let processor = BatchLogProcessor::builder(Discard { tally: tally.clone() });
        let processor = processor.with_batch_config(config).build();
        let logs = SdkLoggerProvider::builder().with_log_processor(processor).build();
        let layer = OpenTelemetryTracingBridge::new(&logs);
        tracing::subscriber::set_global_default(registry().with(layer))?;
        Ok(Self { logs, spans: SdkTracerProvider::builder().build(), tally })
    }

    /// What makes the spans whose ids the records get; the spans themselves are discarded.
    pub(crate) fn tracer(&self) -> SdkTracer {
        self.spans.tracer(env!("CARGO_PKG_NAME"))
    }
}

impl Destination for Appender {
    fn flush(&self) -> Result<(), Failure> {
        Ok(self.logs.force_flush()?)
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.tally.operations())
    }
}

/// An exporter that looks at all of every record.
#[derive(Debug)]
struct Discard {
    tally: Tally,
}

impl LogExporter for Discard {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        self.tally.add(batch.iter().map(|(record, _)| {
            black_box((record.severity_number(), record.body()));
            Seen {
                has_ids: record.trace_context().is_some(),
                is_root: false,
                attributes: record.attributes_iter().map(black_box).count(),
            }
        }));
        Ok(())
    }
}
