//! How do I send spans and events to a place of my own?
//!
//! `cargo run -p telemetry-examples --example send_records_elsewhere`

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use telemetry_core::{Batch, Pipeline, Receipt, Signal, Sink, emit, span};

/// Prints one line per record. It has a thread and a bounded queue of its own, so it may take its
/// time.
struct Lines;

impl Sink for Lines {
    fn name(&self) -> &'static str {
        "lines"
    }

    fn accepts(&self, _: Signal) -> bool {
        true
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        for span in batch.spans() {
            let nanoseconds = span.end_unix_nanos() - span.start_unix_nanos();
            println!("span {} took {:?}", span.name(), Duration::from_nanos(nanoseconds));
        }
        for event in batch.logs() {
            let attributes = event.attributes().map(|(key, value)| format!("{key}={value}"));
            println!("event {} {}", event.event_name(), attributes.collect::<Vec<_>>().join(" "));
        }
        // Every record that was taken must come back in a receipt, sooner or later: the ledger
        // checks.
        Receipt::exported(batch)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // Beside the exporters of the environment:
    // `telemetry_export::builder!().sink(Box::new(Lines)).init()?`. Alone, without anything else:
    let pipeline = Pipeline::builder().sink(Box::new(Lines)).build()?;
    pipeline.install_global()?;

    span!("parcel.sort").in_scope(|| emit!("parcel.sorted", { weight_kg: 1.5 }, "belt" = 4));

    let report = pipeline.shutdown(Duration::from_secs(5));
    println!("complete: {}\n{}", report.is_complete(), pipeline.ledger());
    Ok(())
}
