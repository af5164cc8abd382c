//! Databases as real servers: what telemetry says of them, held against what they say themselves.

#![cfg(unix)]

mod servers_start_stop_and_come_back;
mod sqlx;
