//! Telemetry for databases: every query a span with its rows and its waits,
//! durations and pools as metrics, slow queries as events.
//!
//! With sqlx, change the `use` line of the pool; queries, streams and
//! transactions stay as they are (module `sqlx`):
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # mod with_sqlite {
//! use telemetry_db::sqlx::SqlitePool; // was: use sqlx::SqlitePool;
//!
//! async fn title(pool: &SqlitePool, id: i64) -> Result<Option<String>, sqlx::Error> {
//!     sqlx::query_scalar("SELECT title FROM tickets WHERE id = ?")
//!         .bind(id)
//!         .fetch_optional(pool)
//!         .await
//! }
//! # }
//! ```
//!
//! With any other driver, a few calls around a query do the same
//! ([`Operation`]), and a few around the pool ([`PoolMeter`]).
//!
//! What is emitted follows the
//! [OpenTelemetry conventions for databases](https://opentelemetry.io/docs/specs/semconv/db/),
//! version 1.44.0:
//!
//! | signal | name | with |
//! |---|---|---|
//! | span, kind client | the query's summary, `SELECT orders customers`; without one the namespace, else the system | `db.system.name`, `db.namespace`, `db.query.summary`, `db.query.text`, `db.response.returned_rows`, `server.address`, `server.port`; on failure `error.type`, `db.response.status_code` |
//! | histogram, s | `db.client.operation.duration` | system, namespace, summary, server, `error.type`, status code |
//! | histogram, rows | `db.client.response.returned_rows` | the same |
//! | up-down counter | `db.client.connection.count` | pool name, state `idle` or `used` |
//! | up-down counter | `db.client.connection.max`, `.idle.max`, `.idle.min`, `.pending_requests` | pool name |
//! | gauge | `telemetry.db.connection.utilization` | pool name |
//! | counter | `db.client.connection.timeouts` | pool name |
//! | histogram, s | `db.client.connection.wait_time`, `.use_time` | pool name |
//! | event, WARN | `telemetry.db.pool.exhausted`, `.pool.nested_acquire`, `.connection.overdue` | who has the connections of the pool |
//! | event, WARN | `telemetry.db.slow_query` | what was slow, for how long, with how many rows |
//!
//! `db.namespace` is what was known when the connection was made. For SQLite it
//! is the name of the file, without its folders, or `:memory:`. `error.type`
//! is the code of the database's own errors (for SQLite the extended result
//! code, for others the SQLSTATE or vendor's code), and for all others a short
//! name such as `pool_timed_out`. No row where one was expected is no error.
//! [`names`] has what the conventions have no name for.
//!
//! A query's text is shown as it is only if its values travel beside it, as
//! parameters. Every other text is shown without its literals, and not at all
//! if it cannot be read with certainty ([`Statement`]). Values, comments and
//! messages of errors never leave.
//!
//! Without a pipeline, or with a disabled one, everything passes through.

#![forbid(unsafe_code)]

mod comment;
#[cfg(any(feature = "fred", feature = "redis"))]
mod connection_health;
#[cfg(feature = "fred")]
pub mod fred;
mod instruments;
pub mod names;
mod operation;
mod pattern;
mod pool;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "fred", feature = "redis"))]
mod redis_code;
#[cfg(feature = "sea-orm")]
pub mod sea_orm;
#[cfg(feature = "sqlx")]
pub mod sqlx;
#[cfg(any(feature = "sea-orm", feature = "sqlx"))]
mod sqlx_error;
mod stability;
mod statement;
mod target;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "tracing")]
pub mod tracing;

pub use comment::{QueryComments, QueryTags, Tagged};
pub use operation::Operation;
pub use pattern::{Patterns, QueryProfile};
pub use pool::{Lease, PoolMeter, PoolState, Waiting};
pub use statement::{Dialect, Fingerprint, Statement};
pub use target::Target;
