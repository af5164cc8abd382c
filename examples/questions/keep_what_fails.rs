//! How do I record a tenth of the traffic and still see every failure?
//!
//! `cargo run -p telemetry-examples --example keep_what_fails`

use std::error::Error;

use telemetry_core::{Ratio, Sampler, Tail, span};
use telemetry_export::Telemetry;

fn main() -> Result<(), Box<dyn Error>> {
    let tenth = Ratio::new(0.1).ok_or("a ratio lies between 0 and 1")?;
    let telemetry = Telemetry::builder()
        .service_name("keep_what_fails")
        .sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatio(tenth))))
        // The tail rescues what the sampler left out and what turns out to be worth keeping. Without
        // code: TELEMETRY_RESCUE=true.
        .tail(Tail::default().first(0))
        .init()?;

    for order in 0..1000 {
        let mut request = span!("GET /orders/{id}", "order.id" = order).start();
        request.in_scope(|| span!("SELECT orders").in_scope(|| {}));
        if order % 100 == 7 {
            request.set_error("timeout");
        }
    }
    // About a hundred by the sampler, and what is left of ten failures with `telemetry.kept_because`.
    drop(telemetry);
    Ok(())
}
