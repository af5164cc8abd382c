//! A counter's series, of four, looked up by three attributes and raised. All values are texts of the
//! program: no side has to copy them.

use std::hint::black_box;

use metrics::counter;

use super::labels::{COUNTER, Labels};
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::metrics::Metrics;
use crate::peers::opentelemetry_metrics::SdkMetrics;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "counter_lookup",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::INSTANTS,
    ours,
    peers: &[
        Peer::new("opentelemetry_sdk", opentelemetry_sdk).expected(1.3),
        Peer::new("metrics", with_metrics).expected(1.3),
    ],
};

const SHAPE: Shape = Shape::metric(COUNTER);

fn bare() -> Result<Subject, Failure> {
    let operation = |turn| {
        black_box((Labels::at(turn), 1_u64));
    };
    Ok(Subject::new(operation, Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let orders = destination.meter().counter(COUNTER).build();
    let operation = move |turn| orders.add(black_box(1), &Labels::at(turn).values());
    Ok(Subject::new(operation, destination))
}

fn opentelemetry_sdk() -> Result<Subject, Failure> {
    let destination = SdkMetrics::new(SHAPE);
    let orders = destination.meter().u64_counter(COUNTER).build();
    let operation = move |turn| orders.add(black_box(1), &Labels::at(turn).pairs());
    Ok(Subject::new(operation, destination))
}

fn with_metrics() -> Result<Subject, Failure> {
    // Prometheus knows no dots.
    const NAME: &str = "shop_orders";
    let destination = Metrics::install(Shape::metric(NAME))?;
    let operation = |turn| {
        let labels = Labels::at(turn);
        counter!(
            NAME,
            "http_request_method" => labels.method,
            "http_route" => labels.route,
            "order_outcome" => labels.outcome,
        )
        .increment(black_box(1));
    };
    Ok(Subject::new(operation, destination))
}
