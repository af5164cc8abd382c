use std::time::Instant;

use telemetry_core::testing::Capture;
use telemetry_core::{AlreadyInstalled, DropReason, Pipeline, Scope, SpanBuilder, span};

use crate::support::{HANGS, is_alone};

#[test]
fn a_second_global_is_an_error_and_after_shutdown_another_may_come() {
    if !is_alone(
        "pipelines_start_and_stop::a_second_global_is_an_error_and_after_shutdown_another_may_come",
    ) {
        return;
    }
    let (first, second) =
        (Pipeline::builder().build().unwrap(), Pipeline::builder().build().unwrap());
    assert_eq!(first.install_global(), Ok(()));
    assert_eq!(second.install_global(), Err(AlreadyInstalled));
    span!("global").in_scope(|| ());
    assert!(first.shutdown(HANGS).is_complete());
    assert_eq!(first.ledger().spans.accepted, 1);
    assert!(Pipeline::current().is_none());
    assert_eq!(second.install_global(), Ok(()));
    span!("global").in_scope(|| ());
    assert!(second.shutdown(HANGS).is_complete());
    assert_eq!((first.ledger().spans.ended, second.ledger().spans.ended), (1, 1));
}

#[test]
fn the_global_pipeline_may_be_another_before_a_span_has_quite_started() {
    if !is_alone(
        "pipelines_start_and_stop::the_global_pipeline_may_be_another_before_a_span_has_quite_started",
    ) {
        return;
    }
    static SCOPE: Scope = Scope::new("tests", "");
    let (first, second) =
        (Pipeline::builder().build().unwrap(), Pipeline::builder().build().unwrap());
    first.install_global().unwrap();
    span!("before").in_scope(|| ());
    let outer = SpanBuilder::new(&SCOPE, "outer").start_with(|_| {
        assert!(first.shutdown(HANGS).is_complete());
        second.install_global().unwrap();
        (0..2).for_each(|_| span!("inner").in_scope(|| ()));
    });
    outer.end();
    span!("after").in_scope(|| ());
    assert!(second.shutdown(HANGS).is_complete());
    let (first, second) = (first.ledger().spans, second.ledger().spans);
    assert_eq!((first.ended, first.accepted), (2, 1));
    assert_eq!((second.ended, second.accepted), (3, 3));
}

#[test]
fn a_scoped_pipeline_goes_before_the_global_one() {
    if !is_alone("pipelines_start_and_stop::a_scoped_pipeline_goes_before_the_global_one") {
        return;
    }
    let global = Pipeline::builder().build().unwrap();
    global.install_global().unwrap();
    let capture = Capture::start();
    capture.run(|| span!("scoped").in_scope(|| span!("below").in_scope(|| ())));
    let scoped = capture.run(|| span!("scoped").in_scope(Pipeline::current_id));
    assert_eq!(scoped, Some(capture.pipeline().id()));
    assert_eq!(Pipeline::current_id(), Some(global.id()));
    span!("global").in_scope(|| ());
    assert_eq!(capture.spans().len(), 3);
    assert!(global.shutdown(HANGS).is_complete());
    assert_eq!(Pipeline::current_id(), None);
    assert_eq!(global.ledger().spans.ended, 1);
}

#[test]
fn after_shutdown_records_are_dropped_and_counted_and_a_second_shutdown_returns_at_once() {
    let capture = Capture::start();
    capture.run(|| span!("before").in_scope(|| ()));
    assert!(capture.pipeline().shutdown(HANGS).is_complete());
    capture.run(|| span!("after").in_scope(|| ()));
    let begun = Instant::now();
    assert!(capture.pipeline().shutdown(5 * HANGS).is_complete());
    assert!(begun.elapsed() < HANGS);
    let ledger = capture.ledger();
    assert!(ledger.balances(), "{ledger}");
    assert!(ledger.spans.dropped.contains(&(DropReason::ShutDown, 1)), "{ledger}");
}

#[test]
fn a_flush_delivers_and_shutdown_works_inside_a_current_thread_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let capture = Capture::start();
        capture.run_async(span!("work").run(async {})).await;
        assert!(capture.pipeline().flush(HANGS).is_complete());
        assert_eq!(capture.ledger().spans.accepted, 1);
        assert!(capture.pipeline().shutdown(HANGS).is_complete());
    });
}

#[test]
fn shutdown_works_in_a_drop_while_the_thread_panics() {
    struct OnDrop(Pipeline);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            assert!(std::thread::panicking());
            let _ = self.0.shutdown(HANGS);
        }
    }
    let pipeline = Pipeline::builder().build().unwrap();
    let inner = pipeline.clone();
    let thread = std::thread::spawn(move || {
        let guard = OnDrop(inner);
        guard.0.scoped(|| span!("work").in_scope(|| ()));
        panic!("on purpose");
    });
    assert!(thread.join().is_err());
    assert_eq!(pipeline.ledger().spans.accepted, 1);
}
