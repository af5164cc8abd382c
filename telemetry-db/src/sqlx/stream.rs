use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::ready;
use futures_core::stream::{BoxStream, Stream};
use sqlx_core::Either;
use sqlx_core::error::Error;

use super::database::{Step, TelemetryDatabase};
use super::error;
use super::leased_stream::LeasedStream;
use super::observed::Observed;
use super::parts::Parts;
use super::run::{Origin, Source, count};
use crate::Operation;
use crate::operation::Account;
use crate::pool::Running;

/// The steps of a query as they come, under observation from the first poll to
/// the end, an error, or the drop.
pub(super) struct QueryStream<'e, DB: TelemetryDatabase> {
    /// Rows come as fast as they are asked for: all that there is to do with
    /// one is to count it.
    flowing: bool,
    // Dropped before the operation, which then sees the connection returned.
    state: State<'e, DB>,
    account: Account,
    /// What says that it runs on a connection that is lent to another.
    running: Option<Running>,
    /// From the start to the end.
    observed: Option<Arc<Observed<DB>>>,
}

enum State<'e, DB: TelemetryDatabase> {
    Made(Source<'e, DB>, Parts<DB>),
    Borrowed(BoxStream<'e, Result<Step<DB>, Error>>),
    Leased(LeasedStream<DB>),
    Ended,
}

impl<'e, DB: TelemetryDatabase> QueryStream<'e, DB> {
    pub(super) fn new(source: Source<'e, DB>, query: Parts<DB>) -> Self {
        QueryStream {
            flowing: false,
            state: State::Made(source, query),
            account: Account::of(Operation::idle()),
            running: None,
            observed: None,
        }
    }

    /// Only the rows.
    pub(super) fn rows(self) -> Rows<'e, DB> {
        Rows(self)
    }

    /// What isn't one of the rows that flow.
    #[inline(never)]
    fn poll_observed(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Step<DB>, Error>>> {
        self.start();
        let QueryStream { state, account, .. } = self;
        let step = account.operation.in_scope(|| state.poll_next(task));
        if let State::Leased(leased) = state
            && let Some(waited) = leased.waited()
        {
            account.operation.waited(waited);
        }
        self.note(&step);
        step
    }

    fn start(&mut self) {
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
                self.running = place.map(|place| place.run(operation.label()));
                State::Borrowed(operation.in_scope(|| DB::fetch_many(connection, query)))
            }
            Origin::Pool(pool) => {
                let wait = source.observed.wait_for(&mut operation, &pool, source.site);
                State::Leased(LeasedStream::new(pool, wait, query))
            }
        };
        self.account.operation = operation;
    }

    /// Notes what came. The clock is read when the rows begin to flow and when
    /// they stop, not for each: a row that was there when it was asked for
    /// took no time but the caller's.
    #[inline(never)]
    fn note(&mut self, step: &Poll<Option<Result<Step<DB>, Error>>>) {
        let account = &mut self.account;
        match step {
            Poll::Ready(Some(Ok(step))) => {
                account.operation.answered();
                count::<DB>(&mut account.operation, step);
                if !self.flowing {
                    account.hand_over();
                    self.flowing = true;
                }
                return;
            }
            Poll::Ready(Some(failed)) => {
                account.take_back();
                error::note(&mut account.operation, failed);
                account.operation.finish();
            }
            Poll::Ready(None) => {
                account.take_back();
                account.operation.rows(0);
                if let Some(observed) = self.observed.take() {
                    observed.end(&mut account.operation);
                }
                self.running = None;
                self.state = State::Ended;
            }
            Poll::Pending => account.take_back(),
        }
        self.flowing = false;
    }
}

impl<DB: TelemetryDatabase> State<'_, DB> {
    #[inline]
    fn poll_next(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Step<DB>, Error>>> {
        match self {
            State::Leased(leased) => leased.poll_next(task),
            State::Borrowed(stream) => stream.as_mut().poll_next(task),
            State::Made(..) | State::Ended => Poll::Ready(None),
        }
    }
}

impl<DB: TelemetryDatabase> Stream for QueryStream<'_, DB> {
    type Item = Result<Step<DB>, Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        // A driver that works elsewhere needs no context where its rows are picked up.
        if !this.flowing || !DB::WORKS_ELSEWHERE && this.account.operation.is_active() {
            return this.poll_observed(task);
        }
        let step = this.state.poll_next(task);
        if let Poll::Ready(Some(Ok(Either::Right(_)))) = step {
            this.account.row();
        } else {
            this.note(&step);
        }
        step
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
