//! A flush delivers what had ended when it was called, also where the thread that made it is just making
//! more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use telemetry_core::testing::{Capture, assert_ledger_balances};
use telemetry_core::{Batch, Pipeline, Receipt, Signal, Sink, span};

const PATIENCE: Duration = Duration::from_secs(60);

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

#[test]
fn under_load_from_several_threads() {
    let builder = Pipeline::builder().sweep_interval(Duration::from_secs(3600));
    let pipeline = builder.sink(Box::new(Discard)).build().unwrap();
    let (ended, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let load = [(); 3].map(|()| {
        let (pipeline, ended, done) = (pipeline.clone(), Arc::clone(&ended), Arc::clone(&done));
        thread::spawn(move || {
            pipeline.scoped(|| {
                while !done.load(Ordering::Relaxed) {
                    span!("work", "text" = "so that there is something to write").in_scope(|| ());
                    ended.fetch_add(1, Ordering::Release);
                }
            });
        })
    });
    for round in 0..100 {
        let due = ended.load(Ordering::Acquire);
        let report = pipeline.flush(PATIENCE);
        assert!(report.is_complete(), "{report:?}");
        let ledger = pipeline.ledger();
        let arrived = ledger.sinks[0].spans.exported + ledger.sinks[0].spans.dropped;
        let found = arrived + ledger.spans.total_dropped();
        assert!(found >= due, "round {round}: {found} of {due}\n{ledger}");
    }
    done.store(true, Ordering::Relaxed);
    load.into_iter().for_each(|thread| thread.join().unwrap());
    assert_ledger_balances(&pipeline);
}

#[test]
fn however_long_the_time_that_it_is_given() {
    let capture = Capture::start();
    capture.run(|| span!("work").in_scope(|| ()));
    assert!(capture.pipeline().flush(Duration::MAX).is_complete());
    assert!(capture.pipeline().shutdown(Duration::MAX).is_complete());
    assert_eq!(capture.ledger().sinks[0].spans.exported, 1);
}
