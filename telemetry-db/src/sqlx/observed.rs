use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use sqlx_core::error::Error;
use sqlx_core::pool::{Pool, PoolConnection};
use telemetry_core::{Context, Pipeline};

use super::database::TelemetryDatabase;
use super::parts::Parts;
use super::plan::{self, Plans};
use crate::instruments::Instruments;
use crate::pool::{Lease, Place};
use crate::{Operation, PoolMeter, Statement, Target, names};

/// What the stand-ins of one database share.
#[derive(Debug)]
pub(super) struct Observed<DB: TelemetryDatabase> {
    pub(super) target: Target,
    /// Absent for a connection that belongs to no pool.
    pub(super) meter: Option<PoolMeter>,
    /// Where plans may be asked for: absent as well.
    pub(super) pool: Option<Pool<DB>>,
    pub(super) plans: Plans,
}

impl<DB: TelemetryDatabase> Observed<DB> {
    pub(super) fn of_connection(target: Target) -> Arc<Self> {
        Arc::new(Observed { target, meter: None, pool: None, plans: Plans::default() })
    }

    pub(super) fn of_pool(target: Target, meter: PoolMeter, pool: Pool<DB>) -> Arc<Self> {
        let (meter, pool) = (Some(meter), Some(pool));
        Arc::new(Observed { target, meter, pool, plans: Plans::default() })
    }

    /// Ends an operation that was told of in full, and asks for its plan if it
    /// was slow and the target wants that.
    pub(super) fn end(self: &Arc<Self>, operation: Operation) {
        let slow = operation.end_slow();
        if let (Some(pool), Some(_)) = (&self.pool, &slow) {
            plan::ask(self, pool, slow);
        }
    }

    /// Starts the operation of a query.
    pub(super) fn query(
        &self,
        made_in: &Context,
        site: Option<&'static Location<'static>>,
        parts: &mut Parts<DB>,
    ) -> Operation {
        let mut operation = self.operation(Some(made_in), || {
            let statement = Statement::of(parts.text(), DB::DIALECT);
            if parts.has_parameters() { statement.with_parameters() } else { statement }
        });
        if let Some(site) = site {
            operation.called_at(site);
        }
        if let Some(comments) = &self.target.inner().comments
            && operation.is_active()
        {
            parts.comment(comments, DB::DIALECT, &operation);
        }
        operation
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
        site: Option<&'static Location<'static>>,
    ) -> (Result<Leased<DB>, Error>, Duration) {
        let Some(meter) = &self.meter else {
            return (Leased::unmetered(pool.acquire().await), Duration::ZERO);
        };
        let mut waiting = meter.wait_in(instruments, site);
        // A large future, which would be copied into each of those around it, at
        // more than what its box costs.
        let mut acquire = Box::pin(pool.acquire());
        match std::future::poll_fn(|task| waiting.poll(acquire.as_mut(), task)).await {
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

/// The operation begins to wait for a connection of the pool.
pub(super) fn begin_wait<DB: TelemetryDatabase>(operation: &mut Operation, pool: &Pool<DB>) {
    operation.begin_wait();
    if operation.is_active() {
        let path = if pool.num_idle() > 0 {
            "idle"
        } else if pool.size() < pool.options().get_max_connections() {
            "new"
        } else {
            "queued"
        };
        operation.set(names::CONNECTION_PATH, path);
    }
}

impl<DB: TelemetryDatabase> Leased<DB> {
    pub(super) fn place(&self) -> Option<&Place> {
        self.lease.as_ref().and_then(Lease::place)
    }

    fn unmetered(connection: Result<PoolConnection<DB>, Error>) -> Result<Self, Error> {
        connection.map(|connection| Leased { connection, lease: None })
    }
}
