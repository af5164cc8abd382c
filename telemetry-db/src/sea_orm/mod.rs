//! The connections of sea-orm 2.0, wrapped.
//!
//! A [`Connection`] goes wherever sea-orm asks for a `ConnectionTrait`, a
//! `TransactionTrait` or a `StreamTrait`; entities, paginators, active models,
//! raw statements and nested transactions stay as they are:
//!
//! ```
//! use sea_orm::{ConnectionTrait, Database, DbErr, Statement, TransactionTrait};
//! use telemetry_db::sea_orm::Connection;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), DbErr> {
//! let db = Connection::new(Database::connect("sqlite::memory:").await?);
//!
//! db.execute_unprepared("CREATE TABLE tickets (title TEXT)").await?;
//! let tx = db.begin().await?;
//! tx.execute_unprepared("INSERT INTO tickets VALUES ('printer on fire')").await?;
//! sea_orm::TransactionSession::commit(tx).await?;
//!
//! let query = Statement::from_string(db.get_database_backend(), "SELECT title FROM tickets");
//! let row = db.query_one_raw(query).await?.expect("it was committed");
//! assert_eq!(row.try_get::<String>("", "title")?, "printer on fire");
//! # Ok(())
//! # }
//! ```
//!
//! One pool may serve this and the stand-ins of sqlx: hand sea-orm the pool
//! behind the stand-in, `SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.raw().clone())`.
//!
//! # What the compiler may say
//!
//! A function that names `&DatabaseConnection` or `&DbConn` does not accept the
//! wrapper, since what it asks would be unseen:
//!
//! ```compile_fail,E0308
//! use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
//! use telemetry_db::sea_orm::Connection;
//!
//! async fn clear(db: &DatabaseConnection) -> Result<(), DbErr> {
//!     db.execute_unprepared("DELETE FROM tickets").await.map(drop)
//! }
//!
//! async fn reset(db: &Connection) -> Result<(), DbErr> {
//!     clear(db).await // E0308: mismatched types
//! }
//! ```
//!
//! Let it take whatever is a connection; or hand it [`Connection::raw`] and know
//! that it is not observed:
//!
//! ```
//! use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
//! use telemetry_db::sea_orm::Connection;
//!
//! async fn clear(db: &impl ConnectionTrait) -> Result<(), DbErr> {
//!     db.execute_unprepared("DELETE FROM tickets").await.map(drop)
//! }
//!
//! async fn not_ours(db: &DatabaseConnection) -> Result<(), DbErr> {
//!     db.execute_unprepared("VACUUM").await.map(drop)
//! }
//!
//! async fn reset(db: &Connection) -> Result<(), DbErr> {
//!     clear(db).await?;
//!     not_ours(db.raw()).await
//! }
//! ```
//!
//! # What differs from sea-orm
//!
//! What sea-orm's role-based `RestrictedConnection` refuses, it refuses here
//! too, and that is every query, since the wrapper hands on statements that are
//! built already. The wait for a connection is part of a query's duration and
//! is not told apart, since sea-orm takes its connections by itself; the
//! stand-ins of sqlx measure it.

mod backend;
mod connection;
mod error;
mod observed;
mod parameters;
mod rollback;
mod rows;
mod transaction;

pub use connection::Connection;
pub use rows::Rows;

/// A transaction on a [`Connection`], or a savepoint within one.
///
/// Dropped without `commit` or `rollback` it is rolled back, as in sea-orm; the
/// operation then has `telemetry.outcome` = `dropped`.
pub type Transaction = Connection<sea_orm::DatabaseTransaction>;
