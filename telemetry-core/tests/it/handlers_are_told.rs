use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use telemetry_core::handler::{AttachError, HandlerLedger, Occasion, Occurrence, On};
use telemetry_core::testing::Capture;
use telemetry_core::{Notice, Pipeline, Sampler, emit, span};

use crate::support::{HANGS, sweep};

/// A handler that counts its calls.
fn counting() -> (Arc<AtomicU64>, impl FnMut(&Occurrence<'_>) + Send + 'static) {
    let count = Arc::<AtomicU64>::default();
    let own = Arc::clone(&count);
    (count, move |_: &Occurrence<'_>| {
        own.fetch_add(1, Ordering::Relaxed);
    })
}

/// A handler that waits in each call until it is let go.
fn stalled() -> (Sender<()>, impl FnMut(&Occurrence<'_>) + Send + 'static) {
    let (go, wait): (Sender<()>, Receiver<()>) = mpsc::channel();
    (go, move |_: &Occurrence<'_>| {
        let _ = wait.recv();
    })
}

fn account(capture: &Capture, id: &str) -> HandlerLedger {
    capture.ledger().handlers.into_iter().find(|handler| handler.id == id).unwrap()
}

#[test]
fn a_handler_is_told_of_the_events_that_it_names_and_of_no_others() {
    let capture = Capture::start();
    let told =
        capture.attach("stages", [On::event("forge.stage.*"), On::event("forge.dlq.enqueue")]);
    capture.run(|| {
        span!("forge.stage").in_scope(|| {
            emit!("forge.stage.retry", { attempt: 2, delay_ms: 250 }, "stage" = "parse");
        });
        emit!("forge.pipeline.start", { system_time: 1 });
        emit!("forge.dlq.enqueue", "stage" = "parse");
    });
    let told = told.all();
    let names: Vec<_> = told.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["forge.stage.retry", "forge.dlq.enqueue"]);
    assert_eq!(told[0].occasion, Occasion::Event);
    assert_eq!(told[0].attribute("attempt").unwrap(), &2);
    assert_eq!(told[0].attribute("stage").unwrap(), &"parse");
    let spans = capture.spans();
    assert_eq!(
        (told[0].trace_id, told[0].span_id),
        (Some(spans[0].trace_id), Some(spans[0].span_id))
    );
    assert_eq!((told[1].span_id, told[1].duration), (None, None));
}

#[test]
fn a_span_starts_and_then_stops_or_fails() {
    let capture = Capture::start();
    let all = capture.attach("all", On::span("order.*"));
    let failures = capture.attach("failures", [On::span_exception("*")]);
    capture.run(|| {
        span!("order.place", "order.id" = 17).in_scope(|| ());
        let mut failed = span!("order.pay").start();
        failed.set_error("timeout");
        failed.end();
        span!("other").in_scope(|| ());
    });
    let all = all.all();
    let mut told: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.occasion)).collect();
    // Starts come before ends, but who is told of both spans is told of their starts first.
    told.sort_by_key(|(name, _)| *name);
    assert_eq!(
        told,
        [
            ("order.pay", Occasion::SpanStart),
            ("order.pay", Occasion::SpanException),
            ("order.place", Occasion::SpanStart),
            ("order.place", Occasion::SpanStop),
        ]
    );
    let of = |name: &str, occasion| {
        let found = all.iter().find(|one| one.name == name && one.occasion == occasion);
        found.unwrap().clone()
    };
    let (start, stop) =
        (of("order.place", Occasion::SpanStart), of("order.place", Occasion::SpanStop));
    assert_eq!(start.span_id, stop.span_id);
    assert_eq!(start.attribute("order.id").unwrap(), &17);
    assert_eq!(start.duration, None);
    let between = Duration::from_nanos(stop.time_unix_nanos - start.time_unix_nanos);
    assert_eq!(stop.duration, Some(between));
    assert_eq!(
        of("order.pay", Occasion::SpanException).attribute("error.type").unwrap(),
        &"timeout"
    );
    let failures = failures.all();
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].name, "order.pay");
}

#[test]
fn a_start_is_told_while_the_span_goes_on() {
    let capture = Capture::start();
    let told = capture.attach("starts", [On::span_start("order.place")]);
    let span = capture.run(|| span!("order.place").start());
    assert_eq!(told.all().len(), 1);
    span.end();
    assert_eq!(told.all().len(), 1);
    assert_eq!(capture.spans().len(), 1, "a start is no record of its own");
    capture.assert_ledger_balances();
}

#[test]
fn handlers_see_what_the_sampler_leaves_out() {
    let builder = Pipeline::builder().sampler(Sampler::AlwaysOff).event_sampler(Sampler::AlwaysOff);
    let capture = Capture::with(builder);
    let spans = capture.attach("spans", On::span("order.*"));
    let events = capture.attach("events", [On::event("order.*")]);
    capture.run(|| {
        span!("order.place", "order.id" = 17).in_scope(|| emit!("order.placed", { lines: 3 }));
        assert!(!span!("other").start().is_recording());
    });
    let told = spans.all();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|one| one.attribute("order.id").unwrap() == &17));
    assert_eq!(events.all().len(), 1);
    assert_eq!((capture.spans().len(), capture.events().len()), (0, 0));
    capture.assert_ledger_balances();
}

#[test]
fn attaching_and_detaching_take_effect_while_threads_emit() {
    let capture = Capture::start();
    let (before, handler) = counting();
    capture.pipeline().attach("before", [On::event("tick")], handler).unwrap();
    let (during, handler) = counting();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| capture.run(|| (0..500).for_each(|_| emit!("tick"))));
        }
        capture.pipeline().attach("during", [On::event("*")], handler).unwrap();
    });
    capture.flush();
    assert_eq!(before.load(Ordering::Relaxed), 2_000);
    let seen = during.load(Ordering::Relaxed);
    assert!(seen <= 2_000);
    assert!(capture.pipeline().detach("before") && !capture.pipeline().detach("before"));
    capture.run(|| emit!("tick"));
    capture.flush();
    assert_eq!(before.load(Ordering::Relaxed), 2_000);
    assert_eq!(during.load(Ordering::Relaxed), seen + 1);
    assert!(capture.pipeline().detach("during"));
    assert!(capture.ledger().handlers.is_empty());
}

#[test]
fn a_thread_that_has_seen_no_handler_learns_of_one_that_is_attached_later() {
    let capture = Capture::with(Pipeline::builder().sampler(Sampler::AlwaysOff));
    capture.run(|| {
        let recording = || span!("order.place").start().is_recording();
        assert!(!recording());
        let (_, handler) = counting();
        capture.pipeline().attach("one", [On::span_stop("order.place")], handler).unwrap();
        assert!(recording());
        capture.pipeline().detach("one");
        assert!(!recording());
    });
}

#[test]
fn what_cannot_be_attached_says_why() {
    let capture = Capture::start();
    let attach = |id: &str, on: &[On]| capture.pipeline().attach(id, on.iter().cloned(), |_| ());
    assert!(matches!(attach("one", &[]), Err(AttachError::ToNothing)));
    assert!(matches!(attach("one", &[On::event("a.*.b")]), Err(AttachError::Name(_))));
    assert!(matches!(attach("one", &[On::event("")]), Err(AttachError::Name(_))));
    attach("one", &[On::event("a")]).unwrap();
    let taken = attach("one", &[On::event("b")]).unwrap_err();
    assert_eq!(taken.to_string(), "another handler is attached under this id");
    (1..64).for_each(|id| attach(&id.to_string(), &[On::event("a")]).unwrap());
    assert!(matches!(attach("65", &[On::event("a")]), Err(AttachError::TooMany)));
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    assert!(matches!(attach("late", &[On::event("a")]), Err(AttachError::ShutDown)));
}

#[test]
fn a_handler_that_panics_is_counted_and_reported_once_and_stays_attached() {
    let told = Arc::<Mutex<Vec<String>>>::default();
    let own = Arc::clone(&told);
    let capture = Capture::with(
        Pipeline::builder().on_notice(move |notice| own.lock().unwrap().push(notice.to_string())),
    );
    capture
        .pipeline()
        .attach("fragile", [On::event("order.*")], |occurrence| {
            if occurrence.name() == "order.bad" {
                // As a panic does, but without a word on standard error.
                std::panic::resume_unwind(Box::new("a handler that panics"));
            }
        })
        .unwrap();
    let (healthy, handler) = counting();
    capture.pipeline().attach("healthy", [On::event("order.*")], handler).unwrap();
    for _ in 0..3 {
        capture.run(|| {
            emit!("order.bad");
            emit!("order.good");
        });
        capture.flush();
    }
    assert_eq!(healthy.load(Ordering::Relaxed), 6);
    let account = account(&capture, "fragile");
    assert_eq!((account.handled, account.panicked, account.dropped), (6, 3, 0));
    // One more sweep for what the last has left to report.
    capture.flush();
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    let [Notice::HandlerTrouble { handler, panicked, .. }] = &capture.pipeline().notices()[..]
    else {
        panic!("{:?}", capture.pipeline().notices());
    };
    assert_eq!(handler, "fragile");
    assert!(*panicked < 3, "said once, before the last: {panicked}");
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("the handler fragile panicked"), "{told:?}");
    assert!(capture.ledger().balances());
}

#[test]
fn a_slow_handler_holds_up_neither_who_emits_nor_other_handlers_and_its_losses_are_counted() {
    let capture = Capture::start();
    let (go, handler) = stalled();
    capture.pipeline().attach("slow", [On::event("order.*")], handler).unwrap();
    let (healthy, handler) = counting();
    capture.pipeline().attach("healthy", [On::event("order.*")], handler).unwrap();
    let text = "x".repeat(4096);
    let report = capture.run(|| {
        // More than the queue of the slow one holds, in rounds that that of the other holds.
        for round in 1..=20 {
            (0..50).for_each(|_| emit!("order.placed", "text" = &text));
            let deadline = Instant::now() + HANGS;
            while healthy.load(Ordering::Relaxed) < round * 50 {
                let _ = capture.pipeline().flush(Duration::from_millis(5));
                assert!(Instant::now() < deadline, "the healthy one is told of everything");
            }
        }
        let began = Instant::now();
        loop {
            let report = sweep(capture.pipeline(), Duration::from_secs(1));
            // The sink has had all of it by then, or has it the next time.
            if report.late_sinks == 0 {
                return report;
            }
            assert!(began.elapsed() < HANGS, "{report:?}");
        }
    });
    assert!(!report.is_complete());
    assert_eq!(report.late_handlers, 1);
    assert_eq!(healthy.load(Ordering::Relaxed), 1_000);
    let slow = account(&capture, "slow");
    assert_eq!(slow.accepted, 1_000);
    assert!(slow.balances() && slow.dropped > 500 && slow.queued > 50, "{slow}");
    drop(go);
    capture.assert_ledger_balances();
    let slow = account(&capture, "slow");
    assert!(slow.queued == 0 && slow.slow > 0, "{slow}");
    capture.flush();
    let notices = capture.pipeline().notices();
    let is_of_it = |notice: &Notice| matches!(notice, Notice::HandlerTrouble { handler, .. } if handler == "slow");
    assert!(notices.iter().any(is_of_it), "{notices:?}");
}

#[test]
fn a_handler_that_never_returns_does_not_keep_a_shutdown_from_ending_in_time() {
    let pipeline = Pipeline::builder().build().unwrap();
    let (go, handler) = stalled();
    pipeline.attach("stuck", [On::event("*")], handler).unwrap();
    pipeline.scoped(|| (0..10).for_each(|_| emit!("tick")));
    let began = Instant::now();
    let report = pipeline.shutdown(Duration::from_millis(200));
    assert!(began.elapsed() < HANGS);
    assert_eq!((report.late_handlers, report.is_complete()), (1, false));
    assert!(pipeline.ledger().balances());
    drop(go);
}

#[test]
fn starts_beyond_what_waits_are_counted() {
    let capture = Capture::with(Pipeline::builder().sweep_interval(Duration::from_secs(3600)));
    let told = capture.attach("starts", [On::span_start("burst")]);
    capture.run(|| (0..5_000).for_each(|_| drop(span!("burst").start())));
    let told = told.all().len() as u64;
    assert_eq!(told + capture.ledger().dropped_starts, 5_000);
    assert!(told >= 1024);
}

#[test]
fn a_handler_may_emit_flush_and_detach_itself() {
    let capture = Arc::new(Capture::start());
    let own = Arc::downgrade(&capture);
    let done = Arc::<Mutex<bool>>::default();
    let seen = Arc::clone(&done);
    capture
        .pipeline()
        .attach("own", [On::event("first")], move |_| {
            let capture = own.upgrade().unwrap();
            capture.run(|| emit!("second"));
            let _ = capture.pipeline().flush(Duration::from_millis(10));
            assert!(capture.pipeline().detach("own"));
            *seen.lock().unwrap() = true;
        })
        .unwrap();
    capture.run(|| emit!("first"));
    let deadline = Instant::now() + HANGS;
    while !*done.lock().unwrap() {
        assert!(Instant::now() < deadline, "the handler has come to an end");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(capture.events().iter().any(|event| event.event_name == "second"));
}
