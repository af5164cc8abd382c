//! What a user of the crate relies on, a module a subject.
#![allow(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in test functions, not in their helpers"
)]

mod a_flush_has_all_that_ended_before;
mod active_spans_are_listed;
mod baggage_becomes_attributes;
mod baggage_becomes_labels;
mod bridging_log;
mod bridging_tracing;
mod context_follows_w3c;
mod context_travels;
mod context_travels_in_other_formats;
mod delta_readers_stand_side_by_side;
mod directives_are_read;
mod errors_have_classes;
mod events_are_correlated;
mod exceptions_are_log_records;
mod exemplars_lead_to_traces;
mod expectations_say_what_was_captured;
mod exponential_histograms_fit_what_is_measured;
mod functions_have_spans;
mod handlers_are_told;
mod instruments_are_identified;
mod ledger_balances;
#[cfg(target_os = "linux")]
mod memory_stays_bounded;
mod metrics_add_up;
mod observations_are_isolated;
mod operations_are_observed;
mod parsers_survive_anything;
mod pipelines_start_and_stop;
mod processes_are_observed;
mod sampling_decides_at_the_head;
mod sampling_rescues_at_the_end;
mod self_telemetry_follows_conventions;
mod series_are_bounded_and_expire;
mod shutdown_never_hangs;
mod span_events_are_recorded;
mod spans_keep_to_their_limits;
mod spans_live_as_long_as_they_need;
mod spans_nest_and_end_once;
mod static_instruments_count_from_the_start;
mod steady_state_allocates_nothing;
mod support;
mod telemetry_keeps_to_its_budget;
mod views_are_metrics_as_data;
mod views_see_what_sampling_leaves_out;
mod views_that_make_no_sense;
mod what_nobody_sees_is_not_told;
