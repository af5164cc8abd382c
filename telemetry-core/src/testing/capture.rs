use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{CapturedLog, CapturedSpan};
use crate::context::{ContextExt, InContext};
use crate::metric::MetricSnapshot;
use crate::pipeline::{Batch, Ledger, Pipeline, PipelineBuilder, Receipt, Signal, Sink};
use crate::sync::lock;

/// A pipeline of a test's own, whose records stay in memory. What runs inside [`Capture::run`] or
/// [`Capture::run_async`] is captured, and what is spawned there with the context carried along.
///
/// ```
/// use telemetry_core::testing::Capture;
/// use telemetry_core::{emit, span};
///
/// let capture = Capture::start();
/// capture.run(|| span!("order.place").in_scope(|| emit!("order.placed", { lines: 3 })));
///
/// let spans = capture.spans();
/// assert_eq!(spans[0].name, "order.place");
/// assert_eq!(capture.events()[0].span_id, Some(spans[0].span_id));
/// capture.assert_ledger_balances();
/// ```
#[derive(Debug)]
pub struct Capture {
    pipeline: Pipeline,
    store: Arc<Mutex<Store>>,
}

#[derive(Debug, Default)]
struct Store {
    spans: Vec<CapturedSpan>,
    logs: Vec<CapturedLog>,
}

struct CaptureSink {
    store: Arc<Mutex<Store>>,
}

impl Capture {
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Starts capturing everything.
    pub fn start() -> Self {
        Self::with(Pipeline::builder())
    }

    /// Starts capturing with a pipeline of another configuration: a sampler, a resource, more sinks.
    pub fn with(builder: PipelineBuilder) -> Self {
        let store = Arc::<Mutex<Store>>::default();
        let sink = Box::new(CaptureSink { store: Arc::clone(&store) });
        #[expect(clippy::expect_used, reason = "a test without threads has failed")]
        let pipeline = builder
            .sink(sink)
            .patient(Self::PATIENCE)
            .build()
            .expect("the pipeline's threads start");
        Self { pipeline, store }
    }

    /// The pipeline.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Runs `work` captured.
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        self.pipeline.scoped(work)
    }

    /// A future that runs `work` captured.
    pub fn run_async<F: Future>(&self, work: F) -> InContext<F> {
        work.in_context(self.pipeline.context())
    }

    /// Waits until all that has ended is captured.
    pub fn flush(&self) {
        let report = self.pipeline.flush(Self::PATIENCE);
        assert!(report.is_complete(), "the pipeline was not flushed: {report:?}");
    }

    /// The spans that have ended, in the order in which they were swept.
    pub fn spans(&self) -> Vec<CapturedSpan> {
        self.flush();
        lock(&self.store).spans.clone()
    }

    /// The spans of this name.
    pub fn spans_named(&self, name: &str) -> Vec<CapturedSpan> {
        self.spans().into_iter().filter(|span| span.name == name).collect()
    }

    /// The log records and events so far.
    pub fn events(&self) -> Vec<CapturedLog> {
        self.flush();
        lock(&self.store).logs.clone()
    }

    /// The metrics as they stand.
    pub fn metrics(&self) -> MetricSnapshot {
        self.pipeline.metrics()
    }

    /// The account of all records.
    pub fn ledger(&self) -> Ledger {
        self.pipeline.ledger()
    }

    /// Fails the test unless every record is accounted for and none is under way.
    ///
    /// # Panics
    ///
    /// When the account doesn't balance.
    #[track_caller]
    pub fn assert_ledger_balances(&self) {
        assert_ledger_balances(&self.pipeline);
    }
}

/// Flushes `pipeline` and fails the test unless every record is accounted for and none is under way;
/// for a program's own pipeline. No span may end meanwhile.
///
/// # Panics
///
/// When the account doesn't balance.
///
/// ```
/// use telemetry_core::testing::assert_ledger_balances;
/// use telemetry_core::{Pipeline, span};
///
/// let pipeline = Pipeline::builder().build()?;
/// pipeline.scoped(|| span!("work").in_scope(|| ()));
/// assert_ledger_balances(&pipeline);
/// # Ok::<(), std::io::Error>(())
/// ```
#[track_caller]
pub fn assert_ledger_balances(pipeline: &Pipeline) {
    let report = pipeline.flush(Capture::PATIENCE);
    assert!(report.is_complete(), "the pipeline was not flushed: {report:?}");
    let ledger = pipeline.ledger();
    assert!(ledger.balances(), "the ledger does not balance:\n{ledger}");
    let in_rings = ledger.spans.in_ring + ledger.logs.in_ring;
    assert_eq!(in_rings, 0, "records left in rings:\n{ledger}");
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = self.pipeline.shutdown(Self::PATIENCE);
    }
}

impl Sink for CaptureSink {
    fn name(&self) -> &'static str {
        "capture"
    }

    fn accepts(&self, _: Signal) -> bool {
        true
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let mut store = lock(&self.store);
        store.spans.extend(batch.spans().map(|span| CapturedSpan::new(&span)));
        store.logs.extend(batch.logs().map(|log| CapturedLog::new(&log)));
        Receipt::exported(batch)
    }
}
