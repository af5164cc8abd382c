//! [`Database`]: the desk's SQLite file, filled with customers and tickets when it is new.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs, process};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::demo::command_line::Problem;

/// The file, and sqlx's own pools on it.
#[derive(Debug)]
pub(super) struct Database {
    pool: sqlx::SqlitePool,
    writer: sqlx::SqlitePool,
    temporary: Option<PathBuf>,
}

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS customers (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, plan TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tickets (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    subject TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open', priority TEXT NOT NULL DEFAULT 'normal',
    opened_minute INTEGER NOT NULL DEFAULT 0, closed_minute INTEGER, digest TEXT);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY, ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    author TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS invoices (
    number INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id),
    cents INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS tickets_by_status ON tickets (status);
CREATE INDEX IF NOT EXISTS tickets_by_customer ON tickets (customer_id);
CREATE INDEX IF NOT EXISTS messages_by_ticket ON messages (ticket_id);
CREATE INDEX IF NOT EXISTS invoices_by_customer ON invoices (customer_id);
";

/// 200 customers, 4,000 tickets over a week, a message for each, and two invoices for each
/// customer. One customer in eleven has an invoice from an older system, whose amount SQLite keeps
/// as the text it is: the page that shows it fails, as such pages do.
const CONTENTS: &str = "
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
INSERT INTO customers (id, name, email, plan)
SELECT i, 'Customer ' || i, 'customer' || i || '@example.com',
       CASE i % 3 WHEN 0 THEN 'team' ELSE 'solo' END FROM n;

WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
INSERT INTO tickets (id, customer_id, subject, status, priority, opened_minute, closed_minute)
SELECT i, 1 + (i * 7) % 200, 'Something does not work, case ' || i,
       CASE i % 4 WHEN 0 THEN 'open' ELSE 'closed' END,
       CASE i % 9 WHEN 0 THEN 'high' ELSE 'normal' END,
       (i * 5) % 10080,
       CASE i % 4 WHEN 0 THEN NULL ELSE (i * 5) % 10080 + 30 + (i * 37) % 600 END FROM n;

INSERT INTO messages (ticket_id, author, body)
SELECT id, 'customer', 'Hello, ' || subject || '. It worked last week. Could you have a look?'
FROM tickets;

INSERT INTO invoices (number, customer_id, cents)
SELECT 2 * id, id, 100 * (id % 90 + 10) FROM customers
UNION ALL SELECT 2 * id + 1, id, CASE id % 11 WHEN 0 THEN '12,50 EUR' ELSE 1250 END FROM customers;
";

impl Database {
    /// Opens the file at `path`, or a temporary one; fills it if it is new.
    pub(super) async fn open(path: Option<&Path>) -> Result<Self, Problem> {
        let (file, temporary) = match path {
            Some(path) => (path.to_owned(), None),
            None => {
                let folder = env::temp_dir().join(format!("telemetry-demo-{}", process::id()));
                fs::create_dir_all(&folder).map_err(|error| unusable(&folder, &error))?;
                (folder.join("desk.db"), Some(folder))
            }
        };
        let options = SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(Duration::from_secs(5));
        let pool = SqlitePoolOptions::new().max_connections(8).connect_with(options.clone()).await;
        let pool = pool.map_err(|error| unusable(&file, &error))?;
        fill(&pool).await.map_err(|error| unusable(&file, &error))?;
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
        let writer = writer.map_err(|error| unusable(&file, &error))?;
        Ok(Self { pool, writer, temporary })
    }

    /// The pool for readers, for telemetry to stand in for: what is done before is not observed.
    pub(super) fn raw(&self) -> &sqlx::SqlitePool {
        &self.pool
    }

    /// The pool of the one connection that writes.
    pub(super) fn raw_writer(&self) -> &sqlx::SqlitePool {
        &self.writer
    }

    /// Closes both.
    pub(super) async fn close(&self) {
        self.writer.close().await;
        self.pool.close().await;
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(folder) = &self.temporary {
            // What is left behind is in the folder that the system empties by itself.
            let _ = fs::remove_dir_all(folder);
        }
    }
}

async fn fill(pool: &sqlx::SqlitePool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql(SCHEMA).execute(&mut *transaction).await?;
    let customers: i64 =
        sqlx::query_scalar("SELECT count(*) FROM customers").fetch_one(&mut *transaction).await?;
    if customers == 0 {
        sqlx::raw_sql(CONTENTS).execute(&mut *transaction).await?;
    }
    transaction.commit().await
}

fn unusable(path: &Path, error: &dyn std::error::Error) -> Problem {
    Problem::failed(format!("the database {} can't be used: {error}", path.display()))
}
