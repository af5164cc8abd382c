//! What crosses crates and processes: the programs of the workspace, run as users run them, and
//! judged by those who share no code with them. `cargo xtask test --only system` brings all together.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "what doesn't work here, helpers included, is a test that fails"
)]

mod a_demo_ends_in_order;
mod a_demo_under_judgement;
mod a_request_broken_off_ends_once;
mod a_service_that_is_terminated_loses_nothing;
mod bodies_are_read_by_a_foreign_decoder;
mod clients_that_nobody_here_wrote_are_understood;
mod curl_is_served_and_observed;
mod habits_of_the_demo_are_found;
mod numbers_agree_with_those_who_count_for_themselves;
mod secrets_of_a_request_leave_by_no_way;
mod traces_are_whole;
mod without_telemetry_nothing_changes;
