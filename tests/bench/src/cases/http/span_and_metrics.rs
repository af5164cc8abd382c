//! A request to an axum service of one route: server span, duration, requests under way and the sizes of
//! both bodies.

use super::in_process::InProcess;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_instrumentation_tower::InstrumentationTower;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "span_and_metrics",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("opentelemetry-instrumentation-tower", instrumentation_tower).expected(5.0)],
};

/// Method, scheme, path, route, user agent and status.
const SHAPE: Shape = Shape::spans(1, 6).and_metric("http.server.request.duration");

pub(super) fn bare() -> Result<Subject, Failure> {
    let mut service = InProcess::new(|router| router)?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), Nowhere))
}

/// The layer without request ids, which the peer doesn't make.
fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let layer = telemetry_http::Layer::new().without_request_id();
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}

fn instrumentation_tower() -> Result<Subject, Failure> {
    let destination = InstrumentationTower::install(SHAPE);
    let layer = opentelemetry_instrumentation_tower::http::server::Layer::new();
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}
