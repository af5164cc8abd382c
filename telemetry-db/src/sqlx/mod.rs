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
//! # What the compiler may say
//!
//! A function that takes sqlx's own connection does not accept an observed one,
//! which would leave its queries unseen without a word:
//!
#![cfg_attr(feature = "postgres", doc = "```compile_fail,E0308")]
#![cfg_attr(not(feature = "postgres"), doc = "```ignore")]
//! use sqlx::Error;
//! use telemetry_db::sqlx::PgPool;
//!
//! async fn reserve(connection: &mut sqlx::PgConnection) -> Result<(), Error> {
//!     sqlx::query("UPDATE stock SET reserved = TRUE").execute(connection).await.map(drop)
//! }
//!
//! async fn order(pool: &PgPool) -> Result<(), Error> {
//!     let mut tx = pool.begin().await?;
//!     reserve(&mut tx).await?; // E0308: mismatched types
//!     tx.commit().await
//! }
//! ```
//!
//! Its type changes, and nothing else:
//!
#![cfg_attr(feature = "postgres", doc = "```")]
#![cfg_attr(not(feature = "postgres"), doc = "```ignore")]
//! use sqlx::Error;
//! use telemetry_db::sqlx::PgPool;
//!
//! async fn reserve(connection: &mut telemetry_db::sqlx::PgConnection<'_>) -> Result<(), Error> {
//!     sqlx::query("UPDATE stock SET reserved = TRUE").execute(connection).await.map(drop)
//! }
//!
//! async fn order(pool: &PgPool) -> Result<(), Error> {
//!     let mut tx = pool.begin().await?;
//!     reserve(&mut tx).await?;
//!     tx.commit().await
//! }
//! ```
//!
//! The same goes for a transaction:
//!
#![cfg_attr(feature = "postgres", doc = "```compile_fail,E0308")]
#![cfg_attr(not(feature = "postgres"), doc = "```ignore")]
//! use sqlx::Error;
//! use telemetry_db::sqlx::PgPool;
//!
//! async fn reserve(tx: &mut sqlx::Transaction<'_, sqlx::Postgres>) -> Result<(), Error> {
//!     sqlx::query("UPDATE stock SET reserved = TRUE").execute(&mut **tx).await.map(drop)
//! }
//!
//! async fn order(pool: &PgPool) -> Result<(), Error> {
//!     let mut tx = pool.begin().await?;
//!     reserve(&mut tx).await?; // E0308: mismatched types
//!     tx.commit().await
//! }
//! ```
//!
//! A function may also take whatever queries run on; and where it is not yours, hand it
//! [`Connection::raw`] and know that what it does is not observed:
//!
#![cfg_attr(feature = "postgres", doc = "```")]
#![cfg_attr(not(feature = "postgres"), doc = "```ignore")]
//! use sqlx::Error;
//! use telemetry_db::sqlx::{PgPool, PgTransaction};
//!
//! async fn reserve(tx: &mut PgTransaction<'_>) -> Result<(), Error> {
//!     sqlx::query("UPDATE stock SET reserved = TRUE").execute(&mut **tx).await.map(drop)
//! }
//!
//! async fn count<'e>(executor: impl sqlx::PgExecutor<'e>) -> Result<i64, Error> {
//!     sqlx::query_scalar("SELECT count(*) FROM stock").fetch_one(executor).await
//! }
//!
//! async fn not_ours(connection: &mut sqlx::PgConnection) -> Result<(), Error> {
//!     sqlx::query("UPDATE stock SET counted = now()").execute(connection).await.map(drop)
//! }
//!
//! async fn order(pool: &PgPool) -> Result<i64, Error> {
//!     let mut tx = pool.begin().await?;
//!     reserve(&mut tx).await?;
//!     not_ours(tx.raw()).await?;
//!     let left = count(&mut *tx).await?;
//!     tx.commit().await?;
//!     Ok(left + count(pool).await?)
//! }
//! ```
//!
//! Code that is generic over `sqlx::Acquire` is seen to take a connection, and
//! what it does with that is not, migrations among it.
//!
//! # The spans
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
