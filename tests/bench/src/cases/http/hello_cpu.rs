//! A request over TCP to an axum service that says hello, with everything on, as a share of one without
//! telemetry.

use super::hello::{Hello, LOAD};
use crate::case::{Case, Comparison, Cores, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "hello_cpu",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[
        Peer::new(Case::BARE, bare).expected(1.05),
        Peer::new(Case::UNINITIALISED, uninitialised),
    ],
};

/// Method, scheme, path, route, version, server, user agent, status and the request's id.
pub(super) const SHAPE: Shape = Shape::spans(1, 9).and_metric("http.server.request.duration");

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let mut service = Hello::new(|router| router.layer(telemetry_http::Layer::new()))?;
    Ok(Subject::of_timed_bursts(move |requests| service.burst(requests), destination))
}

/// The layer where telemetry was never started: it passes everything through.
fn uninitialised() -> Result<Subject, Failure> {
    let mut service = Hello::new(|router| router.layer(telemetry_http::Layer::new()))?;
    Ok(Subject::of_timed_bursts(move |requests| service.burst(requests), Nowhere))
}

pub(super) fn bare() -> Result<Subject, Failure> {
    let mut service = Hello::new(|router| router)?;
    Ok(Subject::of_timed_bursts(move |requests| service.burst(requests), Nowhere))
}
