//! Metrics for Prometheus to fetch ([`PrometheusExporter`]): the
//! [text format 0.0.4](https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format)
//! and [OpenMetrics 1.0](https://prometheus.io/docs/specs/om/open_metrics_spec/), names and labels
//! after OpenTelemetry's
//! [compatibility specification](https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/).

mod accept;
mod classic;
mod family;
mod label;
mod name;
#[cfg(test)]
mod parser;
#[cfg(test)]
mod tests;
mod text;
mod unit;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use telemetry_core::{MetricSnapshot, Pipeline, Resource};

use crate::notice::say;
use accept::Format;
use family::Families;

/// Renders the metrics as they stand, in a format of Prometheus. A handle, cheap to clone.
///
/// With the feature `axum`, `Telemetry::metrics_route` serves it;
/// any other server needs three lines:
///
/// ```
/// # let telemetry = telemetry_export::Telemetry::builder().console(telemetry_export::Console::None).build()?;
/// let exporter = telemetry.prometheus();
/// // In the handler of `/metrics`, with the request's `Accept` header:
/// let rendered = exporter.render(Some("text/plain"));
/// assert_eq!(rendered.content_type, "text/plain; version=0.0.4; charset=utf-8");
/// assert!(rendered.body.contains("target_info{"));
/// # Ok::<(), telemetry_export::InitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PrometheusExporter {
    pipeline: Option<Pipeline>,
    scope_labels: bool,
    /// Whether a conflict of names was reported.
    warned: Arc<AtomicBool>,
}

/// An answer to a scrape.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// For the header `Content-Type`.
    pub content_type: &'static str,
    /// The metrics.
    pub body: String,
}

impl PrometheusExporter {
    /// How long a scrape waits for the collector.
    const PATIENCE: Duration = Duration::from_millis(100);

    /// The exporter of a pipeline, or of nothing at all.
    pub(crate) fn new(pipeline: Option<Pipeline>) -> Self {
        Self { pipeline, scope_labels: true, warned: Arc::default() }
    }

    /// Leaves out the labels `otel_scope_name` and `otel_scope_version`, which say on every series
    /// what library it comes from and which the specification asks for by default. Metrics of the
    /// same name from two libraries collide without them.
    #[must_use]
    pub fn without_scope_labels(mut self) -> Self {
        self.scope_labels = false;
        self
    }

    /// Renders the metrics in what `accept` prefers, the value of the request's `Accept` header:
    /// OpenMetrics 1.0 where it is named, which has exemplars, else the text format 0.0.4, which has
    /// none. Exponential histograms come with a bucket for each half of a power of two.
    ///
    /// It blocks: for the collector, so that metrics made by views are those of this moment, for a tenth
    /// of a second at the most, and for observable instruments as [`Pipeline::metrics`] does. From async
    /// code call it where that is allowed, as `Telemetry::metrics_route` does.
    pub fn render(&self, accept: Option<&str>) -> Rendered {
        let format = Format::negotiate(accept);
        let (snapshot, resource) = match &self.pipeline {
            Some(pipeline) => {
                pipeline.sweep(Self::PATIENCE);
                (pipeline.metrics(), pipeline.resource().clone())
            }
            None => (MetricSnapshot::default(), Resource::default()),
        };
        let families = Families::of(&snapshot, self.scope_labels);
        if let Some(conflict) = families.conflicts().first()
            && !self.warned.swap(true, Ordering::Relaxed)
        {
            say(format_args!("prometheus: {conflict}"));
        }
        Rendered {
            content_type: format.content_type(),
            body: text::render(&families, &resource, format),
        }
    }
}
