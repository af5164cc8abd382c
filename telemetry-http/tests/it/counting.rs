//! A pipeline that counts spans and lets go of them, for tests that make more than can be kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use telemetry_core::{Batch, Pipeline, Receipt, Signal, Sink, SpanKind};

/// Server spans by what they say of their end: status code, `error.type`, `telemetry.outcome`.
pub(crate) type Ends = BTreeMap<[Option<String>; 3], u64>;

/// Counts what it is given.
#[derive(Clone, Default)]
pub(crate) struct Counting(Arc<Mutex<Ends>>);

impl Counting {
    /// A pipeline that ends in it.
    pub(crate) fn pipeline() -> (Pipeline, Self) {
        let counting = Self::default();
        let pipeline = Pipeline::builder().sink(Box::new(counting.clone())).build().unwrap();
        (pipeline, counting)
    }

    pub(crate) fn ends(&self) -> Ends {
        self.0.lock().unwrap().clone()
    }
}

impl Sink for Counting {
    fn name(&self) -> &'static str {
        "counting"
    }

    fn accepts(&self, signal: Signal) -> bool {
        signal == Signal::Spans
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let mut ends = self.0.lock().unwrap();
        for span in batch.spans().filter(|span| span.kind() == SpanKind::Server) {
            let text = |key| span.attribute(key).map(|value| value.to_string());
            let end = ["http.response.status_code", "error.type", "telemetry.outcome"].map(text);
            *ends.entry(end).or_default() += 1;
        }
        Receipt::exported(batch)
    }
}
