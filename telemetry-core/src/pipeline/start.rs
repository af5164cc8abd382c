//! Starts a pipeline's threads: all of them, or none stays.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::collector::Collector;
use super::shared::Shared;
use super::{Sink, own_thread};
use crate::spawn;

/// Starts a thread for each sink, and the collector's. When one can't be started those before it end,
/// for they would have nothing to wait for.
pub(super) fn threads(
    shared: &Arc<Shared>,
    sinks: Vec<Box<dyn Sink>>,
    collector: Collector,
    sweep_interval: Duration,
) -> io::Result<()> {
    let mut sinks = sinks.into_iter().enumerate();
    let started = sinks
        .try_for_each(|(index, sink)| start_sink(shared, index, sink))
        .and_then(|()| start_collector(shared, collector, sweep_interval));
    if started.is_err() {
        shared.sinks.iter().for_each(|sink| sink.request_stop(Instant::now()));
    }
    started
}

fn start_sink(shared: &Arc<Shared>, index: usize, mut sink: Box<dyn Sink>) -> io::Result<()> {
    // Before anything is measured: series mustn't expire before the sink has read them.
    let reader = sink.metrics_interval().map(|_| shared.registry.add_reader());
    let shared = Arc::clone(shared);
    let name = format!("telemetry-{}", sink.name());
    let run = move || {
        let _entered = own_thread::enter(&shared.own_threads);
        if let Some(thread) = shared.sinks.get(index) {
            thread.run(&mut *sink, &shared.resource, &shared.registry, reader);
        }
    };
    spawn::named(&name, run).map(drop)
}

fn start_collector(
    shared: &Arc<Shared>,
    collector: Collector,
    interval: Duration,
) -> io::Result<()> {
    let of_collector = Arc::clone(shared);
    let run = move || {
        let _entered = own_thread::enter(&of_collector.own_threads);
        collector.run(interval);
    };
    let thread = spawn::named("telemetry-collector", run)?;
    let _ = shared.collector.set(thread.thread().clone());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Batch, Receipt, Signal};
    use crate::spawn::failing;
    use crate::view::counter;
    use crate::{Pipeline, PipelineBuilder, Resource, Scope, SpanBuilder};
    use std::sync::Mutex;
    use std::thread;

    static SCOPE: Scope = Scope::new("tests", "");

    /// Says in its log what becomes of it, and is alive as long as it has the log.
    struct Told(&'static str, Arc<Mutex<Vec<String>>>);

    impl Told {
        fn tell(&self, what: &str) {
            self.1.lock().unwrap().push(format!("{} {what}", self.0));
        }
    }

    impl Sink for Told {
        fn name(&self) -> &'static str {
            self.0
        }

        fn accepts(&self, signal: Signal) -> bool {
            signal == Signal::Spans
        }

        fn start(&mut self, _: &Resource) {
            self.tell("starts");
        }

        fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
            Receipt::exported(batch)
        }

        fn shutdown(&mut self, _: Instant) -> Receipt {
            self.tell("ends");
            Receipt::default()
        }
    }

    fn of_three(log: &Arc<Mutex<Vec<String>>>) -> PipelineBuilder {
        ["one", "two", "three"]
            .into_iter()
            .fold(Pipeline::builder(), |builder, name| {
                builder.sink(Box::new(Told(name, Arc::clone(log))))
            })
            .self_telemetry(true)
            .view(counter("works").of_span("work"))
    }

    /// Waits until nobody but the caller has `log`.
    fn wait_until_all_have_let_go_of<T>(log: &Arc<T>) {
        let until = Instant::now() + Duration::from_secs(120);
        while Arc::strong_count(log) > 1 {
            assert!(Instant::now() < until, "{} still have it", Arc::strong_count(log) - 1);
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn when_a_thread_can_not_be_started_those_before_it_end_and_the_error_names_it() {
        let names = ["one", "two", "three", "collector"];
        for (started, name) in names.into_iter().enumerate() {
            let log = Arc::default();
            let of_registry = Arc::new(());
            let held = Arc::clone(&of_registry);
            let builder = of_three(&log).on_notice(move |_| {
                let _ = &held;
            });
            let error = failing::after(started, || builder.build()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            let named = format!("can't start the thread `telemetry-{name}`: no more threads");
            assert_eq!(error.to_string(), named);
            // Each sink is dropped at the end of its thread, and with the last thread all they share.
            wait_until_all_have_let_go_of(&log);
            wait_until_all_have_let_go_of(&of_registry);
            let mut told = log.lock().unwrap().clone();
            told.sort();
            let mut expected: Vec<String> = names[..started]
                .iter()
                .flat_map(|name| [format!("{name} ends"), format!("{name} starts")])
                .collect();
            expected.sort();
            assert_eq!(told, expected, "{name}");
        }
    }

    #[test]
    fn a_start_that_failed_leaves_nothing_in_the_way_of_another() {
        let log = Arc::default();
        failing::after(2, || of_three(&log).build()).unwrap_err();
        let pipeline = of_three(&log).build().unwrap();
        pipeline.scoped(|| SpanBuilder::new(&SCOPE, "work").in_scope(|| ()));
        assert!(pipeline.shutdown(Duration::from_secs(120)).is_complete());
        let ledger = pipeline.ledger();
        assert!(ledger.balances(), "{ledger}");
        let exported: Vec<_> = ledger.sinks.iter().map(|sink| sink.spans.exported).collect();
        assert_eq!(exported, [1, 1, 1]);
        assert_eq!(pipeline.metrics().sum("works", &[]), 1.0);
        drop(pipeline);
        wait_until_all_have_let_go_of(&log);
    }
}
