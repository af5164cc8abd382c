use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use sqlx_core::error::Error;
use sqlx_core::pool::{Pool, PoolConnection};

use super::database::TelemetryDatabase;
use super::observed::Leased;
use crate::Waiting;
use crate::operation::ConnectionPath;
use crate::pool::Label;

/// Who waits for a connection of the pool, and for what.
pub(super) struct Wait {
    pub(super) waiting: Option<Waiting>,
    /// What is to run on the connection, if that is known.
    pub(super) label: Option<Label>,
}

/// The wait. The pool's own future is large, so this only points to it.
pub(super) struct Acquire<F> {
    wait: Wait,
    acquire: F,
}

impl Wait {
    #[inline]
    pub(super) fn until<F>(self, acquire: F) -> Acquire<F> {
        Acquire { wait: self, acquire }
    }
}

impl<DB, F> Future for Acquire<F>
where
    DB: TelemetryDatabase,
    F: Future<Output = Result<PoolConnection<DB>, Error>> + Unpin,
{
    type Output = Result<Leased<DB>, Error>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let Acquire { wait: Wait { waiting, label }, acquire } = &mut *self;
        let acquire = Pin::new(acquire);
        let acquired = match waiting {
            Some(waiting) => waiting.poll(acquire, task),
            None => acquire.poll(task),
        };
        let acquired = ready!(acquired);
        let waiting = waiting.take();
        Poll::Ready(match acquired {
            Ok(connection) => {
                let lease = waiting.map(|waiting| waiting.obtained_for(label.take()));
                Ok(Leased { connection, lease })
            }
            Err(error) => {
                if let (Some(waiting), Error::PoolTimedOut) = (waiting, &error) {
                    waiting.timed_out();
                }
                Err(error)
            }
        })
    }
}

/// Where a connection of the pool will come from, by how it stands now.
#[inline]
pub(super) fn path<DB: TelemetryDatabase>(pool: &Pool<DB>) -> ConnectionPath {
    if pool.num_idle() > 0 {
        ConnectionPath::Idle
    } else if pool.size() < pool.options().get_max_connections() {
        ConnectionPath::New
    } else {
        ConnectionPath::Queued
    }
}
