//! One poll of a future within a span.

use telemetry_core::span;
use tracing::{Instrument, info_span};

use super::polls::{self, Polls, poll_to_the_end, span_of_a_burst};
use crate::case::{Case, Comparison, Cores, Peer, Subject};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_sdk::Sdk;
use crate::peers::tracing_opentelemetry;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "poll",
    comparison: Comparison::Added { bare: polls::bare },
    cores: Cores::One,
    load: polls::LOAD,
    ours,
    peers: &[
        Peer::new("tracing-opentelemetry", as_it_comes).expected(20.0),
        Peer::new("tracing-opentelemetry (lean)", lean),
    ],
};

const SHAPE: Shape = Shape::spans(1, 0);

fn ours() -> Result<Subject, Failure> {
    let destination = span_of_a_burst(Ours::install(SHAPE)?);
    let burst = |polls| poll_to_the_end(span!("place order").run(Polls(polls)));
    Ok(Subject::of_bursts(burst, destination))
}

fn as_it_comes() -> Result<Subject, Failure> {
    Ok(instrumented(tracing_opentelemetry::install(SHAPE)?))
}

fn lean() -> Result<Subject, Failure> {
    Ok(instrumented(tracing_opentelemetry::install_lean(SHAPE)?))
}

fn instrumented(destination: Sdk) -> Subject {
    let burst = |polls| poll_to_the_end(Polls(polls).instrument(info_span!("place order")));
    Subject::of_bursts(burst, span_of_a_burst(destination))
}
