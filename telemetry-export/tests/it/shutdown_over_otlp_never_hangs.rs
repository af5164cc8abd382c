//! Flush and shutdown with OTLP on, from wherever a program may call them: the places at which others are
//! known to hang.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use telemetry_core::span;
use telemetry_export::Telemetry;
use tokio::runtime::{Builder, Runtime};

use crate::support::{PATIENCE, Receiver, own_process, telemetry_to};

const HERE: &str = "shutdown_over_otlp_never_hangs";

/// What a call may take on a machine that does much else: far more than it has.
const HANGS: Duration = Duration::from_secs(600);

/// Runs `work` on a thread of its own; fails when it isn't done in time.
fn watched<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, result) = mpsc::channel();
    let worker = thread::spawn(move || {
        let _ = done.send(work());
    });
    // A timeout says that it hangs, a disconnection that it panicked.
    let result = result.recv_timeout(HANGS).unwrap();
    worker.join().unwrap();
    result
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// As many workers as a container with one processor has.
fn one_worker() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

fn make_span(telemetry: &Telemetry) {
    telemetry.pipeline().unwrap().scoped(|| span!("work").in_scope(|| ()));
}

fn spans(receiver: &Receiver) -> usize {
    let requests = receiver.traces().into_iter();
    let resources = requests.flat_map(|request| request.resource_spans);
    resources.flat_map(|of| of.scope_spans).map(|of| of.spans.len()).sum()
}

/// In opentelemetry-rust #2583 a shutdown within tokio's runtime of one thread waited for an exporter whose
/// requests needed that very thread.
#[test]
fn within_a_runtime_of_one_thread_all_is_delivered() {
    for runtime in [current_thread, one_worker] {
        let receiver = Receiver::start([]);
        let url = receiver.url();
        watched(move || {
            runtime().block_on(async {
                let telemetry = telemetry_to(&url, &[]);
                make_span(&telemetry);
                assert!(telemetry.flush(PATIENCE));
                make_span(&telemetry);
                assert!(telemetry.shutdown(PATIENCE).complete);
                assert!(telemetry.shutdown(PATIENCE).complete);
            });
        });
        assert_eq!(spans(&receiver), 2);
    }
}

/// In opentelemetry-rust #3176 a flush within tokio's runtime of one thread blocked the thread on which the
/// processor that it waited for had its task, and never came back.
#[test]
fn a_flush_on_the_only_thread_of_a_runtime_comes_back_with_all_delivered() {
    let receiver = Receiver::start([]);
    let url = receiver.url();
    watched(move || {
        current_thread().block_on(async {
            let telemetry = telemetry_to(&url, &[]);
            for _ in 0..3 {
                make_span(&telemetry);
                assert!(telemetry.flush(PATIENCE));
                tokio::task::yield_now().await;
            }
        });
    });
    assert_eq!(spans(&receiver), 3);
}

/// In opentelemetry-rust #868 the shutdown hung when a task asked for it, for the workers that were to
/// deliver were all waiting.
#[test]
fn within_tasks_that_take_all_workers_of_a_runtime() {
    let receiver = Receiver::start([]);
    let url = receiver.url();
    watched(move || {
        one_worker().block_on(async {
            let telemetry = telemetry_to(&url, &[]);
            make_span(&telemetry);
            let task = tokio::spawn(async move { telemetry.shutdown(PATIENCE).complete });
            assert!(task.await.unwrap());
        });
    });
    assert_eq!(spans(&receiver), 1);
}

#[test]
fn where_the_receiver_is_on_the_runtime_that_waits_it_ends_at_its_deadline() {
    watched(|| {
        current_thread().block_on(async {
            // Answers nobody while the one thread that could is waiting for it.
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            let server = tokio::spawn(async move { listener.accept().await.map(|_| ()) });
            let telemetry = telemetry_to(&url, &[]);
            make_span(&telemetry);
            let _ = telemetry.flush(Duration::from_millis(50));
            let report = telemetry.shutdown(Duration::from_millis(50));
            // Whether the sink gave up at its deadline or was given up, nothing was delivered.
            let exported = report.ledger.sinks.iter().map(|sink| sink.spans.exported);
            assert_eq!(exported.sum::<u64>(), 0, "{}", report.ledger);
            assert!(report.ledger.balances(), "{}", report.ledger);
            server.abort();
        });
    });
}

/// In opentelemetry-rust #868 to set telemetry up and to shut it down at once was enough for it to hang.
#[test]
fn at_once_after_the_start_with_nothing_to_deliver_and_nobody_there() {
    watched(|| {
        // Below the ports that are given out.
        let url = "http://127.0.0.1:1".to_owned();
        for runtime in [current_thread, one_worker] {
            runtime().block_on(async {
                let telemetry = telemetry_to(&url, &[]);
                let _ = telemetry.shutdown(PATIENCE);
            });
        }
        let telemetry = telemetry_to(&url, &[]);
        make_span(&telemetry);
        let report = telemetry.shutdown(PATIENCE);
        assert!(report.ledger.balances(), "{}", report.ledger);
        assert_eq!(report.ledger.spans.accepted, 1);
    });
}

/// In opentelemetry-rust #868 the shutdown hung in a panic hook too.
#[test]
fn from_a_panic_hook_and_while_the_runtime_is_shut_down() {
    let receiver = Receiver::start([]);
    let url = receiver.url();
    let run = own_process(
        &format!("{HERE}::from_a_panic_hook_and_while_the_runtime_is_shut_down"),
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", &url), ("TELEMETRY_SELF_METRICS", "false")],
        || {
            let telemetry = telemetry_export::init!().unwrap();
            let pipeline = telemetry.pipeline().unwrap().clone();
            std::panic::set_hook(Box::new(move |_| {
                assert!(pipeline.flush(PATIENCE).is_complete());
            }));
            let runtime = one_worker();
            let failed = runtime.block_on(runtime.spawn(async {
                span!("fails").in_scope(|| panic!("on purpose"));
            }));
            assert!(failed.is_err());
            // A task that ends telemetry when it is dropped with its runtime.
            runtime.spawn(async move {
                let _telemetry = telemetry;
                span!("waits").in_scope(|| ());
                std::future::pending::<()>().await;
            });
            drop(runtime);
        },
    );
    assert!(run.finish().success);
    // Both, or the one that had begun: a task that never ran has made no span.
    assert!((1..=2).contains(&spans(&receiver)), "{}", spans(&receiver));
}

#[test]
fn of_two_in_one_process_and_in_any_order() {
    let receivers = [Receiver::start([]), Receiver::start([])];
    let urls = receivers.each_ref().map(Receiver::url);
    watched(move || {
        current_thread().block_on(async {
            let [one, other] = urls.map(|url| telemetry_to(&url, &[]));
            one.pipeline().unwrap().scoped(|| {
                span!("outer").in_scope(|| {
                    make_span(&other);
                    assert!(other.shutdown(PATIENCE).complete);
                });
            });
            assert!(one.shutdown(PATIENCE).complete);
        });
    });
    assert_eq!(receivers.each_ref().map(spans), [1, 1]);
}
