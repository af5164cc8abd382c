//! What the demo shows of the service: a sink of its own beside the exporters, and what is made of
//! it.

mod durations;
mod findings;
mod models;
mod observations;
mod query_times;
mod reporter;
mod sink;
mod slow_queries;
mod summary;
mod totals;
mod whole_request;

pub(super) use models::models;
pub(super) use observations::Observations;
pub(super) use reporter::Reporter;
pub(super) use sink::ObservationSink;
pub(super) use summary::{ledger, tenants};
