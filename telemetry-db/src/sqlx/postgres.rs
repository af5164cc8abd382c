use sqlx_postgres::{PgConnectOptions, Postgres};

use super::database::telemetry_database;
use super::server;
use super::{Connection, Pool, PoolConnection, Transaction};
use crate::{Dialect, Target};

/// Stands in for `sqlx::PgPool`.
pub type PgPool = Pool<Postgres>;

/// Stands in for `sqlx::pool::PoolConnection<Postgres>`.
pub type PgPoolConnection = PoolConnection<Postgres>;

/// Stands in for `sqlx::PgConnection` as what queries run on:
/// `&mut PgConnection<'_>` in place of `&mut sqlx::PgConnection`.
pub type PgConnection<'c> = Connection<'c, Postgres>;

/// Stands in for `sqlx::PgTransaction`.
pub type PgTransaction<'c> = Transaction<'c, Postgres>;

telemetry_database!(Postgres, "postgresql", Dialect::Postgres, target, false, explain, 0);

/// A plan of whatever values is known from PostgreSQL 16 on; earlier ones refuse
/// to tell it.
fn explain(sql: &str) -> Option<String> {
    let generic = if sql.contains('$') { "(GENERIC_PLAN) " } else { "" };
    Some(format!("EXPLAIN {generic}{sql}"))
}

/// `db.namespace` is the database that the connection was made to: the
/// schema, which a search path decides per query, is not known. Where no
/// database is named, PostgreSQL takes the user's name for one.
fn target(target: Target, options: &PgConnectOptions) -> Target {
    let namespace = options.get_database().unwrap_or_else(|| options.get_username());
    let target = target.namespace(namespace);
    let socket = options.get_socket().map(|path| path.as_path());
    server::of(target, options.get_host(), options.get_port(), 5432, socket)
}
