//! Cases of HTTP services and clients.

mod in_process;

pub(super) mod client_call;
pub(super) mod span_and_metrics;
pub(super) mod uninitialised;
