//! The metrics of `opentelemetry_sdk`, with its periodic reader.

use std::hint::black_box;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use crate::tally::Tally;

/// A meter provider as a user gets it, but for the exporter and the interval.
pub(super) fn provider(tally: Tally) -> SdkMeterProvider {
    let reader =
        PeriodicReader::builder(Discard { tally }).with_interval(Tally::METRICS_INTERVAL).build();
    SdkMeterProvider::builder().with_reader(reader).build()
}

/// An exporter that looks at every metric.
#[derive(Debug)]
struct Discard {
    tally: Tally,
}

impl PushMetricExporter for Discard {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics()).map(black_box);
        for metric in metrics.filter(|metric| Some(metric.name()) == self.tally.histogram()) {
            if let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() {
                let counts = histogram.data_points().map(|point| point.count());
                self.tally.set_recorded(counts.sum());
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
