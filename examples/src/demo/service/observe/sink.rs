//! [`ObservationSink`]: sees every span and event of the service.

use std::sync::Arc;
use std::time::Duration;

use telemetry_core::{Batch, Receipt, Signal, Sink};

use super::Observations;

/// Feeds the [`Observations`]. It gets what the exporters get, on a thread of its own.
#[derive(Debug)]
pub(crate) struct ObservationSink(Arc<Observations>);

impl ObservationSink {
    /// A sink that feeds `observations`.
    pub(crate) fn new(observations: Arc<Observations>) -> Self {
        Self(observations)
    }
}

impl Sink for ObservationSink {
    fn name(&self) -> &'static str {
        "demo"
    }

    fn accepts(&self, _: Signal) -> bool {
        true
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let mut seen = self.0.lock();
        for span in batch.spans() {
            seen.durations.see(&span);
            seen.query_times.see(&span);
            seen.findings.see_span(&span);
            seen.whole_request.see(&span);
        }
        for event in batch.logs() {
            seen.slow_queries.see(&event);
            seen.findings.see(&event);
        }
        Receipt::exported(batch)
    }

    fn tick_interval(&self) -> Option<Duration> {
        Some(Duration::from_millis(250))
    }

    fn tick(&mut self) -> Receipt {
        self.0.lock().whole_request.settle();
        Receipt::default()
    }
}
