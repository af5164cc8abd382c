//! A request to an axum service of one route: duration and requests under way, without a span.

use super::in_process::InProcess;
use super::span_and_metrics::bare;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::axum_prometheus;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "metrics_only",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("axum-prometheus", prometheus).expected(6.0)],
};

/// Without sizes, which the peer doesn't measure unless it is told to.
fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(Shape::metric("http.server.request.duration"))?;
    let layer = telemetry_http::Layer::new();
    let layer = layer.without_spans().without_request_id().without_body_sizes();
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}

fn prometheus() -> Result<Subject, Failure> {
    let (layer, destination) = axum_prometheus::install(Shape::metric(axum_prometheus::REQUESTS))?;
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}
