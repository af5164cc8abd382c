//! Two threads, each on a core of its own, raise one series of a counter at the same time.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use super::labels::{COUNTER, Labels};
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::{Destination, Nowhere};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_metrics::SdkMetrics;
use crate::tally::Shape;
use crate::workers::Workers;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "counter_contended",
    comparison: Comparison::Added { bare },
    cores: Cores::Two,
    // Long enough that both threads are at it for most of a burst, though one wakes later.
    load: Load { burst: 200_000, interval: Duration::from_millis(200), warm_up: 2, bursts: 8 },
    ours,
    peers: &[Peer::new("opentelemetry_sdk", opentelemetry_sdk).expected(15.0)],
};

const SHAPE: Shape = Shape::metric(COUNTER);

fn bare() -> Result<Subject, Failure> {
    let add = |value| {
        black_box(value);
    };
    on_two_threads(add, Nowhere)
}

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let orders = destination.meter().counter(COUNTER).build().bind(&Labels::at(0).values());
    on_two_threads(move |value| orders.add(value), destination)
}

fn opentelemetry_sdk() -> Result<Subject, Failure> {
    let destination = SdkMetrics::new(SHAPE);
    let orders = destination.meter().u64_counter(COUNTER).build();
    let pairs = Labels::at(0).pairs();
    on_two_threads(move |value| orders.add(value, &pairs), destination)
}

fn on_two_threads(
    add: impl Fn(u64) + Send + Sync + 'static,
    destination: impl Destination + 'static,
) -> Result<Subject, Failure> {
    let add = Arc::new(add);
    let worker = || {
        let add = Arc::clone(&add);
        move |operations| (0..operations).for_each(|_| add(black_box(1)))
    };
    let workers = Workers::new([worker(), worker()])?;
    Ok(Subject::of_bursts(move |operations| workers.burst(operations), destination))
}
