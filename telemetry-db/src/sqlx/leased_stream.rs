use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::future::BoxFuture;
use sqlx_core::error::Error;
use sqlx_core::pool::Pool;

use super::acquire::Wait;
use super::database::{Step, TelemetryDatabase};
use super::parts::Parts;
use super::run::next;

/// The steps of a query on a connection of its own. The driver's stream
/// borrows from the connection, so both live in one future, which lays each
/// step down for this to pick up.
pub(super) struct LeasedStream<DB: TelemetryDatabase> {
    work: Option<BoxFuture<'static, ()>>,
    told_wait: bool,
    table: Arc<Table<DB>>,
}

struct Table<DB: TelemetryDatabase> {
    step: Mutex<Option<Result<Step<DB>, Error>>>,
    waited: OnceLock<Duration>,
}

impl<DB: TelemetryDatabase> LeasedStream<DB> {
    /// Runs `query` on a connection of the pool, once there is one.
    pub(super) fn new(pool: Pool<DB>, wait: Wait, query: Parts<DB>) -> Self {
        let table = Arc::new(Table { step: Mutex::new(None), waited: OnceLock::new() });
        let laid = Arc::clone(&table);
        let work = Box::pin(async move {
            let leased = {
                let acquire = pin!(pool.acquire());
                wait.until(acquire).await
            };
            let mut leased = match leased {
                Ok(leased) => leased,
                Err(error) => return laid.put(Err(error)),
            };
            let _ = laid.waited.set(leased.waited());
            let mut stream = DB::fetch_many(&mut leased.connection, query);
            while let Some(step) = next(&mut stream).await {
                laid.put(step);
                pause().await;
            }
        });
        LeasedStream { work: Some(work), told_wait: false, table }
    }

    #[inline]
    pub(super) fn poll_next(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Step<DB>, Error>>> {
        let Some(work) = &mut self.work else {
            return Poll::Ready(None);
        };
        let ended = work.as_mut().poll(task).is_ready();
        if ended {
            // Returns the connection before the last step is handled.
            self.work = None;
        }
        match self.table.take() {
            Some(step) => Poll::Ready(Some(step)),
            None if ended => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    /// How long the connection was waited for; told once.
    pub(super) fn waited(&mut self) -> Option<Duration> {
        if self.told_wait {
            return None;
        }
        let waited = self.table.waited.get().copied();
        self.told_wait = waited.is_some();
        waited
    }
}

// The lock is never contended: both sides are one task.
impl<DB: TelemetryDatabase> Table<DB> {
    #[inline]
    fn put(&self, step: Result<Step<DB>, Error>) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = Some(step);
    }

    #[inline]
    fn take(&self) -> Option<Result<Step<DB>, Error>> {
        self.step.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Lets whoever polls pick up what was laid down, who polls again for more.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut paused, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
