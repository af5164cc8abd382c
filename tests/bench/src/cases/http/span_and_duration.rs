//! A request to an axum service of one route: server span, duration and requests under way, which takes
//! two layers elsewhere.

use super::in_process::InProcess;
use super::span_and_metrics::bare;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::axum_tracing_opentelemetry::AxumTracing;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "span_and_duration",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("axum-tracing-opentelemetry, axum-prometheus", both).expected(12.0)],
};

const SPANS: Shape = Shape::spans(1, 6);

/// The layer without what the peers don't make: request ids and sizes.
fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SPANS.and_metric("http.server.request.duration"))?;
    let layer = telemetry_http::Layer::new().without_request_id().without_body_sizes();
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}

fn both() -> Result<Subject, Failure> {
    let (around, destination) = AxumTracing::install(SPANS)?;
    let mut service = InProcess::new(around)?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}
