//! The demo's four programs.
//!
//! [`orchestrator`] starts one process of each of the others: [`service`], the only one with
//! telemetry, since it is the one under observation; [`provider`], which stands in for somebody
//! else's machine; and [`client`], which keeps counts of its own, for the numbers to be checked
//! against.
//!
//! The three say `listening on URL` (or, the client, nothing) on their standard output, then one
//! JSON object per line (`message`). With `--attached` they stop in good order when their
//! standard input is closed, so none of them outlives whoever started it.

mod command_line;
mod message;
mod process;
mod random;
mod standard;

pub mod client;
pub mod orchestrator;
pub mod provider;
pub mod service;
