//! What a user of the crate relies on, a module a subject.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in test functions, not in their helpers"
)]

mod bridging_tracing;
mod context_travels;
mod events_are_correlated;
mod ledger_balances;
mod metrics_add_up;
mod pipelines_start_and_stop;
mod sampling_decides_at_the_head;
mod spans_nest_and_end_once;
