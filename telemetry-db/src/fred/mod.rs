//! An adaptor for [fred](https://docs.rs/fred) 10, second class: fred's client
//! is a trait that nobody else can implement, so nothing passes as one. Each
//! call is handed to [`Client::observe`]:
//!
//! ```no_run
//! use fred::interfaces::{ClientLike, FredResult, KeysInterface};
//! use telemetry_db::fred::{Client, Command};
//!
//! # async fn example() -> FredResult<()> {
//! let cache = Client::new(fred::types::Builder::default_centralized().build()?);
//! cache.raw().init().await?;
//!
//! let set = cache.raw().set("session:7", "open", None, None, false);
//! let _: () = cache.observe(Command::of("SET"), set).await?;
//! let read = Command::read("GET", "session");
//! let state: Option<String> = cache.observe(read, cache.raw().get("session:7")).await?;
//! # drop(state);
//! # Ok(())
//! # }
//! ```
//!
//! What is emitted is what the wrapper of `redis` emits of a command: its span
//! and duration, the prefix of the server's error as `db.response.status_code`
//! and `error.type`, hits and misses by the kind of key that you name, and its
//! end as `cancelled` where its future is dropped. What you don't hand over is
//! not seen, and a pipeline is what you call it. fred sends a command again by
//! itself after a connection was lost: that is part of its operation. The
//! connections themselves are told of by [`Client::watch_connection`], from fred's
//! own events.

mod client;
mod command;
mod connection;
mod failure;

pub use client::Client;
pub use command::Command;
