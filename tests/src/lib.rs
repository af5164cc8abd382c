//! The harness of the system tests: programs as processes, and those who judge them.
//!
//! The programs under test are [`demo`]'s; the judges are a [`PrometheusServer`], an [`OtlpReceiver`]
//! that decodes with OpenTelemetry's own Python classes, and a [`wire`] client that takes answers
//! apart byte by byte. None of it shares code with the crates that it looks at.
//!
//! Everything listens on a free port of the loopback and is stopped when it is dropped. Whatever is
//! waited for is a condition, with [`PATIENCE`] as the bound: a machine may be slow, and a test that
//! hangs must fail.

#![forbid(unsafe_code)]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests use this, and what doesn't work here is a test that fails"
)]

pub mod demo;
pub mod exposition;
pub mod otlp;
pub mod wire;

mod environment;
mod inspect;
mod prometheus;
mod receiver;
mod relay;
mod traces;
mod upstream;

pub use environment::{curl, node_script, program, promtool, python_script};
pub use inspect::{listening_ports, thread_names};
pub use prometheus::{PrometheusServer, Sample, check_metrics};
pub use receiver::{OtlpReceiver, Received};
pub use relay::Relay;
pub use telemetry_servers as servers;
pub use telemetry_servers::{Lines, PATIENCE, Process, TemporaryDirectory, eventually, free_port};
pub use traces::{Trace, traces};
pub use upstream::{Behaviour, Upstream};
