//! How do I time an operation of my own?
//!
//! `cargo run -p telemetry-examples --example time_an_operation`

use std::error::Error;
use std::io;
use std::time::Duration;

use telemetry_core::{Span, span};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry_export::init!()?;

    // A span around a future that can fail: duration, status and `error.type` come from its
    // `Result`.
    let placed = span!("order.place", "order.id" = 17).try_run(place(17)).await;
    println!("order 17: {placed:?}");
    let placed = span!("order.place", "order.id" = 18).try_run(place(18)).await;
    println!("order 18: {placed:?}");

    // `run` is for a future that can't fail, `in_scope` and `try_in_scope` for code that isn't
    // async.
    let total = span!("order.total").in_scope(|| (1..=10).sum::<u64>());
    println!("total: {total}");

    // Where an operation begins and ends in different places, the span is a value that its owner
    // ends.
    let mut upload = span!("label.upload").start();
    upload.set("label.bytes", 2_048);
    let took = upload.end();
    println!("the upload took {took:?}");

    // What is left is delivered here, and wherever else `telemetry` is dropped.
    drop(telemetry);
    Ok(())
}

async fn place(id: u64) -> Result<(), io::Error> {
    // A span within a span is its child, wherever in the future it is made.
    span!("order.reserve").run(tokio::time::sleep(Duration::from_millis(20))).await;
    // What becomes known on the way goes on the span that is current.
    Span::current_set("order.lines", 3);
    match id {
        18 => Err(io::Error::new(io::ErrorKind::TimedOut, "the warehouse doesn't answer")),
        _ => Ok(()),
    }
}
