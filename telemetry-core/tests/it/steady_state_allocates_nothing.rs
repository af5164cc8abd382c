use std::sync::Arc;
use std::time::Duration;

use allocation_counter::measure;
use telemetry_core::{Batch, Pipeline, Receipt, Sampler, Signal, Sink, emit, span};

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

/// How often the calling thread allocates in a few hundred requests, when it has had some before.
fn allocations_with(sampler: Sampler) -> u64 {
    let builder = Pipeline::builder().sampler(sampler).self_telemetry(true);
    let pipeline = builder.sink(Box::new(Discard)).build().unwrap();
    let allocations = pipeline.scoped(|| {
        // More than what is measured, so that there are segments for that.
        (0..1_000).for_each(request);
        assert!(pipeline.flush(Duration::from_secs(10)).is_complete());
        measure(|| (0..200).for_each(request)).count_total
    });
    assert!(pipeline.shutdown(Duration::from_secs(10)).is_complete());
    let ledger = pipeline.ledger();
    assert_eq!(ledger.spans.ended, 3_600, "{ledger}");
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
