use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use sqlx_core::error::Error;
use sqlx_core::pool::{Pool, PoolConnection};
use telemetry_core::{Context, Pipeline};

use super::database::TelemetryDatabase;
use super::parts::Parts;
use crate::instruments::Instruments;
use crate::pool::Lease;
use crate::{Operation, PoolMeter, Statement, Target};

/// What the stand-ins of one database share.
#[derive(Debug)]
pub(super) struct Observed<DB> {
    pub(super) target: Target,
    /// Absent for a connection that belongs to no pool.
    pub(super) meter: Option<PoolMeter>,
    database: PhantomData<fn() -> DB>,
}

impl<DB: TelemetryDatabase> Observed<DB> {
    pub(super) fn new(target: Target, meter: Option<PoolMeter>) -> Arc<Self> {
        Arc::new(Observed { target, meter, database: PhantomData })
    }

    /// Starts the operation of a query.
    pub(super) fn query(&self, made_in: &Context, parts: &Parts<DB>) -> Operation {
        self.operation(Some(made_in), || {
            let statement = Statement::of(parts.text(), DB::DIALECT);
            if parts.has_parameters() { statement.with_parameters() } else { statement }
        })
    }

    /// Starts an operation beneath the span that is current, or else beneath
    /// the one that was current when the operation was asked for.
    pub(super) fn operation(
        &self,
        made_in: Option<&Context>,
        statement: impl FnOnce() -> Statement,
    ) -> Operation {
        let parent = made_in.filter(|made_in| {
            made_in.span_context().is_some() && Context::current().span_context().is_none()
        });
        let pipeline = match parent {
            Some(parent) => parent.in_scope(Pipeline::current),
            None => Pipeline::current(),
        };
        match pipeline {
            Some(pipeline) => Operation::begin(&pipeline, parent, &self.target, &statement()),
            None => Operation::idle(),
        }
    }

    /// Gets a connection from the pool; also says how long that took.
    pub(super) async fn acquire(
        &self,
        pool: &Pool<DB>,
        instruments: Option<&Arc<Instruments>>,
    ) -> (Result<Leased<DB>, Error>, Duration) {
        let Some(meter) = &self.meter else {
            return (Leased::unmetered(pool.acquire().await), Duration::ZERO);
        };
        let mut waiting = meter.wait_in(instruments);
        match waiting.watch(pool.acquire()).await {
            Ok(connection) => {
                let lease = waiting.obtained();
                let waited = lease.waited();
                let lease = Some(lease);
                (Ok(Leased { connection, lease }), waited)
            }
            Err(error) => {
                let waited = waiting.elapsed();
                if matches!(error, Error::PoolTimedOut) {
                    waiting.timed_out();
                }
                (Err(error), waited)
            }
        }
    }
}

/// A connection of the pool for as long as it is lent.
#[derive(Debug)]
pub(super) struct Leased<DB: TelemetryDatabase> {
    pub(super) connection: PoolConnection<DB>,
    pub(super) lease: Option<Lease>,
}

impl<DB: TelemetryDatabase> Leased<DB> {
    fn unmetered(connection: Result<PoolConnection<DB>, Error>) -> Result<Self, Error> {
        connection.map(|connection| Leased { connection, lease: None })
    }
}
