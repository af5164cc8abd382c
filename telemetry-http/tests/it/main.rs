//! What the crate promises, against real servers on the loopback.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "what panics in a test has failed; clippy exempts the test functions only, not their helpers"
)]

mod a_request_has_the_names_and_attributes_of_the_conventions;
mod a_request_id_comes_in_or_is_made_and_goes_out;
mod any_tower_service_can_be_observed;
mod bodies_are_measured;
#[cfg(all(feature = "hyper", feature = "reqwest"))]
mod client;
mod clients_behind_proxies_are_known;
mod completion_is_told_from_leaving;
mod counting;
mod every_fate_of_a_request_ends_it_once;
mod excluded_paths_are_counted_and_nothing_else;
mod known_methods_can_be_replaced;
mod metrics_can_be_had_without_spans;
mod middleware_and_handlers_have_spans_in_order;
mod no_secret_enters_a_record_or_a_label;
mod old_names_come_beside_the_stable_ones;
mod random;
mod requests_survive_anything;
#[cfg(all(feature = "hyper", feature = "jsonrpsee", feature = "reqwest", feature = "tonic"))]
mod rpc;
mod servers_whose_clients_hang_up_survive_anything;
mod services_say_who_asks_and_what_failed;
#[cfg(all(feature = "axum-ws", feature = "socketioxide"))]
mod socket;
mod support;
mod the_context_comes_in_and_reaches_what_the_handler_does;
mod the_time_to_the_head_is_known;
mod without_a_pipeline_nothing_changes;
