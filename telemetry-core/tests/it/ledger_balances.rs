use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::testing::{Capture, assert_ledger_balances};
use telemetry_core::{Batch, Counts, Pipeline, Receipt, Signal, Sink, emit, span};

use crate::support::{HANGS, sweep};

/// Blocks in `export` until it is let go.
struct Stalled(Arc<AtomicBool>);

impl Sink for Stalled {
    fn name(&self) -> &'static str {
        "stalled"
    }
    fn accepts(&self, _: Signal) -> bool {
        true
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        while !self.0.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(1));
        }
        Receipt::exported(batch)
    }
}

/// Panics on every second batch.
struct Shaky(u32);

impl Sink for Shaky {
    fn name(&self) -> &'static str {
        "shaky"
    }
    fn accepts(&self, signal: Signal) -> bool {
        signal == Signal::Spans
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        self.0 += 1;
        assert!(self.0.is_multiple_of(2), "on purpose");
        let records = batch.len() as u64;
        Receipt::of(Signal::Spans, Counts { exported: records - 1, rejected: 1, dropped: 0 })
    }
}

fn make_spans(count: usize) {
    for index in 0..count {
        span!("work", "index" = index).in_scope(|| ());
    }
}

#[test]
fn a_stalled_sink_loses_by_count_and_holds_up_nobody() {
    let go = Arc::new(AtomicBool::new(false));
    let builder =
        Pipeline::builder().sink(Box::new(Stalled(Arc::clone(&go)))).sink_bytes(512 * 1024);
    let capture = Capture::with(builder);
    let begun = Instant::now();
    for _ in 0..20 {
        capture.run(|| make_spans(1_000));
        thread::sleep(Duration::from_millis(20));
    }
    assert!(begun.elapsed() < HANGS, "the caller was held up");
    // The capturing sink has a lot to do; the stalled one is never done.
    while sweep(capture.pipeline(), Duration::from_millis(300)).late_sinks > 1 {
        assert!(begun.elapsed() < HANGS, "{}", capture.ledger());
    }
    let stalled = sink(&capture, "stalled");
    assert_eq!(stalled.spans.accepted, 20_000);
    assert!(stalled.spans.dropped > 0 && stalled.spans.queued > 0, "{stalled:?}");
    assert!(capture.ledger().balances(), "{}", capture.ledger());
    go.store(true, Ordering::Release);
    capture.assert_ledger_balances();
    let stalled = sink(&capture, "stalled");
    assert_eq!((stalled.spans.queued, stalled.spans.exported + stalled.spans.dropped), (0, 20_000));
    let other = sink(&capture, "capture");
    assert_eq!(other.spans.exported, capture.spans().len() as u64);
    assert!(other.spans.exported > stalled.spans.exported, "the other sink was held up: {other:?}");
}

#[test]
fn a_sink_that_panics_is_counted_and_carries_on() {
    // Swept when it is flushed alone, so that each round is one batch.
    let builder = Pipeline::builder().sweep_interval(Duration::from_secs(60));
    let capture = Capture::with(builder.sink(Box::new(Shaky(0))));
    // The collector sweeps once when it starts; that is over after this.
    capture.flush();
    for _ in 0..4 {
        capture.run(|| make_spans(10));
        capture.flush();
    }
    let shaky = sink(&capture, "shaky");
    assert_eq!((shaky.spans.accepted, shaky.spans.dropped), (40, 20));
    assert_eq!((shaky.spans.exported, shaky.spans.rejected), (18, 2));
    capture.assert_ledger_balances();
}

/// Says that it delivered one more than it was given, or one less.
struct Lying(i64);

impl Sink for Lying {
    fn name(&self) -> &'static str {
        "lying"
    }
    fn accepts(&self, signal: Signal) -> bool {
        signal == Signal::Spans
    }
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let exported = (batch.len() as u64).saturating_add_signed(self.0);
        Receipt::of(Signal::Spans, Counts { exported, ..Counts::default() })
    }
}

#[test]
fn a_sink_that_does_not_say_what_became_of_its_records_is_found_out() {
    let lied_to = |by| {
        // Swept when it is flushed alone, so that all are one batch.
        let builder = Pipeline::builder().sweep_interval(Duration::from_secs(3600));
        let pipeline = builder.sink(Box::new(Lying(by))).build().unwrap();
        // The collector sweeps once when it starts; that is over after this.
        assert!(pipeline.flush(HANGS).is_complete());
        pipeline.scoped(|| make_spans(10));
        pipeline
    };
    let pipeline = lied_to(1);
    let checked = catch_unwind(AssertUnwindSafe(|| assert_ledger_balances(&pipeline)));
    let said = checked.unwrap_err().downcast_ref::<String>().unwrap().clone();
    assert!(said.starts_with("the ledger does not balance:\nspans: 10 ended"), "{said}");
    assert!(said.contains("lying spans: 10 accepted = 11 exported"), "{said}");

    // What it is silent about counts as waiting, and as lost when it ends.
    let pipeline = lied_to(-1);
    assert_ledger_balances(&pipeline);
    let spans = pipeline.ledger().sinks[0].spans;
    assert_eq!((spans.exported, spans.queued, spans.dropped), (9, 1, 0));
    assert!(pipeline.shutdown(HANGS).is_complete());
    let spans = pipeline.ledger().sinks[0].spans;
    assert_eq!((spans.exported, spans.queued, spans.dropped), (9, 0, 1));
}

#[test]
fn full_rings_drop_and_count_and_never_block() {
    // Room for a dozen of these spans, which are made faster than a thread wakes up.
    let capture = Capture::with(Pipeline::builder().ring_bytes(128 * 1024));
    const SPANS: u64 = 5_000;
    let text = "x".repeat(10 * 1024);
    capture.run(|| {
        for _ in 0..SPANS {
            span!("work", "text" = &text).in_scope(|| ());
        }
    });
    capture.assert_ledger_balances();
    let ledger = capture.ledger();
    assert_eq!(ledger.spans.ended, SPANS);
    assert!(ledger.spans.total_dropped() > 0, "{ledger}");
    assert_eq!(ledger.spans.accepted + ledger.spans.total_dropped(), SPANS);
}

#[test]
fn ten_thousand_short_threads_lose_nothing_and_leave_nothing() {
    let capture = Capture::start();
    for _ in 0..500 {
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let pipeline = capture.pipeline().clone();
                thread::spawn(move || {
                    pipeline.scoped(|| {
                        make_spans(3);
                        emit!("done");
                    });
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
    capture.assert_ledger_balances();
    assert_eq!((capture.spans().len(), capture.events().len()), (30_000, 10_000));
}

#[test]
fn the_books_balance_while_five_hundred_threads_idle_that_made_a_span() {
    const THREADS: usize = 512;
    let capture = Capture::start();
    let made = Barrier::new(THREADS + 1);
    let seen = Barrier::new(THREADS + 1);
    let amid = thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                capture.run(|| make_spans(1));
                made.wait();
                seen.wait();
            });
        }
        made.wait();
        // All of them live and have a ring.
        let report = capture.pipeline().flush(HANGS);
        let amid = (report, capture.ledger());
        seen.wait();
        amid
    });
    let (report, ledger) = amid;
    assert!(report.is_complete() && ledger.balances(), "{ledger}");
    assert_eq!((ledger.spans.ended, ledger.spans.in_ring), (THREADS as u64, 0), "{ledger}");
    // There aren't segments for all of them at once; who came between two sweeps and found none, lost
    // a span, by count.
    assert!(ledger.spans.accepted >= 64, "{ledger}");
    capture.assert_ledger_balances();
    assert_eq!(capture.spans().len() as u64, ledger.spans.accepted);
}

#[test]
fn the_books_balance_when_load_threads_and_sinks_all_misbehave_until_the_end() {
    let go = Arc::new(AtomicBool::new(false));
    let builder = Pipeline::builder()
        .ring_bytes(256 * 1024)
        .sink_bytes(256 * 1024)
        .sink(Box::new(Stalled(Arc::clone(&go))))
        .sink(Box::new(Shaky(0)));
    let pipeline = builder.build().unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let pipeline = pipeline.clone();
                    let churned = thread::spawn(move || pipeline.scoped(|| make_spans(500)));
                    churned.join().unwrap();
                }
            });
        }
        while pipeline.ledger().spans.ended < 20_000 {
            let _ = pipeline.flush(Duration::from_millis(20));
            for sink in pipeline.ledger().sinks {
                assert!(sink.spans.balances() && sink.logs.balances(), "{sink:?}");
            }
        }
        // The stalled sink is still stalled when the pipeline is told to end.
        let begun = Instant::now();
        loop {
            let report = pipeline.shutdown(Duration::from_secs(2));
            assert!(report.late_sinks > 0 && begun.elapsed() < HANGS, "{report:?}");
            if report.swept {
                break;
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(pipeline.ledger().balances(), "{}", pipeline.ledger());
    go.store(true, Ordering::Release);
    assert!(pipeline.shutdown(HANGS).is_complete());
    let ledger = pipeline.ledger();
    assert!(ledger.balances(), "{ledger}");
    assert!(ledger.sinks.iter().all(|sink| sink.spans.queued == 0), "{ledger}");
}

#[test]
fn the_books_balance_at_every_reading_under_load_and_shutdown_amid_it() {
    let capture = Capture::start();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                capture.run(|| {
                    while !stop.load(Ordering::Relaxed) {
                        make_spans(10);
                        emit!("tick");
                        thread::yield_now();
                    }
                });
            });
        }
        let mut close = false;
        for _ in 0..200 {
            let spans = capture.ledger().spans;
            let accounted =
                spans.sampled_out + spans.total_dropped() + spans.in_ring + spans.accepted;
            assert!(accounted <= spans.ended, "{spans}");
            // Two threads, each with one record on its way between two counts; more only where the
            // reader was interrupted between them.
            close |= spans.ended - accounted <= 2;
            thread::sleep(Duration::from_millis(1));
        }
        assert!(close, "never up to what is under way");
        assert!(capture.pipeline().shutdown(HANGS).is_complete());
        stop.store(true, Ordering::Relaxed);
    });
    let ledger = capture.ledger();
    assert!(ledger.balances(), "{ledger}");
    assert!(ledger.spans.accepted > 0);
    let captured = sink(&capture, "capture").spans;
    assert_eq!(captured.exported + captured.dropped, ledger.spans.accepted);
}

#[test]
fn records_made_while_a_thread_ends_are_recorded_too() {
    thread_local! {
        static LAST_WORDS: std::cell::RefCell<Option<LastWords>> = const { std::cell::RefCell::new(None) };
    }
    struct LastWords(Pipeline);
    impl Drop for LastWords {
        fn drop(&mut self) {
            self.0.scoped(|| span!("last.words").in_scope(|| ()));
        }
    }
    let capture = Capture::start();
    let pipeline = capture.pipeline().clone();
    thread::spawn(move || {
        // Registered before the pipeline's own storage, so destroyed after it.
        LAST_WORDS.with(|it| *it.borrow_mut() = Some(LastWords(pipeline.clone())));
        pipeline.scoped(|| span!("first.words").in_scope(|| ()));
    })
    .join()
    .unwrap();
    assert_eq!(capture.spans_named("first.words").len(), 1);
    // A thread's storage is destroyed in an order that the system chooses: what was recorded must be
    // accounted for, whichever it was.
    let recorded = capture.spans_named("last.words").len() as u64;
    assert_eq!(capture.ledger().spans.ended, 1 + recorded);
    capture.assert_ledger_balances();
}

fn sink(capture: &Capture, name: &str) -> telemetry_core::SinkLedger {
    capture.ledger().sinks.into_iter().find(|sink| sink.name == name).unwrap()
}

/// A scope's threads have done their work when it ends, but may still be destroying what they kept.
#[test]
fn a_flush_finds_what_threads_leave_behind_while_they_end() {
    let capture = Capture::start();
    for round in 1..=400 {
        thread::scope(|threads| {
            for _ in 0..4 {
                threads.spawn(|| {
                    capture.run(|| (0..20).for_each(|_| span!("work").in_scope(|| ())));
                });
            }
        });
        capture.flush();
        let spans = capture.ledger().spans;
        assert_eq!((spans.in_ring, spans.accepted), (0, round * 80), "{spans}");
    }
}

#[test]
fn a_shutdown_amid_load_leaves_nothing_in_the_rings() {
    for _ in 0..40 {
        let capture = Capture::start();
        let (started, over) = (Barrier::new(3), AtomicBool::new(false));
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    started.wait();
                    capture.run(|| {
                        while !over.load(Ordering::Relaxed) {
                            span!("work", "key" = "value").in_scope(|| ());
                        }
                    });
                });
            }
            started.wait();
            thread::sleep(Duration::from_millis(2));
            assert!(capture.pipeline().shutdown(HANGS).is_complete());
            over.store(true, Ordering::Relaxed);
        });
        let ledger = capture.ledger();
        assert!(ledger.balances(), "{ledger}");
        assert_eq!(ledger.spans.in_ring, 0, "{ledger}");
    }
}
