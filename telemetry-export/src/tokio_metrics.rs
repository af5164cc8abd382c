//! Metrics of tokio's runtimes. Conventions have no names for them; ours begin with `telemetry.tokio.`.

use telemetry_core::{Meter, ObservableBuilder, Observer, Pipeline, Registration, Scope};
use tokio::runtime::{Handle, RuntimeMetrics};

static SCOPE: Scope = Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

/// The label that names the runtime.
const RUNTIME: &str = "telemetry.tokio.runtime";

/// A tokio runtime that is observed until this is dropped: its workers, the tasks that live, those that
/// wait to be taken by a worker, and how long workers were busy.
///
/// | name | is | unit |
/// |---|---|---|
/// | `telemetry.tokio.workers` | threads that run tasks | `{thread}` |
/// | `telemetry.tokio.tasks` | tasks that have been spawned and haven't ended | `{task}` |
/// | `telemetry.tokio.global_queue.depth` | tasks in the queue that workers share | `{task}` |
/// | `telemetry.tokio.busy_time` | time for which workers were busy, together | `s` |
///
/// Each by `telemetry.tokio.runtime`, the name that is given here; another runtime has another.
///
/// ```
/// use telemetry_core::Pipeline;
/// use telemetry_export::TokioMetrics;
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let pipeline = Pipeline::builder().build()?;
/// let observed = TokioMetrics::observe(&pipeline, "main", runtime.handle());
/// let labels = [("telemetry.tokio.runtime", "main")];
/// assert_eq!(pipeline.metrics().sum("telemetry.tokio.workers", &labels), 1.0);
/// drop(observed);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "the runtime is observed until this is dropped"]
pub struct TokioMetrics {
    _registrations: Vec<Registration>,
}

impl TokioMetrics {
    /// Observes a runtime from now on, as `name`.
    pub fn observe(pipeline: &Pipeline, name: &'static str, runtime: &Handle) -> Self {
        Self { _registrations: register(&pipeline.meter(&SCOPE), name, runtime) }
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
            observer.observe(read(&metrics), &[(RUNTIME, name.into())]);
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
        observer.observe(seconds, &[(RUNTIME, name.into())]);
    }
}

/// Tokio doesn't count it on such machines.
#[cfg(not(target_has_atomic = "64"))]
fn observe_busy(_: &'static str, _: RuntimeMetrics) -> impl Fn(&mut Observer) {
    |_| ()
}
