//! What the crate promises, against real servers on the loopback.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests may panic")]

mod a_cost_is_from_the_first_that_knows;
mod a_job_may_end_in_another_process;
mod a_tenant_is_named_by_the_baggage_and_bounded;
mod agents_are_described;
mod agents_tools_and_workflows_nest;
mod answers_that_are_compressed_are_read_or_said_to_be_unread;
#[cfg(feature = "tower")]
mod any_http_client_is_observed_by_the_tower_layer;
mod attempts_are_told_apart;
mod bills_are_held_against_what_was_attributed;
mod budgets_tell_and_refuse;
mod calls_can_be_observed_by_hand;
mod content_is_recorded_only_when_asked_for;
mod costs_agree_with_litellms;
mod costs_are_exact_and_handed_back;
mod costs_of_jobs_are_their_providers_arithmetic;
mod costs_of_trouble_and_caches_are_told_apart;
mod counts_of_any_shape_are_read;
mod every_provider;
mod every_unit_and_fee_has_its_price;
mod failures_end_the_span_once_with_their_class;
mod hosts_and_ports_tell_the_provider;
mod keys_of_every_provider_are_never_recorded;
mod names_and_units_are_the_conventions;
mod names_are_the_newest_unless_asked_otherwise;
mod nothing_is_held_back_or_held;
mod parameters_are_what_they_should_be;
mod plain_calls_become_one_span;
mod prices_of_ones_own_are_followed;
mod provider;
mod requests_pass_untouched;
mod secrets_are_never_recorded;
mod stand_in;
mod streams_pass_undelayed_and_are_read_whole;
mod streams_survive_anything;
mod terms_decide_the_price;
#[cfg(feature = "tower")]
mod the_tower_layer_watches_jobs_and_leaves_bodies_as_they_are;
mod the_wrong_costs_of_others_are_right_here;
mod times_and_tokens_are_measured_by_kind;
mod usage_is_counted_once_beside_a_clients_own_spans;
mod what_broke_is_told_by_its_class;
mod what_is_kept_is_bounded;
