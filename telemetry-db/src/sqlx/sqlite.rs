use sqlx_sqlite::{Sqlite, SqliteConnectOptions};

use super::database::telemetry_database;
use super::{Connection, Pool, PoolConnection, Transaction};
use crate::{Dialect, Target};

/// Stands in for `sqlx::SqlitePool`.
pub type SqlitePool = Pool<Sqlite>;

/// Stands in for `sqlx::pool::PoolConnection<Sqlite>`.
pub type SqlitePoolConnection = PoolConnection<Sqlite>;

/// Stands in for `sqlx::SqliteConnection` as what queries run on:
/// `&mut SqliteConnection<'_>` in place of `&mut sqlx::SqliteConnection`.
pub type SqliteConnection<'c> = Connection<'c, Sqlite>;

/// Stands in for `sqlx::SqliteTransaction`.
pub type SqliteTransaction<'c> = Transaction<'c, Sqlite>;

telemetry_database!(Sqlite, "sqlite", Dialect::Sqlite, target, true, explain, |_, _| true, 3);

fn explain(sql: &str) -> Option<String> {
    Some(format!("EXPLAIN QUERY PLAN {sql}"))
}

/// `db.namespace` is the name of the database file without its folders, which
/// may tell more than they should, and `:memory:` for a database of no file.
/// There is no server.
fn target(target: Target, options: &SqliteConnectOptions) -> Target {
    let path = options.get_filename();
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    // The name that sqlx makes up for `sqlite::memory:`.
    if name.starts_with("file:sqlx-in-memory-") {
        target.namespace(":memory:")
    } else {
        target.namespace(name)
    }
}
