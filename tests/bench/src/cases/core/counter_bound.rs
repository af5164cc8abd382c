//! A counter's series that is known beforehand, raised. The peer has no handle on a series unless an
//! experimental feature is turned on; its attributes are made beforehand.

use std::hint::black_box;

use super::labels::{self, COUNTER, Labels};
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_metrics::SdkMetrics;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "counter_bound",
    comparison: Comparison::Added { bare: labels::bare },
    cores: Cores::One,
    load: Load::INSTANTS,
    ours,
    peers: &[Peer::new("opentelemetry_sdk", opentelemetry_sdk).expected(15.0)],
};

const SHAPE: Shape = Shape::metric(COUNTER);

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let orders = destination.meter().counter(COUNTER).build().bind(&Labels::at(0).values());
    Ok(Subject::new(move |_| orders.add(black_box(1)), destination))
}

fn opentelemetry_sdk() -> Result<Subject, Failure> {
    let destination = SdkMetrics::new(SHAPE);
    let orders = destination.meter().u64_counter(COUNTER).build();
    let pairs = Labels::at(0).pairs();
    Ok(Subject::new(move |_| orders.add(black_box(1), &pairs), destination))
}
