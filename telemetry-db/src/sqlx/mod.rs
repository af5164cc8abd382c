//! Stand-ins for the pools, connections and transactions of sqlx 0.9.
//!
//! Change the `use` line of the pool; queries stay as they are:
//!
//! ```
//! use telemetry_db::sqlx::SqlitePool; // was: use sqlx::SqlitePool;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), sqlx::Error> {
//! let pool = SqlitePool::connect("sqlite::memory:").await?;
//!
//! sqlx::raw_sql("CREATE TABLE tickets (id INTEGER PRIMARY KEY, title TEXT)")
//!     .execute(&pool)
//!     .await?;
//!
//! let mut tx = pool.begin().await?;
//! sqlx::query("INSERT INTO tickets (title) VALUES (?)")
//!     .bind("printer on fire")
//!     .execute(&mut *tx)
//!     .await?;
//! tx.commit().await?;
//!
//! let titles: Vec<String> = sqlx::query_scalar("SELECT title FROM tickets")
//!     .fetch_all(&pool)
//!     .await?;
//! assert_eq!(titles, ["printer on fire"]);
//! # Ok(())
//! # }
//! ```
//!
//! What differs from sqlx, and why: a function that takes
//! `&mut sqlx::SqliteConnection` or a `sqlx::Transaction` does not accept a
//! stand-in, which would leave its queries unseen without a word. Let it take
//! `&mut telemetry_db::sqlx::SqliteConnection<'_>` or `impl sqlx::Executor`,
//! or hand it [`Connection::raw`] and know that it is not observed. The same
//! goes for what code that is generic over `sqlx::Acquire` does with its
//! connection, migrations among it: the lease is seen, the queries are not.
//!
//! A query's span starts at the first poll of its future or stream, as a child
//! of the span that is current then, else of the one that was current when the
//! query was made. It has the times of the wait, of the first row and of the
//! rest. A stream's span ends with the stream, or when it is
//! dropped: then with `telemetry.outcome` = `cancelled` and the rows so far.

mod acquire;
mod connection;
mod database;
mod executor;
mod leased_stream;
#[cfg(feature = "mysql")]
mod mysql;
mod observed;
mod parts;
mod plan;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod run;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod server;
mod site;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stream;
mod transaction;

use crate::sqlx_error as error;

pub use connection::{Connection, PoolConnection, RawConnection};
pub use database::TelemetryDatabase;
pub use pool::Pool;
pub use transaction::Transaction;

#[cfg(feature = "mysql")]
pub use mysql::{MySqlConnection, MySqlPool, MySqlPoolConnection, MySqlTransaction};
#[cfg(feature = "postgres")]
pub use postgres::{PgConnection, PgPool, PgPoolConnection, PgTransaction};
#[cfg(feature = "sqlite")]
pub use sqlite::{SqliteConnection, SqlitePool, SqlitePoolConnection, SqliteTransaction};
