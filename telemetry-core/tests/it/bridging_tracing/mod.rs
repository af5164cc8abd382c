//! The bridge from `tracing`.

mod beside_others;
mod exceptions;
mod fields;
mod instrument_macro;
mod measurements;
mod mirroring;
mod nesting;
mod parents;
mod robust;

use telemetry_core::bridge;
use telemetry_core::testing::{Capture, CapturedSpan};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn bridged() -> DefaultGuard {
    tracing_subscriber::registry().with(bridge::tracing::layer()).set_default()
}

fn one(capture: &Capture, name: &str) -> CapturedSpan {
    let mut spans = capture.spans_named(name);
    assert_eq!(spans.len(), 1, "spans named {name}");
    spans.remove(0)
}
