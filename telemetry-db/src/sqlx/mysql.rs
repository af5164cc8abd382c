use sqlx_mysql::{MySql, MySqlConnectOptions};

use super::database::telemetry_database;
use super::server;
use super::{Connection, Pool, PoolConnection, Transaction};
use crate::{Dialect, Target};

/// Stands in for `sqlx::MySqlPool`, of MySQL and MariaDB.
///
/// The driver does not say which of the two it talks to; `mysql` is assumed.
/// Of a MariaDB say so:
///
/// ```
/// use telemetry_db::sqlx::MySqlPool;
///
/// # fn example(pool: sqlx::MySqlPool) -> MySqlPool {
/// MySqlPool::configured(pool, |target| target.system("mariadb"))
/// # }
/// ```
pub type MySqlPool = Pool<MySql>;

/// Stands in for `sqlx::pool::PoolConnection<MySql>`.
pub type MySqlPoolConnection = PoolConnection<MySql>;

/// Stands in for `sqlx::MySqlConnection` as what queries run on:
/// `&mut MySqlConnection<'_>` in place of `&mut sqlx::MySqlConnection`.
pub type MySqlConnection<'c> = Connection<'c, MySql>;

/// Stands in for `sqlx::MySqlTransaction`.
pub type MySqlTransaction<'c> = Transaction<'c, MySql>;

telemetry_database!(MySql, "mysql", Dialect::MySql, target, false, explain, |_, _| true, 0);

/// It has no plan for whatever values.
fn explain(sql: &str) -> Option<String> {
    (!sql.contains('?')).then(|| format!("EXPLAIN FORMAT=JSON {sql}"))
}

/// `db.namespace` is the database that the connection was made to; none if
/// the options name none. A later `USE` is not seen.
fn target(target: Target, options: &MySqlConnectOptions) -> Target {
    let target = match options.get_database() {
        Some(database) => target.namespace(database),
        None => target,
    };
    let socket = options.get_socket().map(|path| path.as_path());
    server::of(target, options.get_host(), options.get_port(), 3306, socket)
}
