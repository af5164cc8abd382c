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

telemetry_database!(Postgres, "postgresql", Dialect::Postgres, target, false, explain, knows, 0);

/// The plan of whatever values.
const GENERIC: &str = "EXPLAIN (GENERIC_PLAN) ";

fn explain(sql: &str) -> Option<String> {
    let explain = if sql.contains('$') { GENERIC } else { "EXPLAIN " };
    Some(format!("{explain}{sql}"))
}

/// From PostgreSQL 16 on it tells the plan of whatever values.
fn knows(connection: &sqlx_postgres::PgConnection, explain: &str) -> bool {
    const SINCE: u32 = 160_000;
    !explain.starts_with(GENERIC) || connection.server_version_num().is_some_and(|it| it >= SINCE)
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
