//! The asynchronous connections of redis 1.x, wrapped.
//!
//! A [`Connection`] goes wherever redis asks for an `aio::ConnectionLike`: the
//! commands of `AsyncCommands`, pipelines, transactions and scripts stay as
//! they are, on a multiplexed connection, a connection manager, or a connection
//! to a cluster:
//!
//! ```no_run
//! use redis::AsyncCommands;
//! use telemetry_db::redis::{Connection, target};
//!
//! # async fn example() -> redis::RedisResult<()> {
//! let client = redis::Client::open("redis://redis.internal/")?;
//! let connection = client.get_multiplexed_async_connection().await?;
//! let mut redis = Connection::configured(connection, |_| target(client.get_connection_info()));
//!
//! redis.set::<_, _, ()>("session:7", "open").await?;
//! let state: Option<String> = redis.get("session:7").await?; // a hit
//! let other: Option<String> = redis.get("session:8").await?; // a miss, and no error
//! # drop((state, other));
//! # Ok(())
//! # }
//! ```
//!
//! What is emitted follows the
//! [conventions for Redis](https://opentelemetry.io/docs/specs/semconv/db/redis/):
//! a span for each command, named by it, and one for each pipeline (`PIPELINE
//! GET`, or `PIPELINE` if its commands differ) or transaction (`MULTI`), with
//! `db.operation.batch.size`; the prefix of the server's error as
//! `db.response.status_code` and `error.type`, `NOSCRIPT` say; the digest of a
//! script or the name of a function as `db.stored_procedure.name`.
//! `db.namespace` is the number of the database that was chosen when the
//! connection was made. Beyond the conventions:
//!
//! | signal | name | with |
//! |---|---|---|
//! | on the span | `telemetry.db.hits`, `telemetry.db.misses` | of a command that reads by key, one for each key or field asked for |
//! | counter, `{lookup}` | `telemetry.db.lookups` | `telemetry.db.lookup.result` = `hit` or `miss`, `telemetry.db.key.prefix`, system, namespace, server |
//! | gauge, 1 | `telemetry.db.connection.up` | 1 or 0 by what the last command found, with the pool's name |
//! | counter, `{reconnect}` | `telemetry.db.connection.reconnects` | answers after the connection was lost |
//! | counter, `{error}` | `telemetry.db.connection.errors` | `error.type` |
//!
//! Keys and values never leave. A key's prefix does, by a rule that is yours to
//! choose: [`Prefixes`].
//!
//! Not observed is what goes past `ConnectionLike`: subscriptions, and a
//! cluster's `route_command`. Both are reached by [`Connection::raw_mut`]. With
//! redis' own client-side cache, a read that it answers is an operation too,
//! though none of the server's.

mod command;
mod connection;
mod error;
mod lookup;
mod metrics;
mod observed;
#[cfg(feature = "deadpool-redis")]
mod pool;
mod prefix;
mod table;
mod target;

pub use connection::Connection;
#[cfg(feature = "deadpool-redis")]
pub use pool::{Pool, PooledConnection};
pub use prefix::Prefixes;
pub use target::target;
