//! How do I call something that may fail, try again, and fall back?
//!
//! `cargo run -p telemetry-examples --example try_an_operation_again`

use std::cell::Cell;
use std::error::Error;
use std::io;
use std::time::Duration;

use telemetry_core::error::capture_panics;
use telemetry_core::{ErrorClass, RetryPolicy, operation};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = telemetry_export::init!()?;
    // Each panic becomes a log record of its span, without the secrets in its message.
    capture_panics();

    // What is transient is tried again, and it is known which errors of the program's own are.
    ErrorClass::register::<Refused>(|_| Some(ErrorClass::new("refused", false)))?;

    // One span over all tries, an event for each retry, the duration by outcome: one call. Who sleeps
    // is the program's own affair.
    let policy = RetryPolicy::exponential(Duration::from_millis(10)).attempts(3);
    let failures = Cell::new(2);
    let rate = operation!("rates.fetch", "provider" = "ecb")
        .retry(policy, tokio::time::sleep)
        .run(|| fetch(&failures))
        .await?;
    println!("the rate is {rate}");

    // A fallback that is taken is an outcome of its own, no error.
    let rate = operation!("rates.read")
        .in_scope_or_else(|| Err::<f64, _>(Refused), |_refused| Ok(0.93))?;
    println!("the last known rate is {rate}");

    drop(telemetry);
    Ok(())
}

/// Fails as often as is said.
async fn fetch(failures: &Cell<u32>) -> io::Result<f64> {
    match failures.get() {
        0 => Ok(0.95),
        left => {
            failures.set(left - 1);
            Err(io::Error::new(io::ErrorKind::TimedOut, "the bank doesn't answer"))
        }
    }
}

#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("refused with token=s3cr3t")
    }
}

impl Error for Refused {}
