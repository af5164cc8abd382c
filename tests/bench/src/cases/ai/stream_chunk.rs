//! A chunk of a streamed answer: what reading it for its usage adds.

use std::time::Duration;

use super::stream::{Streams, parse, pass};
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::{Nowhere, PerBurst};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "ai",
    name: "stream_chunk",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: LOAD,
    ours,
    peers: &[Peer::new("serde_json", serde_json).expected(3.0)],
};

/// A stream for a burst, so that of the call itself a chunk has a thousandth.
const LOAD: Load =
    Load { burst: 1_000, interval: Duration::from_millis(10), warm_up: 10, bursts: 100 };

const SHAPE: Shape = Shape::spans(1, 16).and_metric("gen_ai.client.inference.duration");

fn bare() -> Result<Subject, Failure> {
    let mut streams = Streams::new(|client| client, pass)?;
    Ok(Subject::of_bursts(move |chunks| streams.burst(chunks), Nowhere))
}

/// The whole call: span, metrics, time from chunk to chunk, usage and cost.
fn ours() -> Result<Subject, Failure> {
    let records = Ours::install(SHAPE)?;
    let mut streams = Streams::new(|client| client.with(telemetry_ai::Middleware::new()), pass)?;
    let destination = PerBurst { records, operations: LOAD.burst };
    Ok(Subject::of_bursts(move |chunks| streams.burst(chunks), destination))
}

/// The tree of each chunk alone, without any telemetry.
fn serde_json() -> Result<Subject, Failure> {
    let mut streams = Streams::new(|client| client, parse)?;
    Ok(Subject::of_bursts(move |chunks| streams.burst(chunks), Nowhere))
}
