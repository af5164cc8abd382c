//! [`Polls`]: a future that takes so many polls.

use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::case::{Load, Subject};
use crate::destination::{Nowhere, PerBurst};
use crate::failure::Failure;

/// A future that takes so many polls and does nothing in them.
pub(super) struct Polls(pub(super) u64);

/// A span for a burst of polls, of each of which it costs a hundred-thousandth.
pub(super) const LOAD: Load = Load::INSTANTS;

impl Future for Polls {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        self.0 = black_box(self.0).saturating_sub(1);
        if self.0 == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// Polls a future until it is ready.
pub(super) fn poll_to_the_end(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    while future.as_mut().poll(&mut context).is_pending() {}
}

/// A side on which no future is in a span.
pub(super) fn bare() -> Result<Subject, Failure> {
    Ok(Subject::of_bursts(|polls| poll_to_the_end(Polls(polls)), Nowhere))
}

/// The destination of the burst's one span.
pub(super) fn span_of_a_burst<D>(records: D) -> PerBurst<D> {
    PerBurst { records, operations: LOAD.burst }
}
