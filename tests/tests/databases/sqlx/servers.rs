//! One server of each kind for all tests, and a database of its own for each test.

use std::sync::LazyLock;
use std::time::Duration;

use sqlx::mysql::{MySql, MySqlConnectOptions};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, Postgres};
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Database, Executor};
use telemetry_db::sqlx::{Pool, TelemetryDatabase};
use telemetry_tests::servers;

static POSTGRES: LazyLock<servers::Postgres> = LazyLock::new(servers::Postgres::start);
static MARIADB: LazyLock<servers::MariaDb> = LazyLock::new(servers::MariaDb::start);

/// What the PostgreSQL of the system has told.
pub(super) fn postgres_told() -> String {
    POSTGRES.told()
}

/// A product with databases to test on.
pub(crate) trait Product: TelemetryDatabase {
    /// The options of connections to a new and empty database of this name.
    fn fresh(
        name: &str,
    ) -> impl Future<Output = <<Self as Database>::Connection as Connection>::Options>;

    /// The query with the product's placeholders in place of every `?`.
    fn placeholders(sql: &str) -> String {
        sql.to_owned()
    }

    /// Observes a pool as a user of the product does.
    fn observe(pool: sqlx::Pool<Self>) -> Pool<Self> {
        Pool::new(pool)
    }
}

impl Product for Sqlite {
    async fn fresh(name: &str) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(servers::scratch(name).join(name))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
    }
}

impl Product for Postgres {
    async fn fresh(name: &str) -> PgConnectOptions {
        let options: PgConnectOptions = POSTGRES.url().parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        // Another test may be making one: the template serves one at a time.
        loop {
            let sql = AssertSqlSafe(format!("CREATE DATABASE {name}"));
            match connection.execute(sql).await {
                Ok(_) => break,
                Err(error) if is_code(&error, "55006") => {}
                Err(error) => panic!("{error}"),
            }
        }
        connection.close().await.unwrap();
        options.database(name)
    }

    fn placeholders(sql: &str) -> String {
        let mut parts = sql.split('?');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (index, part) in parts.enumerate() {
            text.push_str(&format!("${}{part}", index + 1));
        }
        text
    }
}

impl Product for MySql {
    async fn fresh(name: &str) -> MySqlConnectOptions {
        let options: MySqlConnectOptions = MARIADB.url().parse().unwrap();
        let mut connection = options.connect().await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        connection.close().await.unwrap();
        options.database(name)
    }

    fn observe(pool: sqlx::Pool<Self>) -> Pool<Self> {
        Pool::configured(pool, |target| target.system("mariadb"))
    }
}

fn is_code(error: &sqlx::Error, code: &str) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|it| it == code)
}

/// sqlx's own pool on a new database of this name.
pub(crate) async fn raw_pool<DB: Product>(name: &str, connections: u32) -> sqlx::Pool<DB> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(60))
        .connect_with(DB::fresh(name).await)
        .await
        .unwrap()
}
