//! How do I carry the context into a spawned task, a thread, or another process?
//!
//! `cargo run -p telemetry-examples --example carry_context_into_a_task`

use std::collections::BTreeMap;
use std::error::Error;
use std::thread;

use telemetry_core::propagation::{self, HeaderGet, HeaderSet};
use telemetry_core::{Context, ContextExt, span};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry_export::init!()?;
    span!("order.place").run(place()).await?;
    // What is left is delivered here, and wherever else `telemetry` is dropped.
    drop(telemetry);
    Ok(())
}

async fn place() -> Result<(), Box<dyn Error>> {
    // `tokio::spawn` starts a task with no context. One line makes the task part of this trace:
    tokio::spawn(span!("receipt.send").run(async {}).in_current_context()).await?;

    // A thread, or a pool of them, is given the context as a value.
    let context = Context::current();
    let thread = thread::spawn(move || context.in_scope(|| span!("label.print").in_scope(|| {})));
    thread.join().map_err(|_| "the printer's thread panicked")?;

    // Another process is given headers. `telemetry_http` does both ends by itself for HTTP; this is
    // what a queue or a protocol of your own does.
    let mut message = Headers::default();
    propagation::inject(&Context::current(), &mut message);
    println!("traceparent: {}", message.0["traceparent"]);

    let received = propagation::extract(&message);
    span!("order.pack").parent(&received).in_scope(|| {});
    Ok(())
}

/// The headers of a message.
#[derive(Default)]
struct Headers(BTreeMap<String, String>);

impl HeaderSet for Headers {
    fn set_header(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }
}

impl HeaderGet for Headers {
    fn header(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
