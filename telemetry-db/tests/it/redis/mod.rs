//! Real Redis: each test starts servers of its own, on a socket or free ports of the loopback, and
//! they stop with it. Behind the feature `servers`, since a machine must have `redis-server`.

mod clusters_are_one_connection;
mod commands_are_operations;
mod connections_are_lost_and_found;
mod counts_agree_with_the_server;
#[cfg(feature = "fred")]
mod fred_is_observed_by_hand;
mod hits_and_misses_are_told;
mod no_key_or_value_leaves;
mod pools_are_measured;
mod pools_tell_prefixes_of_ones_own;
#[cfg(feature = "testing")]
mod reads_one_after_the_other;
mod server;
mod servers_are_killed_under_load;
