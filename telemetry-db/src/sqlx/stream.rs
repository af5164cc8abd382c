use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_core::ready;
use futures_core::stream::{BoxStream, Stream};
use sqlx_core::Either;
use sqlx_core::error::Error;
use sqlx_core::pool::Pool;

use super::database::{Step, TelemetryDatabase};
use super::error;
use super::observed::{Observed, begin_wait};
use super::parts::Parts;
use super::run::{Origin, Source, count, next};
use crate::instruments::Instruments;
use crate::pool::Running;
use crate::{Operation, Statement};

/// The steps of a query as they come, under observation from the first poll to
/// the end, an error, or the drop.
pub(super) struct QueryStream<'e, DB: TelemetryDatabase> {
    // Dropped before the operation, which then sees the connection returned.
    state: State<'e, DB>,
    operation: Option<Operation>,
    /// What says that it runs on a connection that is lent to another.
    running: Option<Running>,
    /// From the start to the end.
    observed: Option<Arc<Observed<DB>>>,
    /// When the caller got the last step, from the start of the operation.
    handed_over: Option<Duration>,
}

enum State<'e, DB: TelemetryDatabase> {
    Made(Source<'e, DB>, Parts<DB>),
    Borrowed(BoxStream<'e, Result<Step<DB>, Error>>),
    Leased(Leased<DB>),
    Ended,
}

impl<'e, DB: TelemetryDatabase> QueryStream<'e, DB> {
    pub(super) fn new(source: Source<'e, DB>, query: Parts<DB>) -> Self {
        QueryStream {
            state: State::Made(source, query),
            operation: None,
            running: None,
            observed: None,
            handed_over: None,
        }
    }

    /// Only the rows.
    pub(super) fn rows(self) -> Rows<'e, DB> {
        Rows(self)
    }

    #[inline]
    fn start(&mut self) {
        // A look first: it is asked with every row, and to move what is there
        // costs more than the rest of it.
        if !matches!(self.state, State::Made(..)) {
            return;
        }
        let State::Made(source, mut query) = std::mem::replace(&mut self.state, State::Ended)
        else {
            return;
        };
        let mut operation = source.observed.query(&source.made_in, source.site, &mut query);
        self.observed = Some(Arc::clone(&source.observed));
        self.state = match source.origin {
            Origin::Connection(connection, place) => {
                self.running = place.map(|place| place.run(operation.statement().cloned()));
                State::Borrowed(operation.in_scope(|| DB::fetch_many(connection, query)))
            }
            Origin::Pool(pool) => {
                begin_wait(&mut operation, &pool);
                let instruments = operation.instruments().cloned();
                let statement = operation.statement().cloned();
                let (observed, site) = (source.observed, source.site);
                State::Leased(Leased::new(observed, pool, instruments, site, statement, query))
            }
        };
        self.operation = Some(operation);
    }

    fn poll_state(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Step<DB>, Error>>> {
        let QueryStream { state, operation, .. } = self;
        let Some(operation) = operation else {
            return Poll::Ready(None);
        };
        let step = operation.in_scope(|| match state {
            State::Borrowed(stream) => stream.as_mut().poll_next(task),
            State::Leased(leased) => leased.poll_next(task),
            State::Made(..) | State::Ended => Poll::Ready(None),
        });
        if let State::Leased(leased) = state
            && let Some(waited) = leased.waited()
        {
            operation.waited(waited);
        }
        step
    }

    fn note(&mut self, step: Option<&Result<Step<DB>, Error>>) {
        let Some(operation) = &mut self.operation else {
            return;
        };
        match step {
            Some(Ok(step)) => {
                operation.answered();
                count::<DB>(operation, step);
                if operation.is_active() {
                    self.handed_over = Some(operation.elapsed());
                }
            }
            Some(failed) => {
                error::note(operation, failed);
                operation.finish();
            }
            None => {
                operation.rows(0);
                if let (Some(observed), Some(operation)) =
                    (self.observed.take(), self.operation.take())
                {
                    observed.end(operation);
                }
            }
        }
    }
}

impl<DB: TelemetryDatabase> Stream for QueryStream<'_, DB> {
    type Item = Result<Step<DB>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let (Some(operation), Some(since)) = (&mut this.operation, this.handed_over.take()) {
            operation.paused(operation.elapsed().saturating_sub(since));
        }
        this.start();
        let step = ready!(this.poll_state(task));
        this.note(step.as_ref());
        if step.is_none() {
            this.running = None;
            this.state = State::Ended;
        }
        Poll::Ready(step)
    }
}

// Nothing in it is pinned in place: what must stay where it is has a box.
impl<DB: TelemetryDatabase> Unpin for QueryStream<'_, DB> {}

/// The rows among the steps.
pub(super) struct Rows<'e, DB: TelemetryDatabase>(QueryStream<'e, DB>);

impl<DB: TelemetryDatabase> Stream for Rows<'_, DB> {
    type Item = Result<DB::Row, Error>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_next(task)) {
                Some(Ok(Either::Left(_))) => {}
                Some(Ok(Either::Right(row))) => return Poll::Ready(Some(Ok(row))),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// The steps of a query on a connection of its own. The driver's stream
/// borrows from the connection, so both live in one future, which lays each
/// step down for this to pick up.
struct Leased<DB: TelemetryDatabase> {
    work: Option<BoxFuture<'static, ()>>,
    told_wait: bool,
    table: Arc<Table<DB>>,
}

struct Table<DB: TelemetryDatabase> {
    step: Mutex<Option<Result<Step<DB>, Error>>>,
    waited: OnceLock<Duration>,
}

impl<DB: TelemetryDatabase> Leased<DB> {
    fn new(
        observed: Arc<Observed<DB>>,
        pool: Pool<DB>,
        instruments: Option<Arc<Instruments>>,
        site: Option<&'static Location<'static>>,
        statement: Option<Statement>,
        query: Parts<DB>,
    ) -> Self {
        let table = Arc::new(Table { step: Mutex::new(None), waited: OnceLock::new() });
        let laid = Arc::clone(&table);
        let work = Box::pin(async move {
            let (leased, waited) = observed.acquire(&pool, instruments.as_ref(), site).await;
            let _ = laid.waited.set(waited);
            let mut leased = match leased {
                Ok(leased) => leased,
                Err(error) => return laid.put(Err(error)),
            };
            let _running = leased.place().map(|place| place.run(statement));
            let mut stream = DB::fetch_many(&mut leased.connection, query);
            while let Some(step) = next(&mut stream).await {
                laid.put(step);
                pause().await;
            }
        });
        Leased { work: Some(work), told_wait: false, table }
    }

    fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Step<DB>, Error>>> {
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
    fn waited(&mut self) -> Option<Duration> {
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
    fn put(&self, step: Result<Step<DB>, Error>) {
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = Some(step);
    }

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
