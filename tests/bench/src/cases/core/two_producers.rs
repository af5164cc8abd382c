//! The same spans, of six attributes each, made by two threads at the same time or by one: what one
//! costs with another producer beside it.

use std::hint::black_box;
use std::time::Duration;

use telemetry_core::span;

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::Request;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::tally::Shape;
use crate::workers::Workers;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "two_producers",
    comparison: Comparison::Share,
    cores: Cores::Two,
    // Long enough that both threads are at it for most of a burst, though one wakes later.
    load: Load { burst: 2_000, interval: Duration::from_millis(40), warm_up: 10, bursts: 30 },
    ours: || producers(2),
    peers: &[Peer::new("one_producer", || producers(1)).expected(1.3)],
};

fn producers(number: usize) -> Result<Subject, Failure> {
    let destination = Ours::install(Shape::spans(1, 6))?;
    let workers = Workers::new((0..number).map(|_| producer()))?;
    Ok(Subject::of_bursts(move |spans| workers.burst(spans), destination))
}

fn producer() -> impl FnMut(u64) + Send {
    let requests = Request::several();
    move |spans| {
        for turn in 0..spans {
            let request = black_box(Request::at(&requests, turn));
            span!(
                "GET /orders/{id}",
                "http.request.method" = "GET",
                "http.route" = "/orders/{id}",
                "tenant.id" = &request.tenant,
                "http.response.status_code" = request.status,
                "order.lines" = request.lines,
                "cache.hit" = request.cached,
            )
            .in_scope(|| black_box(request));
        }
    }
}
