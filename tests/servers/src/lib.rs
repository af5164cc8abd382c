//! What tests of any package start: programs as processes, and real database servers, one process each,
//! on free ports of the loopback and with an empty folder of their own.
//!
//! Servers never run as root, and they end when they are dropped, when this process ends, and when it is
//! killed. Whatever is waited for is a condition, with [`PATIENCE`] as the bound.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests use this, and what doesn't work here is a test that fails"
)]

mod lines;
mod process;
mod scratch;
mod temporary;
mod wait;

#[cfg(unix)]
mod account;
#[cfg(unix)]
mod mariadb;
#[cfg(unix)]
mod postgres;
#[cfg(unix)]
mod programs;
#[cfg(unix)]
mod redis;
#[cfg(unix)]
mod server;

#[cfg(unix)]
pub use mariadb::MariaDb;
#[cfg(unix)]
pub use postgres::Postgres;
#[cfg(unix)]
pub use redis::Redis;

pub use lines::Lines;
pub use process::{Process, free_port};
pub use scratch::scratch;
pub use temporary::TemporaryDirectory;
pub use wait::{PATIENCE, eventually};
