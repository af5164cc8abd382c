//! Databases as real servers: what telemetry says of them, held against what they say themselves.

#![cfg(unix)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of tests panic when something is amiss, as tests do"
)]

mod other_drivers_are_observed_by_the_guard;
mod sea_orm;
mod servers_start_stop_and_come_back;
mod sqlx;
