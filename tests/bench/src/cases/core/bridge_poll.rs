//! One poll of a future with `#[instrument]` of `tracing`, through our bridge. Bare has no subscriber.

use tracing::instrument;

use super::polls::{self, Polls, poll_to_the_end, span_of_a_burst};
use crate::case::{Case, Comparison, Cores, Peer, Subject};
use crate::destination::{Destination, Nowhere};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::tracing_opentelemetry;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "bridge_poll",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: polls::LOAD,
    ours,
    peers: &[
        Peer::new("tracing-opentelemetry", as_it_comes).expected(4.0),
        Peer::new("tracing-opentelemetry (lean)", lean),
    ],
};

/// The function's argument is an attribute.
const SHAPE: Shape = Shape::spans(1, 1);

#[instrument]
async fn place_order(polls: u64) {
    Polls(polls).await;
}

fn bare() -> Result<Subject, Failure> {
    Ok(orders(Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    super::subscribe_bridge()?;
    Ok(orders(span_of_a_burst(destination)))
}

fn as_it_comes() -> Result<Subject, Failure> {
    Ok(orders(span_of_a_burst(tracing_opentelemetry::install(SHAPE)?)))
}

fn lean() -> Result<Subject, Failure> {
    Ok(orders(span_of_a_burst(tracing_opentelemetry::install_lean(SHAPE)?)))
}

fn orders(destination: impl Destination + 'static) -> Subject {
    Subject::of_bursts(|polls| poll_to_the_end(place_order(polls)), destination)
}
