//! How do I say that something happened, and how do I count things?
//!
//! `cargo run -p telemetry-examples --example emit_an_event_and_count`

use std::error::Error;

use telemetry_core::{
    Counter, Histogram, Pipeline, Scope, StaticInstrument, UpDownCounter, emit, span,
};

/// Whose instruments these are: one static for each crate.
static SCOPE: Scope = Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

/// An instrument is made once, when it is first used; recording to it takes no lock.
static SORTED: StaticInstrument<Counter> =
    StaticInstrument::new(&SCOPE, |meter| meter.counter("parcels.sorted").unit("{parcel}").build());
static WEIGHT: StaticInstrument<Histogram> = StaticInstrument::new(&SCOPE, |meter| {
    meter.histogram("parcel.weight").unit("kg").buckets(&[1.0, 5.0, 10.0, 30.0]).build()
});
static WAITING: StaticInstrument<UpDownCounter> = StaticInstrument::new(&SCOPE, |meter| {
    meter.up_down_counter("parcels.waiting").unit("{parcel}").build()
});

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry_export::init!()?;

    span!("parcel.sort").in_scope(|| {
        // An event has a name, measurements in braces, and attributes. It belongs to the span
        // around it.
        emit!("parcel.rejected", { weight_kg: 31.5, attempt: 2 }, "reason" = "too heavy");
        // What a library says by `tracing` becomes a log record of the same span.
        tracing::warn!(belt = 4, "the belt is nearly full");
    });

    // Labels have few different values.
    for kilograms in [0.4, 2.2, 7.0, 2.9] {
        WAITING.add(1, &[]);
        SORTED.add(1, &[("country", "fr".into())]);
        WEIGHT.record(kilograms, &[]);
    }
    WAITING.add(-3, &[]);
    if let Some(pipeline) = Pipeline::current() {
        let metrics = pipeline.metrics();
        println!("{} parcels sorted", metrics.sum("parcels.sorted", &[("country", "fr")]));
        println!("{} parcels waiting", metrics.sum("parcels.waiting", &[]));
    }

    // What is left is delivered here, and wherever else `telemetry` is dropped.
    drop(telemetry);
    Ok(())
}
