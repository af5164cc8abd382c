//! Cases of HTTP services and clients.

mod hello;
mod in_process;

pub(super) mod client_call;
pub(super) mod hello_cpu;
pub(super) mod hello_cpu_otlp;
pub(super) mod metrics_only;
pub(super) mod sampled_out;
pub(super) mod span_and_duration;
pub(super) mod span_and_metrics;
pub(super) mod uninitialised;
