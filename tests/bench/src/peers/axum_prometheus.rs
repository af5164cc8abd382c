//! `axum-prometheus` over the recorder of `metrics-exporter-prometheus`.

use axum_prometheus::{AXUM_HTTP_REQUESTS_DURATION_SECONDS, PrometheusMetricLayer, utils};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

use super::metrics::Metrics;
use crate::failure::Failure;
use crate::tally::Shape;

/// The counter that it raises with every answer.
pub(crate) const REQUESTS: &str = "axum_http_requests_total";

/// The layer as it comes, over a recorder with the buckets that it sets itself.
pub(crate) fn install(shape: Shape) -> Result<(PrometheusMetricLayer<'static>, Metrics), Failure> {
    let duration = Matcher::Full(AXUM_HTTP_REQUESTS_DURATION_SECONDS.to_owned());
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(duration, utils::SECONDS_DURATION_BUCKETS)?;
    Ok((PrometheusMetricLayer::new(), Metrics::install_built(builder, shape)?))
}
