//! A request to an axum service of one route: server span, duration and requests under way.

use std::time::Duration;

use super::in_process::InProcess;
use crate::case::{Case, Comparison, Load, Nowhere, Peer, Subject};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_instrumentation_tower::InstrumentationTower;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "span_and_metrics",
    comparison: Comparison::Added { bare },
    load: Load { burst: 100, interval: Duration::from_millis(5), warm_up: 40, bursts: 200 },
    ours,
    peers: &[Peer { name: "opentelemetry-instrumentation-tower", start: instrumentation_tower }],
};

/// Method, scheme, path, route, user agent and status.
const SHAPE: Shape =
    Shape { spans: 1, attributes: 6, histogram: Some("http.server.request.duration") };

fn bare() -> Result<Subject, Failure> {
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
