//! Cases of HTTP services.

mod in_process;

pub(super) mod span_and_metrics;
pub(super) mod uninitialised;
