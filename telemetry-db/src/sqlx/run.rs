use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

use futures_core::future::BoxFuture;
use futures_core::stream::{BoxStream, Stream};
use sqlx_core::Either;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::pool::Pool;
use sqlx_core::sql_str::SqlStr;
use telemetry_core::{Context, ContextExt};

use super::database::{Step, TelemetryDatabase};
use super::observed::Observed;
use super::parts::Parts;
use super::{error, site};
use crate::Operation;
use crate::pool::Place;

/// Where a query is to run.
pub(super) struct Source<'e, DB: TelemetryDatabase> {
    pub(super) observed: Arc<Observed<DB>>,
    pub(super) origin: Origin<'e, DB>,
    /// What was current when the query was made.
    pub(super) made_in: Context,
    /// The line of the application that made it, where that can be seen.
    pub(super) site: Option<&'static Location<'static>>,
}

pub(super) enum Origin<'e, DB: TelemetryDatabase> {
    Pool(Pool<DB>),
    Connection(&'e mut DB::Connection, Option<Place>),
}

impl<'e, DB: TelemetryDatabase> Source<'e, DB> {
    #[track_caller]
    pub(super) fn new(observed: &Arc<Observed<DB>>, origin: Origin<'e, DB>) -> Self {
        let site = site::of_application(Location::caller());
        Source { observed: Arc::clone(observed), origin, made_in: Context::current(), site }
    }

    /// Runs the query to its end and hands over everything that comes.
    pub(super) async fn run(
        self,
        mut query: Parts<DB>,
        yields_rows: bool,
        mut take: impl FnMut(Step<DB>),
    ) -> Result<(), Error> {
        let Source { observed, origin, made_in, site } = self;
        let mut operation = observed.query(&made_in, site, &mut query);
        let context = operation.context();
        let result = match origin {
            Origin::Connection(connection, place) => {
                let _running = place.map(|place| place.run(operation.label()));
                let work = drive::<DB>(connection, query, &mut operation, &mut take);
                work.in_context(context).await
            }
            Origin::Pool(pool) => {
                let wait = observed.wait_for(&mut operation, &pool, site);
                // In a box, so that what runs on a connection doesn't carry it along.
                let acquire = operation.watch(Box::pin(pool.acquire()));
                match wait.until(acquire).await {
                    Ok(mut leased) => {
                        operation.waited(leased.waited());
                        let connection = &mut *leased.connection;
                        let work = drive::<DB>(connection, query, &mut operation, &mut take);
                        work.in_context(context).await
                    }
                    Err(error) => Err(error),
                }
            }
        };
        if yields_rows && result.is_ok() {
            operation.rows(0);
        }
        error::note(&mut operation, &result);
        observed.end(&mut operation);
        result
    }

    /// Runs the query for one row. What it takes on a connection has a smaller
    /// box than what also waits for one.
    pub(super) fn fetch_optional(
        self,
        mut query: Parts<DB>,
    ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>> {
        let Source { observed, origin, made_in, site } = self;
        match origin {
            Origin::Connection(connection, place) => Box::pin(async move {
                let mut operation = observed.query(&made_in, site, &mut query);
                let running = place.map(|place| place.run(operation.label()));
                let row = fetch_optional!(operation, connection, query);
                drop(running);
                end_with_row(&mut operation, &observed, row)
            }),
            Origin::Pool(pool) => Box::pin(async move {
                let mut operation = observed.query(&made_in, site, &mut query);
                let wait = observed.wait_for(&mut operation, &pool, site);
                // In a box, so that what runs on a connection doesn't carry it along.
                let acquire = operation.lend(Box::pin(pool.acquire()));
                let leased = wait.until(acquire).await;
                let row = match leased {
                    Ok(mut leased) => {
                        operation.waited(leased.waited());
                        fetch_optional!(operation, &mut leased.connection, query)
                    }
                    Err(error) => Err(error),
                };
                end_with_row(&mut operation, &observed, row)
            }),
        }
    }

    pub(super) async fn prepare(
        self,
        sql: SqlStr,
        parameters: &[DB::TypeInfo],
    ) -> Result<DB::Statement, Error> {
        match self.origin {
            Origin::Connection(connection, _) => {
                DB::prepare_with(connection, sql, parameters).await
            }
            Origin::Pool(pool) => {
                let mut leased = self.observed.acquire(&pool, self.site).await?;
                DB::prepare_with(&mut leased.connection, sql, parameters).await
            }
        }
    }

    pub(super) async fn describe(self, sql: SqlStr) -> Result<Describe<DB>, Error> {
        match self.origin {
            Origin::Connection(connection, _) => DB::describe(connection, sql).await,
            Origin::Pool(pool) => {
                let mut leased = self.observed.acquire(&pool, self.site).await?;
                DB::describe(&mut leased.connection, sql).await
            }
        }
    }
}

/// Asks the driver for one row of the operation's query.
macro_rules! fetch_optional {
    ($operation:ident, $connection:expr, $query:ident) => {{
        let row = DB::fetch_optional($connection, $query);
        if DB::WORKS_ELSEWHERE { row.await } else { $operation.lend(row).await }
    }};
}
use fetch_optional;

/// Ends the operation of a query for one row.
fn end_with_row<DB: TelemetryDatabase>(
    operation: &mut Operation,
    observed: &Arc<Observed<DB>>,
    row: Result<Option<DB::Row>, Error>,
) -> Result<Option<DB::Row>, Error> {
    if let Ok(row) = &row {
        operation.answered_at_end();
        operation.rows(u64::from(row.is_some()));
    }
    error::note(operation, &row);
    observed.end(operation);
    row
}

/// Runs a query on a connection to its end.
async fn drive<DB: TelemetryDatabase>(
    connection: &mut DB::Connection,
    query: Parts<DB>,
    operation: &mut Operation,
    take: &mut impl FnMut(Step<DB>),
) -> Result<(), Error> {
    let mut stream = DB::fetch_many(connection, query);
    while let Some(step) = next(&mut stream).await {
        let step = step?;
        operation.answered();
        count::<DB>(operation, &step);
        take(step);
    }
    Ok(())
}

/// Notes what came out of a query.
pub(super) fn count<DB: TelemetryDatabase>(operation: &mut Operation, step: &Step<DB>) {
    match step {
        Either::Right(_) => operation.rows(1),
        // Some drivers repeat the count of an earlier statement for one that
        // changes nothing.
        Either::Left(result) if operation.changes_rows() => {
            operation.affected(DB::rows_affected(result));
        }
        Either::Left(_) => {}
    }
}

pub(super) async fn next<T>(stream: &mut BoxStream<'_, T>) -> Option<T> {
    std::future::poll_fn(|task| Pin::new(&mut *stream).poll_next(task)).await
}
