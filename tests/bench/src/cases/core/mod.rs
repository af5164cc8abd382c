//! Cases of the engine itself.

mod labels;
mod polls;

pub(super) mod active_spans;
pub(super) mod bridge_event;
pub(super) mod bridge_poll;
pub(super) mod bridge_span;
pub(super) mod counter_bound;
pub(super) mod counter_contended;
pub(super) mod counter_lookup;
pub(super) mod demo_request;
pub(super) mod histogram_bound;
pub(super) mod mirrored_spans;
pub(super) mod poll;
pub(super) mod request_0_attributes;
pub(super) mod request_6_attributes;
pub(super) mod request_6_attributes_otlp;
pub(super) mod span_record_only;
pub(super) mod span_unsampled;
pub(super) mod two_producers;
pub(super) mod uninitialised;
pub(super) mod uninitialised_span;

use telemetry_core::bridge;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

use crate::failure::Failure;

/// Puts our bridge on a `Registry`, for the whole program.
fn subscribe_bridge() -> Result<(), Failure> {
    Ok(tracing::subscriber::set_global_default(registry().with(bridge::tracing::layer()))?)
}
