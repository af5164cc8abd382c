//! Shutdown and flush from wherever a program may call them, each watched: one that hangs fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use telemetry_core::{Batch, Pipeline, Receipt, Signal, Sink, span};

use crate::support::HANGS;

/// How long each call is given: far more than it takes on a machine that does much else.
const PATIENCE: Duration = HANGS;

/// Runs `work` on a thread of its own; fails when it isn't done in time.
fn watched<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, result) = mpsc::channel();
    let worker = thread::spawn(move || {
        let _ = done.send(work());
    });
    // A timeout says that it hangs, a disconnection that it panicked.
    let result = result.recv_timeout(10 * HANGS).unwrap();
    worker.join().unwrap();
    result
}

/// Makes a span, flushes and shuts down, twice.
fn use_up(pipeline: &Pipeline) {
    pipeline.scoped(|| span!("work").in_scope(|| ()));
    assert!(pipeline.flush(PATIENCE).is_complete());
    assert!(pipeline.flush(PATIENCE).is_complete());
    assert!(pipeline.shutdown(PATIENCE).is_complete());
    assert!(pipeline.shutdown(PATIENCE).is_complete());
    assert!(pipeline.flush(PATIENCE).is_complete());
    assert_eq!(pipeline.ledger().spans.accepted, 1);
}

fn pipeline() -> Pipeline {
    Pipeline::builder().sink(Box::new(Discard)).build().unwrap()
}

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

/// Has a runtime of its own and blocks on it, as clients do that have no other interface.
struct Asynchronous(tokio::runtime::Runtime);

impl Sink for Asynchronous {
    fn name(&self) -> &'static str {
        "asynchronous"
    }
    fn accepts(&self, _: Signal) -> bool {
        true
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        self.0.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
        Receipt::exported(batch)
    }
}

/// Never comes back from `export` until it is let go; says when it is there.
struct Stuck(Arc<AtomicBool>, mpsc::Sender<()>);

impl Sink for Stuck {
    fn name(&self) -> &'static str {
        "stuck"
    }
    fn accepts(&self, _: Signal) -> bool {
        true
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        self.1.send(()).unwrap();
        while !self.0.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
        Receipt::exported(batch)
    }
}

#[test]
fn outside_of_any_runtime() {
    watched(|| use_up(&pipeline()));
}

/// Where flush and shutdown of opentelemetry-rust hung (#2583, #3176).
#[test]
fn inside_a_current_thread_runtime() {
    watched(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { use_up(&pipeline()) });
    });
}

/// Where the shutdown of opentelemetry-rust hung (#868).
#[test]
fn inside_a_multi_thread_runtime_and_all_its_workers_at_once() {
    watched(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            use_up(&pipeline());
            let shared = pipeline();
            // As many as there are workers, so that none is free to drive anything for the others.
            let tasks = [(); 2].map(|()| {
                let shared = shared.clone();
                tokio::spawn(async move { shared.shutdown(PATIENCE).is_complete() })
            });
            for task in tasks {
                assert!(task.await.unwrap());
            }
        });
    });
}

#[test]
fn with_a_sink_that_has_a_runtime_inside_a_runtime() {
    watched(|| {
        let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let builder = Pipeline::builder().sink(Box::new(Asynchronous(own)));
            use_up(&builder.build().unwrap());
        });
    });
}

#[test]
fn from_a_drop_while_the_thread_panics_inside_a_runtime_too() {
    struct OnDrop(Pipeline);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            assert!(thread::panicking());
            let _ = self.0.flush(PATIENCE);
            let _ = self.0.shutdown(PATIENCE);
        }
    }
    for in_runtime in [false, true] {
        let pipeline = pipeline();
        let inner = pipeline.clone();
        let result = watched(move || {
            thread::spawn(move || {
                let guard = OnDrop(inner);
                let fail = || {
                    guard.0.scoped(|| span!("work").in_scope(|| ()));
                    panic!("on purpose");
                };
                if in_runtime {
                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    runtime.block_on(async { fail() });
                }
                fail();
            })
            .join()
        });
        assert!(result.is_err());
        let ledger = pipeline.ledger();
        assert_eq!((ledger.spans.ended, ledger.spans.accepted), (1, 1), "{ledger}");
        assert_eq!(ledger.sinks[0].spans.exported, 1, "{ledger}");
    }
}

#[test]
fn of_two_pipelines_in_one_process_from_both_their_spans() {
    watched(|| {
        let (one, other) = (pipeline(), pipeline());
        one.scoped(|| {
            span!("outer").in_scope(|| {
                other.scoped(|| span!("inner").in_scope(|| ()));
                assert!(other.shutdown(PATIENCE).is_complete());
                assert!(one.flush(PATIENCE).is_complete());
            });
        });
        assert!(one.shutdown(PATIENCE).is_complete());
        assert_eq!((one.ledger().spans.accepted, other.ledger().spans.accepted), (1, 1));
    });
}

#[test]
fn from_many_threads_at_once_amid_load() {
    watched(|| {
        let pipeline = pipeline();
        let load = pipeline.clone();
        let stop = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&stop);
        let load = thread::spawn(move || {
            load.scoped(|| {
                while !until.load(Ordering::Relaxed) {
                    span!("work").in_scope(|| ());
                    thread::yield_now();
                }
            });
        });
        let callers = [(); 8].map(|()| {
            let pipeline = pipeline.clone();
            thread::spawn(move || {
                let _ = pipeline.flush(PATIENCE);
                pipeline.shutdown(PATIENCE).is_complete()
            })
        });
        assert!(callers.into_iter().all(|caller| caller.join().unwrap()));
        stop.store(true, Ordering::Relaxed);
        load.join().unwrap();
        assert!(pipeline.ledger().balances(), "{}", pipeline.ledger());
    });
}

#[test]
fn on_a_sink_that_never_comes_back() {
    let go = Arc::new(AtomicBool::new(false));
    let (entered, inside) = mpsc::channel();
    let sink = Box::new(Stuck(Arc::clone(&go), entered));
    let report = watched(move || {
        let pipeline = Pipeline::builder().sink(sink).build().unwrap();
        pipeline.scoped(|| span!("work").in_scope(|| ()));
        inside.recv_timeout(HANGS).unwrap();
        assert_eq!(pipeline.flush(Duration::from_millis(50)).late_sinks, 1);
        pipeline.shutdown(Duration::from_millis(50))
    });
    assert_eq!(report.late_sinks, 1);
    go.store(true, Ordering::Release);
}
