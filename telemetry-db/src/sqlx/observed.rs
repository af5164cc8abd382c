use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx_core::error::Error;
use sqlx_core::pool::{Pool, PoolConnection};
use telemetry_core::{Context, Pipeline};

use super::acquire::{Wait, path};
use super::database::TelemetryDatabase;
use super::parts::Parts;
use super::plan::{self, Plans};
use crate::instruments::Instruments;
use crate::pool::Place;
use crate::{Lease, Operation, PoolMeter, Statement, Target, Waiting};

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
    pub(super) fn end(self: &Arc<Self>, operation: &mut Operation) {
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
    #[inline]
    pub(super) fn operation(
        &self,
        made_in: Option<&Context>,
        statement: impl FnOnce() -> Statement,
    ) -> Operation {
        let current = Context::current();
        let parent = made_in
            .filter(|made_in| made_in.span_context().is_some() && current.span_context().is_none());
        let is_alone = parent.is_none() && current.trace_id().is_none();
        let mut operation = Operation::begin(parent, &self.target, statement);
        if is_alone {
            operation.is_alone();
        }
        operation
    }

    /// Begins to wait for a connection of the pool for an operation, which is
    /// to run on it at once.
    #[inline]
    pub(super) fn wait_for(
        &self,
        operation: &mut Operation,
        pool: &Pool<DB>,
        site: Option<&'static Location<'static>>,
    ) -> Wait {
        operation.waits_from_the_start(|| path(pool));
        let waiting = self.wait(operation.instruments(), site, operation.context());
        Wait { waiting, label: operation.label() }
    }

    /// Gets a connection from the pool for whoever asks.
    pub(super) async fn acquire(
        &self,
        pool: &Pool<DB>,
        site: Option<&'static Location<'static>>,
    ) -> Result<Leased<DB>, Error> {
        let instruments = Pipeline::current().map(|pipeline| Instruments::of(&pipeline));
        let waiting = self.wait(instruments.as_ref(), site, Context::current());
        Wait { waiting, label: None }.until(pin!(pool.acquire())).await
    }

    #[inline]
    pub(super) fn wait(
        &self,
        instruments: Option<&Arc<Instruments>>,
        site: Option<&'static Location<'static>>,
        context: Context,
    ) -> Option<Waiting> {
        self.meter.as_ref().map(|meter| meter.wait_in(instruments, site, context))
    }
}

/// A connection of the pool for as long as it is lent.
#[derive(Debug)]
pub(super) struct Leased<DB: TelemetryDatabase> {
    pub(super) connection: PoolConnection<DB>,
    pub(super) lease: Option<Lease>,
}

impl<DB: TelemetryDatabase> Leased<DB> {
    /// How long it had been waited for.
    #[inline]
    pub(super) fn waited(&self) -> Duration {
        self.lease.as_ref().map_or(Duration::ZERO, Lease::waited)
    }

    pub(super) fn place(&self) -> Option<Place> {
        self.lease.as_ref().and_then(Lease::place)
    }
}
