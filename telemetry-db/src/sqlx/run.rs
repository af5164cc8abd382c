use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

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
                let _running = place.map(|place| place.run(operation.statement().cloned()));
                let work = drive::<DB>(connection, query, &mut operation, &mut take);
                work.in_context(context).await
            }
            Origin::Pool(pool) => match observed.lease(&pool, &mut operation, site).await {
                Ok(mut leased) => {
                    operation.waited(leased.waited());
                    let connection = &mut *leased.connection;
                    let work = drive::<DB>(connection, query, &mut operation, &mut take);
                    work.in_context(context).await
                }
                Err(error) => Err(error),
            },
        };
        if yields_rows && result.is_ok() {
            operation.rows(0);
        }
        error::note(&mut operation, &result);
        observed.end(operation);
        result
    }

    pub(super) async fn fetch_optional(
        self,
        mut query: Parts<DB>,
    ) -> Result<Option<DB::Row>, Error> {
        let Source { observed, origin, made_in, site } = self;
        let mut operation = observed.query(&made_in, site, &mut query);
        let result = match origin {
            Origin::Connection(connection, place) => {
                let _running = place.map(|place| place.run(operation.statement().cloned()));
                let row = DB::fetch_optional(connection, query);
                if DB::WORKS_ELSEWHERE { row.await } else { operation.watch(row).await }
            }
            Origin::Pool(pool) => match observed.lease(&pool, &mut operation, site).await {
                Ok(mut leased) => {
                    operation.waited(leased.waited());
                    let row = DB::fetch_optional(&mut leased.connection, query);
                    if DB::WORKS_ELSEWHERE { row.await } else { operation.watch(row).await }
                }
                Err(error) => Err(error),
            },
        };
        if let Ok(row) = &result {
            operation.answered();
            operation.rows(u64::from(row.is_some()));
        }
        error::note(&mut operation, &result);
        observed.end(operation);
        result
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
