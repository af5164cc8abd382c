//! A request to an axum service of one route, where sampling leaves every span out: the metrics remain.

use telemetry_core::{Ratio, Sampler};

use super::in_process::InProcess;
use super::span_and_metrics::bare;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_instrumentation_tower::InstrumentationTower;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "sampled_out",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("opentelemetry-instrumentation-tower", instrumentation_tower).expected(5.0)],
};

const SHAPE: Shape = Shape::metric("http.server.request.duration");

fn ours() -> Result<Subject, Failure> {
    let ratio = Ratio::new(0.0).ok_or("not a ratio")?;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(ratio)));
    let destination = Ours::install_sampling(SHAPE, sampler)?;
    let layer = telemetry_http::Layer::new().without_request_id();
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}

fn instrumentation_tower() -> Result<Subject, Failure> {
    use opentelemetry_sdk::trace::Sampler;
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.0)));
    let destination = InstrumentationTower::install_sampling(SHAPE, sampler);
    let layer = opentelemetry_instrumentation_tower::http::server::Layer::new();
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), destination))
}
