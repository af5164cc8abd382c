//! Rings at work in a whole pipeline, small enough to be watched by valgrind and the sanitizers.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::pipeline::Pipeline;
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
