use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;

use futures_core::stream::{BoxStream, Stream};
use sqlx_core::Either;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::pool::Pool;
use sqlx_core::sql_str::SqlStr;
use telemetry_core::{Context, ContextExt, Pipeline};

use super::database::{Step, TelemetryDatabase};
use super::observed::{Leased, Observed, begin_wait};
use super::parts::Parts;
use super::{error, site};
use crate::Operation;
use crate::instruments::Instruments;
use crate::pool::{Place, Running};

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

/// The connection on which it runs.
enum Held<'e, DB: TelemetryDatabase> {
    Leased(Leased<DB>),
    Borrowed(&'e mut DB::Connection, Option<Place>),
}

impl<DB: TelemetryDatabase> Held<'_, DB> {
    fn get(&mut self) -> &mut DB::Connection {
        match self {
            Held::Leased(leased) => &mut leased.connection,
            Held::Borrowed(connection, _) => connection,
        }
    }

    /// The operation runs on it, until what this gives is dropped: before the
    /// connection is returned.
    fn runs(&self, operation: &Operation) -> Option<Running> {
        let place = match self {
            Held::Leased(leased) => leased.place(),
            Held::Borrowed(_, place) => place.as_ref(),
        };
        place.map(|place| place.run(operation.statement().cloned()))
    }
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
        let mut operation = self.observed.query(&self.made_in, self.site, &mut query);
        let context = operation.context();
        let observed = Arc::clone(&self.observed);
        let result = async {
            let mut held = self.open(&mut operation).await?;
            let _running = held.runs(&operation);
            let mut stream = DB::fetch_many(held.get(), query);
            while let Some(step) = next(&mut stream).await {
                let step = step?;
                operation.answered();
                count::<DB>(&mut operation, &step);
                take(step);
            }
            Ok(())
        }
        .in_context(context)
        .await;
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
        let mut operation = self.observed.query(&self.made_in, self.site, &mut query);
        let context = operation.context();
        let observed = Arc::clone(&self.observed);
        let result = async {
            let mut held = self.open(&mut operation).await?;
            let _running = held.runs(&operation);
            DB::fetch_optional(held.get(), query).await
        }
        .in_context(context)
        .await;
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
        let mut held = self.open_unobserved().await?;
        DB::prepare_with(held.get(), sql, parameters).await
    }

    pub(super) async fn describe(self, sql: SqlStr) -> Result<Describe<DB>, Error> {
        let mut held = self.open_unobserved().await?;
        DB::describe(held.get(), sql).await
    }

    /// Opens the connection for what is no operation of its own.
    async fn open_unobserved(self) -> Result<Held<'e, DB>, Error> {
        match self.origin {
            Origin::Connection(connection, place) => Ok(Held::Borrowed(connection, place)),
            Origin::Pool(pool) => {
                let pipeline = Pipeline::current();
                let instruments = pipeline.map(|pipeline| Instruments::of(&pipeline));
                let (leased, _) =
                    self.observed.acquire(&pool, instruments.as_ref(), self.site).await;
                leased.map(Held::Leased)
            }
        }
    }

    async fn open(self, operation: &mut Operation) -> Result<Held<'e, DB>, Error> {
        match self.origin {
            Origin::Connection(connection, place) => Ok(Held::Borrowed(connection, place)),
            Origin::Pool(pool) => {
                begin_wait(operation, &pool);
                let instruments = operation.instruments();
                let (leased, waited) = self.observed.acquire(&pool, instruments, self.site).await;
                operation.waited(waited);
                leased.map(Held::Leased)
            }
        }
    }
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
