//! The tests of telemetry-db, one binary.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests panic when something is amiss, as tests do"
)]

mod built_by_sea_orm;
mod cancelled_queries_end_their_spans;
#[cfg(feature = "sea-orm")]
mod comments_carry_the_trace;
mod connections_may_be_taken_apart;
mod every_idiom_of_sqlx_goes_through;
#[cfg(feature = "servers")]
mod fingerprints_agree_with_postgres;
mod fingerprints_tell_queries_apart;
#[cfg(feature = "fred")]
mod fred_answers_are_classified;
mod grammar;
#[cfg(feature = "testing")]
mod habits_that_cost_are_found;
mod no_secret_of_a_query_leaves;
mod operations_say_where_their_time_went;
mod other_drivers_are_observed_by_the_guard;
#[cfg(all(feature = "servers", feature = "mysql"))]
mod plans_of_mysql_are_asked_for_without_values;
mod plans_of_slow_queries_are_told;
mod pools_are_measured_and_come_to_rest;
mod queries_checked_when_compiled_go_through;
mod queries_say_where_they_come_from;
mod random;
#[cfg(all(feature = "servers", feature = "deadpool-redis"))]
mod redis;
#[cfg(feature = "redis")]
mod redis_answers_are_classified;
#[cfg(feature = "sea-orm")]
mod sea_orm_errors_have_a_class;
#[cfg(feature = "sea-orm")]
mod sea_orm_goes_through;
#[cfg(feature = "sea-orm")]
mod sea_orm_streams_and_options_go_through;
mod slow_queries_are_told_of;
mod spans_follow_the_convention;
mod statements_agree_with_sqlparser;
mod statements_survive_anything;
mod streams_end_once;
mod summaries_follow_the_convention;
mod support;
mod texts_are_shown_without_their_values;
mod transactions_are_operations;
mod values_never_survive_sanitising;
mod waits_are_told_by_the_guard;
#[cfg(feature = "tracing")]
mod what_sqlx_tells_is_heard;
mod who_has_the_connections_is_told;
mod without_a_pipeline_nothing_changes;
