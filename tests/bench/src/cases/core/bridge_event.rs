//! An event of `tracing` with four fields becomes a log record with the ids of the span around it.
//! The spans are each library's own, one for a burst of events, and discarded.

use std::hint::black_box;

use opentelemetry::trace::Tracer;
use telemetry_core::span;
use tracing::info;

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::Request;
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_appender_tracing::Appender;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "bridge_event",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::SHORT,
    ours,
    peers: &[Peer::new("opentelemetry-appender-tracing", appender).expected(2.0)],
};

const SHAPE: Shape = Shape::log(4);

/// No subscriber.
fn bare() -> Result<Subject, Failure> {
    let requests = Request::several();
    Ok(Subject::of_bursts(move |events| emit(&requests, events), Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    super::subscribe_bridge()?;
    let requests = Request::several();
    let burst = move |events| span!("GET /orders/{id}").in_scope(|| emit(&requests, events));
    Ok(Subject::of_bursts(burst, destination))
}

fn appender() -> Result<Subject, Failure> {
    let destination = Appender::install(SHAPE)?;
    let tracer = destination.tracer();
    let requests = Request::several();
    let burst = move |events| tracer.in_span("GET /orders/{id}", |_| emit(&requests, events));
    Ok(Subject::of_bursts(burst, destination))
}

fn emit(requests: &[Request; 8], events: u64) {
    for turn in 0..events {
        let request = black_box(Request::at(requests, turn));
        info!(
            tenant.id = request.tenant,
            order.lines = request.lines,
            order.bytes = request.bytes,
            cache.hit = request.cached,
            "order placed"
        );
    }
}
