use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use sea_orm::{DbErr, QueryResult};

use super::error;
use crate::Operation;
use crate::operation::Account;

/// The rows of a stream under observation. Its operation ends with the stream,
/// with an error, or with the drop, then as `cancelled`.
pub struct Rows<S> {
    // Dropped before the operation, which then sees the connection returned.
    stream: S,
    account: Account,
    /// Rows come as fast as they are asked for.
    flowing: bool,
}

impl<S> Rows<S> {
    pub(super) fn new(stream: S, operation: Operation) -> Self {
        let mut account = Account::of(operation);
        // Until it asks for the first row, the database waits for the caller.
        account.hand_over();
        Rows { stream, account, flowing: false }
    }

    /// Notes what came. The clock is read when the rows begin to flow and when
    /// they stop.
    fn note(&mut self, row: &Poll<Option<Result<QueryResult, DbErr>>>) {
        let account = &mut self.account;
        if let Poll::Ready(Some(Ok(_))) = row {
            account.row();
            if !self.flowing {
                account.hand_over();
                self.flowing = true;
            }
            return;
        }
        account.take_back();
        self.flowing = false;
        match row {
            Poll::Pending => return,
            Poll::Ready(Some(failed)) => error::note(&mut account.operation, failed),
            Poll::Ready(None) => account.operation.rows(0),
        }
        account.operation.finish();
    }
}

impl<S: Stream<Item = Result<QueryResult, DbErr>> + Unpin> Stream for Rows<S> {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if !this.flowing {
            this.account.take_back();
        }
        let stream = Pin::new(&mut this.stream);
        let row = this.account.operation.in_scope(|| stream.poll_next(task));
        this.note(&row);
        row
    }
}

impl<S> fmt::Debug for Rows<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("account", &self.account).finish_non_exhaustive()
    }
}
