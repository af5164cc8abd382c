//! The same, with the spans ended as OTLP in a receiver.

use super::hello::{Hello, LOAD};
use super::hello_cpu::bare;
use crate::case::{Case, Comparison, Cores, Peer, Subject};
use crate::failure::Failure;
use crate::ours::OursOtlp;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "hello_cpu_otlp",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[Peer::new(Case::BARE, bare)],
};

fn ours() -> Result<Subject, Failure> {
    let destination = OursOtlp::install(Shape::spans(1, 9))?;
    let mut service = Hello::new(|router| router.layer(telemetry_http::Layer::new()))?;
    Ok(Subject::of_timed_bursts(move |requests| service.burst(requests), destination))
}
