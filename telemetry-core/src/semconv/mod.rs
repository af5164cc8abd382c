//! The names of [semantic conventions](https://opentelemetry.io/docs/specs/semconv/) that the layers
//! use, one module an area. Version 1.44.0 of the registry; `telemetry.*` names that conventions lack
//! are ours, but for `telemetry.sdk.*`.

pub mod client;
pub mod code;
pub mod db;
pub mod deployment;
pub mod error;
pub mod exception;
pub mod gen_ai;
pub mod http;
pub mod messaging;
pub mod network;
pub mod otel;
pub mod process;
pub mod rpc;
pub mod server;
pub mod service;
pub mod session;
pub mod telemetry;
pub mod thread;
pub mod url;
pub mod user;
pub mod user_agent;
