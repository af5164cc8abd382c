//! Metrics of tokio's runtimes. Conventions have no names for them; ours begin with `telemetry.tokio.`.

use std::borrow::Cow;
use std::sync::Arc;

use tokio::runtime::{Handle, RuntimeMetrics};

use super::Pipeline;
use super::self_telemetry::SCOPE;
use crate::metric::{Meter, ObservableBuilder, Observer, Registration};
use crate::semconv;

impl Pipeline {
    /// Observes a tokio runtime from now on, as `name`: its workers, the tasks that live, those that
    /// wait to be taken by a worker, and how long workers were busy. What is observed as the same name
    /// later takes its place.
    ///
    /// | name | is | unit |
    /// |---|---|---|
    /// | `telemetry.tokio.workers` | threads that run tasks | `{thread}` |
    /// | `telemetry.tokio.tasks` | tasks that have been spawned and haven't ended | `{task}` |
    /// | `telemetry.tokio.global_queue.depth` | tasks in the queue that workers share | `{task}` |
    /// | `telemetry.tokio.busy_time` | time for which workers were busy, together | `s` |
    ///
    /// ```
    /// use telemetry_core::Pipeline;
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    /// let pipeline = Pipeline::builder().build()?;
    /// pipeline.observe_tokio("main", runtime.handle());
    /// let labels = [("telemetry.tokio.runtime", "main")];
    /// assert_eq!(pipeline.metrics().sum("telemetry.tokio.workers", &labels), 1.0);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn observe_tokio(&self, name: &'static str, runtime: &Handle) {
        let shared = self.shared();
        let meter = Meter::new(Arc::clone(&shared.registry), &SCOPE);
        let subject = Cow::Owned(format!("tokio {name}"));
        shared.keep(subject, register(&meter, name, runtime));
    }
}

fn register(meter: &Meter, name: &'static str, runtime: &Handle) -> Vec<Registration> {
    let count = |of: &str, unit: &'static str, about: &'static str| {
        let name = format!("telemetry.tokio.{of}");
        meter.observable_up_down_counter(name).unit(unit).description(about)
    };
    let observe = |builder: ObservableBuilder, read: fn(&RuntimeMetrics) -> usize| {
        let metrics = runtime.metrics();
        builder.callback(move |observer| {
            observer.observe(read(&metrics), &[(semconv::telemetry::TOKIO_RUNTIME, name.into())]);
        })
    };
    let busy = meter.observable_counter("telemetry.tokio.busy_time").unit("s");
    let busy =
        busy.description("Time for which the workers of a tokio runtime were busy, together.");
    vec![
        observe(
            count("workers", "{thread}", "Threads that run a tokio runtime's tasks."),
            RuntimeMetrics::num_workers,
        ),
        observe(
            count("tasks", "{task}", "Tasks of a tokio runtime that haven't ended."),
            RuntimeMetrics::num_alive_tasks,
        ),
        observe(
            count("global_queue.depth", "{task}", "Tasks in the queue that workers share."),
            RuntimeMetrics::global_queue_depth,
        ),
        busy.callback(observe_busy(name, runtime.metrics())),
    ]
}

#[cfg(target_has_atomic = "64")]
fn observe_busy(name: &'static str, metrics: RuntimeMetrics) -> impl Fn(&mut Observer) {
    move |observer| {
        let workers = 0..metrics.num_workers();
        let busy = workers.map(|worker| metrics.worker_total_busy_duration(worker));
        let seconds = busy.sum::<std::time::Duration>().as_secs_f64();
        observer.observe(seconds, &[(semconv::telemetry::TOKIO_RUNTIME, name.into())]);
    }
}

/// Tokio doesn't count it on such machines.
#[cfg(not(target_has_atomic = "64"))]
fn observe_busy(_: &'static str, _: RuntimeMetrics) -> impl Fn(&mut Observer) {
    |_| ()
}
