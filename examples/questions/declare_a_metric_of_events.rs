//! How do I make a metric of events or spans that other code emits?
//!
//! `cargo run -p telemetry-examples --example declare_a_metric_of_events`

use std::error::Error;
use std::time::Duration;

use telemetry_core::view::{above, counter, histogram};
use telemetry_core::{emit, span};
use telemetry_export::Telemetry;

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = Telemetry::builder()
        .service_name("declare_a_metric_of_events")
        // A view is data: the code that emits doesn't know of it.
        .view(
            histogram("stage.latency")
                .of_event("forge.stage.stop")
                .measure("duration")
                .unit("ms")
                .buckets(&[10.0, 100.0, 1000.0])
                .by(["stage"]),
        )
        .view(
            counter("stage.failures")
                .of_event("forge.stage.stop")
                .when("outcome", "error")
                .by(["stage"]),
        )
        .view(counter("orders.large").of_span("order.place").when("order.lines", above(10)))
        .init()?;

    for (stage, took, outcome) in [("parse", 12, "success"), ("parse", 250, "error")] {
        let duration = Duration::from_millis(took);
        emit!("forge.stage.stop", { duration: duration }, "stage" = stage, "outcome" = outcome);
    }
    span!("order.place", "order.lines" = 17).in_scope(|| {});

    // Views are brought up to date by the collector's sweeps, and by a flush.
    let _ = telemetry.flush(Duration::from_secs(5));
    for line in telemetry.prometheus().render(None).body.lines() {
        if !line.starts_with('#') {
            println!("{line}");
        }
    }
    Ok(())
}
