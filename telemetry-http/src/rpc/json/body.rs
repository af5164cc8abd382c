use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use super::calls::Calls;
use crate::server::error::error_type;
use crate::transfer::Remaining;

pin_project! {
    /// The body of an observed request's answer; made by [`Service`](super::Service). The calls end with
    /// its last byte.
    #[derive(Debug, Default)]
    pub struct Body<B> {
        // Dropped first: what the body started ends before the calls do.
        #[pin]
        inner: B,
        // Absent when there are none, and after the end.
        calls: Option<Box<Calls>>,
        remaining: Remaining,
    }
}

impl<B: http_body::Body> Body<B> {
    pub(super) fn new(inner: B, calls: Calls, headers: &HeaderMap) -> Self {
        if calls.is_empty() {
            return Self { inner, calls: None, remaining: Remaining::default() };
        }
        match Remaining::of(&inner, headers, true) {
            Some(remaining) => Self { inner, calls: Some(Box::new(calls)), remaining },
            None => {
                calls.end();
                Self { inner, calls: None, remaining: Remaining::default() }
            }
        }
    }
}

impl<B> http_body::Body for Body<B>
where
    B: http_body::Body,
    B::Error: 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(calls) = this.calls.as_mut() else {
            return this.inner.poll_frame(task);
        };
        let inner = this.inner.as_mut();
        let mut polled = ready!(calls.in_scope(|| inner.poll_frame(task)));
        let is_over = match &mut polled {
            None => true,
            Some(Err(error)) => {
                if let Some(calls) = this.calls.take() {
                    calls.fail(&error_type(error));
                }
                return Poll::Ready(polled);
            }
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    read(calls, data);
                }
                this.remaining.pass(frame).1 || this.inner.is_end_stream()
            }
        };
        if is_over && let Some(calls) = this.calls.take() {
            calls.end();
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Looks at data that somebody else consumes: at the piece that lies together, which of nearly all
/// kinds of data is the whole.
fn read<D: Buf>(calls: &mut Calls, data: &D) {
    if data.chunk().len() == data.remaining() {
        calls.read(data.chunk());
    } else {
        calls.skip();
    }
}
