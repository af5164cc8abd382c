//! `opentelemetry-otlp` under `tracing-opentelemetry`: its exporter over HTTP, in protocol buffers,
//! behind the SDK's batch span processor.

use opentelemetry_otlp::{SpanExporter, WithExportConfig};

use super::opentelemetry_sdk;
use super::tracing_opentelemetry;
use crate::destination::Destination;
use crate::failure::Failure;
use crate::receiver::Receiver;
use crate::tally::Shape;

/// A provider whose exporter sends to a receiver.
#[derive(Debug)]
pub(crate) struct Otlp {
    provider: opentelemetry_sdk::SdkTracerProvider,
    receiver: Receiver,
}

impl Otlp {
    /// Half a second's spans: so long may the receiver be held up on a busy machine.
    const QUEUE: usize = 8192;

    /// Installs the layer as it comes, over an exporter as it comes.
    pub(crate) fn install(shape: Shape) -> Result<Self, Failure> {
        let receiver = Receiver::start(shape)?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_endpoint(format!("{}/v1/traces", receiver.url()))
            .build()?;
        let provider = opentelemetry_sdk::provider(exporter, Self::QUEUE).build();
        tracing_opentelemetry::subscribe(&provider)?;
        Ok(Self { provider, receiver })
    }
}

impl Destination for Otlp {
    fn flush(&self) -> Result<(), Failure> {
        Ok(self.provider.force_flush()?)
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.receiver.operations())
    }
}
