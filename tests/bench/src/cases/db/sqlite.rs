//! [`Orders`]: a table in memory, and who asks for its rows.

use std::hint::black_box;
use std::pin::pin;

use futures_core::Stream;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Executor, Row, Sqlite, SqlitePool};
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;

/// A table in memory, and a pool of the one connection to it.
pub(super) struct Orders<P> {
    pool: P,
    runtime: Runtime,
}

impl<P> Orders<P> {
    /// How many there are.
    pub(super) const NUMBER: i64 = 10_000;

    /// Fills the table; whoever asks, asks what `wrap` makes of the pool.
    pub(super) fn new(wrap: impl FnOnce(SqlitePool) -> P) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let pool = runtime.block_on(async {
            // For ever, since the table goes with its connection; unasked, since that is a round
            // trip to its thread for each query, on every side.
            let options = SqlitePoolOptions::new()
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .test_before_acquire(false);
            let pool = options.connect("sqlite::memory:").await?;
            pool.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, state TEXT NOT NULL)")
                .await?;
            let fill = "WITH RECURSIVE ids (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids \
                        WHERE id + 1 < ?) INSERT INTO orders SELECT id, 'open' FROM ids";
            sqlx::query(fill).bind(Self::NUMBER).execute(&pool).await?;
            // Where a pool is made, there is a runtime around.
            Ok::<_, Failure>(wrap(pool))
        })?;
        Ok(Self { pool, runtime })
    }
}

impl<P> Orders<P>
where
    for<'p> &'p P: Executor<'p, Database = Sqlite>,
{
    /// Asks for so many, one after the other, each by its key.
    pub(super) fn select_one(&mut self, operations: u64) {
        let Self { pool, runtime } = self;
        runtime.block_on(async {
            for id in 0..operations as i64 {
                let state = sqlx::query_scalar("SELECT state FROM orders WHERE id = ?")
                    .bind(id % Self::NUMBER)
                    .fetch_one(&*pool);
                let state: Result<String, _> = state.await;
                end_on(black_box(state));
            }
        });
    }

    /// Asks so often for all of them, and takes one after the other.
    pub(super) fn stream(&mut self, operations: u64) {
        let Self { pool, runtime } = self;
        runtime.block_on(async {
            for _ in 0..operations {
                let mut rows = pin!(sqlx::query("SELECT id, state FROM orders").fetch(&*pool));
                let mut number = 0;
                while let Some(row) =
                    std::future::poll_fn(|task| rows.as_mut().poll_next(task)).await
                {
                    black_box(end_on(row).len());
                    number += 1;
                }
                let all = (number == Self::NUMBER).then_some(());
                end_on(all.ok_or_else(|| format!("{number} rows")));
            }
        });
    }
}

/// A side that fails has no cost.
fn end_on<T>(result: Result<T, impl std::fmt::Display>) -> T {
    result.unwrap_or_else(|error| {
        eprintln!("sqlite: {error}");
        std::process::exit(1)
    })
}
