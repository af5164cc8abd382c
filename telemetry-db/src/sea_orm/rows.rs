use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use futures_core::Stream;
use sea_orm::{DbErr, QueryResult};

use super::error;
use crate::Operation;

/// The rows of a stream under observation. Its operation ends with the stream,
/// with an error, or with the drop, then as `cancelled`.
pub struct Rows<S> {
    // Dropped before the operation, which then sees the connection returned.
    stream: S,
    operation: Option<Operation>,
    /// When the caller got the last row.
    handed_over: Option<Instant>,
}

impl<S> Rows<S> {
    pub(super) fn new(stream: S, operation: Operation) -> Self {
        let operation = Some(operation).filter(Operation::is_active);
        // Until it asks for the first row, the database waits for the caller.
        let handed_over = operation.as_ref().map(|_| Instant::now());
        Rows { stream, operation, handed_over }
    }

    fn note(&mut self, row: Option<&Result<QueryResult, DbErr>>) {
        let Some(operation) = &mut self.operation else { return };
        match row {
            Some(Ok(_)) => {
                operation.rows(1);
                self.handed_over = Some(Instant::now());
            }
            Some(failed) => {
                error::note(operation, failed);
                self.end();
            }
            None => {
                operation.rows(0);
                self.end();
            }
        }
    }

    fn end(&mut self) {
        if let Some(operation) = self.operation.take() {
            operation.end();
        }
    }
}

impl<S: Stream<Item = Result<QueryResult, DbErr>> + Unpin> Stream for Rows<S> {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let (Some(operation), Some(since)) = (&mut this.operation, this.handed_over.take()) {
            operation.paused(since.elapsed());
        }
        let stream = Pin::new(&mut this.stream);
        let row = ready!(match &this.operation {
            Some(operation) => operation.in_scope(|| stream.poll_next(task)),
            None => stream.poll_next(task),
        });
        this.note(row.as_ref());
        Poll::Ready(row)
    }
}

impl<S> fmt::Debug for Rows<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("operation", &self.operation).finish_non_exhaustive()
    }
}
