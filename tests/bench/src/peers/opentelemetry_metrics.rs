//! The metrics of `opentelemetry_sdk`, with its periodic reader.

use std::hint::black_box;
use std::time::Duration;

use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};

use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::{Shape, Tally};

/// A meter provider whose exporter counts and discards.
#[derive(Debug)]
pub(crate) struct SdkMetrics {
    provider: SdkMeterProvider,
    tally: Tally,
}

impl SdkMetrics {
    /// A provider as a user gets it, but for the exporter and the interval.
    pub(crate) fn new(shape: Shape) -> Self {
        let tally = Tally::new(shape);
        Self { provider: provider(tally.clone()), tally }
    }

    /// What makes instruments.
    pub(crate) fn meter(&self) -> Meter {
        self.provider.meter(env!("CARGO_PKG_NAME"))
    }
}

impl Destination for SdkMetrics {
    fn flush(&self) -> Result<(), Failure> {
        Ok(self.provider.force_flush()?)
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.tally.operations())
    }
}

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
        let wanted = self.tally.shape().metric;
        let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics()).map(black_box);
        for metric in metrics.filter(|metric| Some(metric.name()) == wanted) {
            self.tally.set_recorded(recorded(metric.data()));
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

/// What a counter has come to, or the number of values in a histogram.
fn recorded(data: &AggregatedMetrics) -> u64 {
    match data {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| point.value()).sum()
        }
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            histogram.data_points().map(|point| point.count()).sum()
        }
        _ => 0,
    }
}
