//! How do I test what my code records?
//!
//! `cargo test -p telemetry-examples --example test_what_is_recorded`

use std::io;

use telemetry_core::{Pipeline, Scope, emit, span};

static SCOPE: Scope = Scope::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

/// What is to be tested.
async fn charge(cents: u64) -> Result<(), io::Error> {
    let work = async {
        if let Some(pipeline) = Pipeline::current() {
            pipeline.meter(&SCOPE).counter("charges").build().add(1, &[]);
        }
        match cents {
            0 => Err(io::Error::new(io::ErrorKind::InvalidInput, "nothing to charge")),
            _ => {
                emit!("card.charged", { cents: cents });
                Ok(())
            }
        }
    };
    span!("card.charge", "card.cents" = cents).try_run(work).await
}

#[tokio::main]
async fn main() -> Result<(), io::Error> {
    charge(1_250).await?;
    println!("charged; the tests below main are the example");
    Ok(())
}

#[cfg(test)]
mod tests {
    use telemetry_core::Status;
    use telemetry_core::testing::Capture;

    use super::*;

    #[tokio::test]
    async fn a_charge_is_a_span_with_an_event() {
        // Everything inside is captured, and nothing else: tests that run beside this one have
        // their own.
        let capture = Capture::start();
        capture.run_async(charge(1_250)).await.unwrap();

        let spans = capture.spans();
        assert_eq!(spans[0].name, "card.charge");
        assert_eq!(spans[0].attribute("card.cents"), Some(&1_250.into()));
        let events = capture.events();
        assert_eq!(events[0].event_name, "card.charged");
        assert_eq!(events[0].span_id, Some(spans[0].span_id));
        assert_eq!(capture.metrics().sum("charges", &[]), 1.0);
        capture.assert_ledger_balances();
    }

    #[tokio::test]
    async fn a_refused_charge_is_an_error() {
        let capture = Capture::start();
        capture.run_async(charge(0)).await.unwrap_err();

        let spans = capture.spans();
        assert_eq!(spans[0].status, Status::ERROR);
        assert!(spans[0].attribute("error.type").is_some());
        assert!(capture.events().is_empty());
    }
}
