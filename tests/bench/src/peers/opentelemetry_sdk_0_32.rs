//! The `opentelemetry_sdk` that some peers are on, with its batch span processor and its periodic
//! reader.

use std::hint::black_box;
use std::time::Duration;

use opentelemetry_0_32::trace::SpanId;
use opentelemetry_sdk_0_32::error::OTelSdkResult;
use opentelemetry_sdk_0_32::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk_0_32::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk_0_32::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use opentelemetry_sdk_0_32::trace::{
    BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter,
};

use crate::tally::{Seen, Tally};

/// Twice the default, so that no burst can fill it.
const QUEUE: usize = 4096;

/// A tracer provider as a user gets it, but for the exporter and the queue.
pub(super) fn tracer_provider(tally: Tally) -> SdkTracerProvider {
    let config = BatchConfigBuilder::default().with_max_queue_size(QUEUE).build();
    let processor =
        BatchSpanProcessor::builder(DiscardSpans { tally }).with_batch_config(config).build();
    SdkTracerProvider::builder().with_span_processor(processor).build()
}

/// A meter provider as a user gets it, but for the exporter and the interval.
pub(super) fn meter_provider(tally: Tally) -> SdkMeterProvider {
    let reader = PeriodicReader::builder(DiscardMetrics { tally })
        .with_interval(Tally::METRICS_INTERVAL)
        .build();
    SdkMeterProvider::builder().with_reader(reader).build()
}

/// An exporter that looks at all of every span.
#[derive(Debug)]
struct DiscardSpans {
    tally: Tally,
}

impl SpanExporter for DiscardSpans {
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

/// An exporter that looks at every metric.
#[derive(Debug)]
struct DiscardMetrics {
    tally: Tally,
}

impl PushMetricExporter for DiscardMetrics {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let wanted = self.tally.shape().metric;
        let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics()).map(black_box);
        for metric in metrics.filter(|metric| Some(metric.name()) == wanted) {
            if let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() {
                self.tally.set_recorded(histogram.data_points().map(|point| point.count()).sum());
            }
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}
