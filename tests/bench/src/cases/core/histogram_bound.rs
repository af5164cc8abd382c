//! A value entered into a histogram's series that is known beforehand, with the buckets of durations of
//! requests. The peer has no handle on a series unless an experimental feature is turned on; its
//! attributes are made beforehand.

use std::hint::black_box;

use super::labels::Labels;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_metrics::SdkMetrics;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "histogram_bound",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::INSTANTS,
    ours,
    peers: &[Peer::new("opentelemetry_sdk", opentelemetry_sdk).expected(6.0)],
};

const HISTOGRAM: &str = "http.server.request.duration";
const SHAPE: Shape = Shape::metric(HISTOGRAM);
const BOUNDS: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Durations in seconds, most of them short.
const DURATIONS: [f64; 8] = [0.002, 0.004, 0.021, 0.003, 0.11, 0.007, 0.0009, 0.62];

fn duration(turn: u64) -> f64 {
    black_box(DURATIONS[(turn % 8) as usize])
}

fn bare() -> Result<Subject, Failure> {
    let operation = |turn| {
        duration(turn);
    };
    Ok(Subject::new(operation, Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let histogram = destination.meter().histogram(HISTOGRAM).unit("s").buckets(&BOUNDS).build();
    let durations = histogram.bind(&Labels::at(0).values());
    Ok(Subject::new(move |turn| durations.record(duration(turn)), destination))
}

fn opentelemetry_sdk() -> Result<Subject, Failure> {
    let destination = SdkMetrics::new(SHAPE);
    let meter = destination.meter();
    let histogram = meter.f64_histogram(HISTOGRAM).with_unit("s");
    let durations = histogram.with_boundaries(BOUNDS.to_vec()).build();
    let pairs = Labels::at(0).pairs();
    Ok(Subject::new(move |turn| durations.record(duration(turn), &pairs), destination))
}
