//! Rings at work in a whole pipeline, small enough to be watched by valgrind and the sanitizers.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use super::{Fate, begin_frame, end_frame};
use crate::pipeline::{Pipeline, Signal};
use crate::scope::Scope;
use crate::testing::Capture;

const THREADS: usize = 3;
const SPANS: usize = 60;

/// Makes spans of all sizes, the largest of which don't fit into what is left of a segment.
fn make_spans(name: &'static str) {
    for index in 0..SPANS {
        let text = "x".repeat(index * index);
        crate::span!(name, "index" = index, "text" = &text).in_scope(|| {
            crate::emit!("made", { index: index as i64 });
        });
    }
}

fn assert_has_all(capture: &Capture, name: &str, rounds: usize) {
    let spans = capture.spans_named(name);
    assert_eq!(spans.len(), THREADS * SPANS * rounds);
    for span in spans {
        let index: usize = span.attribute("index").unwrap().to_string().parse().unwrap();
        assert_eq!(span.attribute("text").unwrap().to_string(), "x".repeat(index * index));
    }
}

#[test]
fn what_threads_write_while_others_collect_and_threads_end_comes_whole() {
    let capture = Capture::start();
    let written = AtomicBool::new(false);
    thread::scope(|scope| {
        // Those who collect meet those who write.
        scope.spawn(|| {
            while !written.load(Ordering::Acquire) {
                capture.flush();
                thread::yield_now();
            }
        });
        for _ in 0..2 {
            let start = Barrier::new(THREADS);
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        start.wait();
                        capture.run(|| make_spans("work"));
                    });
                }
            });
        }
        written.store(true, Ordering::Release);
    });
    assert_has_all(&capture, "work", 2);
    assert_eq!(capture.events().len(), 2 * THREADS * SPANS);
    capture.assert_ledger_balances();
}

#[test]
fn a_pipeline_that_ends_while_threads_write_accounts_for_everything() {
    let capture = Capture::with(Pipeline::builder().ring_bytes(256 * 1024));
    let start = Barrier::new(THREADS + 1);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                capture.run(|| make_spans("late"));
            });
        }
        start.wait();
        assert!(capture.pipeline().shutdown(Duration::from_secs(60)).is_complete());
    });
    let ledger = capture.ledger();
    assert!(ledger.balances(), "{ledger}");
    // Spans that began after the end aren't counted.
    assert!(ledger.spans.ended <= (THREADS * SPANS) as u64, "{ledger}");
}

/// A machine that does much else may suspend a thread in the middle of a write for longer than a collector cares to
/// look; a shutdown that has the time waits for it.
#[test]
fn what_is_being_written_when_the_pipeline_stops_is_delivered_however_long_it_takes() {
    const PATIENCE: Duration = Duration::from_secs(120);
    static SCOPE: Scope = Scope::new("tests", "");
    for earlier in [0, 3] {
        let capture = Capture::start();
        let ring = capture.pipeline().shared().new_ring();
        let push = |wait: &dyn Fn()| {
            let fate = Fate::sampled(Signal::Spans);
            ring.push(fate, 256, |out| {
                let start = begin_frame(out, fate, &SCOPE);
                out.extend_from_slice(&[0; 64]);
                end_frame(out, start);
                wait();
            });
        };
        let ((entered, inside), (go, on)) = (mpsc::channel(), mpsc::channel());
        thread::scope(|scope| {
            let push = &push;
            scope.spawn(move || {
                (0..earlier).for_each(|_| push(&|| ()));
                push(&move || {
                    entered.send(()).unwrap();
                    on.recv().unwrap();
                });
            });
            inside.recv_timeout(PATIENCE).unwrap();
            let shutdown = scope.spawn(|| capture.pipeline().shutdown(PATIENCE));
            while !capture.pipeline().shared().is_stopped() {
                thread::yield_now();
            }
            // Much longer than fifty looks take.
            thread::sleep(Duration::from_millis(300));
            go.send(()).unwrap();
            assert!(shutdown.join().unwrap().is_complete());
        });
        let ledger = capture.ledger();
        assert_eq!((ledger.spans.in_ring, ledger.spans.accepted), (0, earlier + 1), "{ledger}");
        assert_eq!(ledger.sinks[0].spans.exported, earlier + 1, "{ledger}");
        assert!(ledger.balances(), "{ledger}");
        ring.retire();
    }
}

/// The report says that something is left, and for what isn't there is time enough. Where a busy machine has the sink
/// come too late even so, it is given more.
#[test]
fn a_shutdown_that_leaves_something_in_a_ring_says_so_and_delivers_the_rest() {
    for seconds in [1, 4, 16, 64] {
        let capture = Capture::with(Pipeline::builder().sweep_interval(Duration::from_secs(3600)));
        let ring = &capture.pipeline().shared().new_ring();
        let ((entered, inside), (go, on)) = (mpsc::channel(), mpsc::channel());
        let report = thread::scope(|scope| {
            scope.spawn(move || {
                ring.push(Fate::sampled(Signal::Spans), 256, |_| {
                    entered.send(()).unwrap();
                    on.recv().unwrap();
                });
            });
            inside.recv().unwrap();
            capture.run(|| crate::span!("rest").in_scope(|| ()));
            let report = capture.pipeline().shutdown(Duration::from_secs(seconds));
            go.send(()).unwrap();
            report
        });
        ring.retire();
        assert!(!report.swept && !report.is_complete(), "{report:?}");
        let delivered = capture.ledger().sinks[0].spans.exported;
        if (delivered, report.late_sinks) == (1, 0) {
            return;
        }
    }
    panic!("the sink never has time");
}
