//! Queries of sqlx in code that cannot be changed, known from what sqlx itself
//! tells `tracing`.
//!
//! sqlx reports each query once it is over, as an event of the target
//! `sqlx::query`. [`layer`] makes an [`Operation`](crate::Operation) of it:
//! the same span, durations, rows, slow queries and habits that cost, without
//! a change to the code that queries. That also covers what the stand-ins
//! can't: functions that take `&mut PgConnection`, migrations, libraries with
//! a pool of their own.
//!
//! ```no_run
//! use telemetry_core::bridge;
//! use telemetry_db::{Dialect, Target};
//! use tracing_subscriber::layer::SubscriberExt;
//! use tracing_subscriber::util::SubscriberInitExt;
//!
//! let database = Target::new("postgresql").namespace("shop").server("db.internal", None);
//! tracing_subscriber::registry()
//!     .with(bridge::tracing::layer())
//!     .with(telemetry_db::tracing::layer(database, Dialect::Postgres))
//!     .init();
//! ```
//!
//! # What it cannot know
//!
//! sqlx says little, so the stand-in (module `sqlx`) is the better choice
//! wherever the type of the pool can be changed:
//!
//! * **Failures.** The event is the same whether the query failed, was
//!   cancelled or succeeded: no `error.type`, no SQLSTATE, no outcome. A query
//!   that the database refuses while preparing it has no event with
//!   PostgreSQL and MySQL.
//! * **Waits.** Neither the wait for a connection nor the pool is seen, and the
//!   time between two rows of a stream that the caller takes counts as the
//!   query's own: a slow reader looks like a slow query.
//! * **Which database.** There is one target for the process, the one given
//!   here.
//! * **Values or not.** Whether values travel beside the text isn't told, so
//!   the text is always shown without its literals.
//! * **Transactions.** `BEGIN`, `COMMIT` and savepoints show only as far as
//!   the driver runs them as queries.
//! * **Parents with SQLite.** Its queries run on a thread of the driver, where
//!   only spans of `tracing` are current, and only with the bridge of
//!   `telemetry-core` installed. Beneath a span made with `span!` alone a query
//!   is a trace of its own in the global pipeline.
//! * **A start in time.** The span is made when the query is over, so nothing
//!   that runs meanwhile can be its child, and it is no active span.
//!
//! # What it needs
//!
//! The events must come through: sqlx makes them at DEBUG (slow ones at WARN)
//! unless the connection options say otherwise (`log_statements`,
//! `disable_statement_logging`). The layer brings its own filter, so give the
//! filters of others to their layers (`with_filter`): one that stands for the
//! whole subscriber, such as `EnvFilter` at `info`, shuts this one off as well,
//! as do `tracing`'s features `max_level_info` and below.
//!
//! sqlx copies the text of a query into the event, which costs more than
//! the stand-in does.
//!
//! # Beside the stand-in
//!
//! A query that both see is counted twice. Where a pool has the stand-in, have
//! sqlx be silent about it: `options.disable_statement_logging()`.

mod layer;
mod query;

pub use layer::layer;
