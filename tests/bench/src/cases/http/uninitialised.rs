//! A request through the layer where telemetry was never started, as a share of one to a service
//! without it.

use super::in_process::InProcess;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "uninitialised",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new(Case::BARE, bare)],
};

fn ours() -> Result<Subject, Failure> {
    let layer = telemetry_http::Layer::new();
    let mut service = InProcess::new(|router| router.layer(layer))?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), Nowhere))
}

fn bare() -> Result<Subject, Failure> {
    let mut service = InProcess::new(|router| router)?;
    Ok(Subject::of_bursts(move |requests| service.burst(requests), Nowhere))
}
