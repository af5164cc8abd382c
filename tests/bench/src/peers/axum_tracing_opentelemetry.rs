//! `axum-tracing-opentelemetry` over `tracing-opentelemetry` as it comes, with `axum-prometheus` for the
//! metrics that it lacks.

use axum::Router;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::global;
use opentelemetry_sdk::propagation::TraceContextPropagator;

use super::metrics::Metrics;
use super::opentelemetry_sdk::Sdk;
use super::{axum_prometheus, tracing_opentelemetry};
use crate::destination::Destination;
use crate::failure::Failure;
use crate::tally::Shape;

/// Spans of the one, metrics of the other.
#[derive(Debug)]
pub(crate) struct AxumTracing {
    spans: Sdk,
    metrics: Metrics,
}

impl AxumTracing {
    /// Both installed, and what puts their layers around a router, in the order that both show: the
    /// span outermost.
    pub(crate) fn install(spans: Shape) -> Result<(impl FnOnce(Router) -> Router, Self), Failure> {
        let sdk = tracing_opentelemetry::install(spans)?;
        global::set_text_map_propagator(TraceContextPropagator::new());
        let (layer, metrics) = axum_prometheus::install(Shape::metric(axum_prometheus::REQUESTS))?;
        let around = |router: Router| router.layer(layer).layer(OtelAxumLayer::default());
        Ok((around, Self { spans: sdk, metrics }))
    }
}

impl Destination for AxumTracing {
    fn flush(&self) -> Result<(), Failure> {
        self.spans.flush()?;
        self.metrics.flush()
    }

    fn delivered(&self) -> Option<u64> {
        let (spans, metrics) = (self.spans.delivered()?, self.metrics.delivered()?);
        Some(spans.min(metrics))
    }
}
