//! The wrapper for sea-orm over SQLite, PostgreSQL and MariaDB: the same suite over all of them.

mod entities;
mod suite;
mod what_is_cancelled_ends_once;

use sea_orm::{DatabaseConnection, SqlxMySqlConnector, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::{MySql, Pool, Postgres, Sqlite};
use telemetry_db::Target;

use crate::sqlx::servers::Product;

/// A product as sea-orm has it.
trait Backend: Product {
    const PRODUCT: &str;
    /// What is around a name.
    const QUOTE: char;
    /// Of the table's key, which counts by itself.
    const KEY: &str;
    /// Whether a row that is changed comes back by the same statement.
    const RETURNING: bool;
    /// For a key that is there already, and for what is no SQL.
    const CODES: [&str; 2];

    fn connection(pool: Pool<Self>) -> DatabaseConnection;

    fn described(target: Target) -> Target {
        target
    }
}

impl Backend for Sqlite {
    const PRODUCT: &str = "sqlite";
    const QUOTE: char = '"';
    const KEY: &str = "INTEGER PRIMARY KEY";
    const RETURNING: bool = true;
    const CODES: [&str; 2] = ["2067", "1"];

    fn connection(pool: Pool<Self>) -> DatabaseConnection {
        SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
    }
}

impl Backend for Postgres {
    const PRODUCT: &str = "postgresql";
    const QUOTE: char = '"';
    const KEY: &str = "SERIAL PRIMARY KEY";
    const RETURNING: bool = true;
    const CODES: [&str; 2] = ["23505", "42601"];

    fn connection(pool: Pool<Self>) -> DatabaseConnection {
        SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
    }
}

impl Backend for MySql {
    const PRODUCT: &str = "mariadb";
    const QUOTE: char = '`';
    const KEY: &str = "INTEGER AUTO_INCREMENT PRIMARY KEY";
    const RETURNING: bool = false;
    const CODES: [&str; 2] = ["1062", "1064"];

    fn connection(pool: Pool<Self>) -> DatabaseConnection {
        SqlxMySqlConnector::from_sqlx_mysql_pool(pool)
    }

    fn described(target: Target) -> Target {
        target.system("mariadb")
    }
}

suite::over!(sqlite, Sqlite);
suite::over!(postgres, Postgres);
suite::over!(mariadb, MySql);
