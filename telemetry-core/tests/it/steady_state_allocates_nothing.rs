use std::sync::Arc;

use allocation_counter::measure;
use telemetry_core::{Batch, Pipeline, Receipt, Sampler, Signal, Sink, emit, span};

use crate::support::HANGS;

/// Takes all and keeps nothing.
struct Discard;

impl Sink for Discard {
    fn name(&self) -> &'static str {
        "discard"
    }
    fn accepts(&self, _: Signal) -> bool {
        true
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        Receipt::exported(batch)
    }
}

fn request(index: usize) {
    span!("request", "http.route" = "/orders/{id}", "index" = index).in_scope(|| {
        span!("query", "db.system.name" = "sqlite", "ok" = true, "share" = 0.25).in_scope(|| ());
        span!("render", "template" = "order.html").in_scope(|| {
            emit!("rendered", { bytes: 4096 }, "template" = "order.html");
        });
    });
}

/// How often the calling thread allocates in a few hundred requests, when it has had some before: the least of
/// several times, since memory that nobody has used for seconds is given back, and a busy machine may let as
/// much time pass.
fn allocations_with(sampler: Sampler) -> u64 {
    let builder = Pipeline::builder().sampler(sampler).self_telemetry(true);
    let pipeline = builder.sink(Box::new(Discard)).build().unwrap();
    let mut rounds = 0;
    let mut round = || {
        rounds += 1;
        // More than what is measured, so that there are segments for that.
        (0..1_000).for_each(request);
        assert!(pipeline.flush(HANGS).is_complete());
        measure(|| (0..200).for_each(request)).count_total
    };
    let allocations = pipeline.scoped(|| {
        let mut least = round();
        for _ in 0..9 {
            least = if least > 0 { least.min(round()) } else { 0 };
        }
        least
    });
    assert!(pipeline.shutdown(HANGS).is_complete());
    let ledger = pipeline.ledger();
    assert_eq!(ledger.spans.ended, rounds * 3_600, "{ledger}");
    assert!(ledger.balances(), "{ledger}");
    allocations
}

#[test]
fn sampled_spans_and_events_allocate_nothing() {
    assert_eq!(allocations_with(Sampler::AlwaysOn), 0);
    // It is counted at all.
    assert_eq!(measure(|| drop(std::hint::black_box(Box::new(1)))).count_total, 1);
}

#[test]
fn spans_that_are_not_sampled_allocate_nothing() {
    assert_eq!(allocations_with(Sampler::AlwaysOff), 0);
}
