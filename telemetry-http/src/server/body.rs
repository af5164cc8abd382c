use std::num::NonZeroU64;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode};
use http_body::{Frame, SizeHint};
use pin_project_lite::pin_project;

use super::RequestGuard;

pin_project! {
    /// The body of an observed response; made by [`Service`](super::Service).
    ///
    /// The request ends with its last byte: when it says that it has ended, when its declared length
    /// has been handed over, or when it fails. Dropped before that, it ends the request as
    /// `client_disconnected`.
    #[derive(Debug, Default)]
    pub struct Body<B> {
        // Dropped first: what the body started ends before the request does.
        #[pin]
        inner: B,
        guard: RequestGuard,
        // Bytes to come, where that is known.
        remaining: Option<NonZeroU64>,
    }
}

impl<B: http_body::Body> Body<B> {
    #[inline]
    pub(super) fn new(inner: B, guard: RequestGuard, headers: &HeaderMap, has_body: bool) -> Self {
        let mut body = Self { inner, guard, remaining: None };
        if body.guard.is_observed() {
            let length = declared(headers).or_else(|| body.inner.size_hint().exact());
            body.remaining = length.and_then(NonZeroU64::new);
            if !has_body || length == Some(0) || body.inner.is_end_stream() {
                body.guard.take().end();
            } else if length.is_none() {
                body.guard.begin_stream();
            }
        }
        body
    }
}

/// What a request's method means for the body of its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyRule {
    Usual,
    /// Only the head is sent.
    Head,
    /// What follows an accepted `CONNECT` isn't the response's.
    Connect,
}

impl BodyRule {
    #[inline]
    pub(super) fn of(method: &Method) -> Self {
        match *method {
            Method::HEAD => Self::Head,
            Method::CONNECT => Self::Connect,
            _ => Self::Usual,
        }
    }

    /// Whether anything is sent after the head.
    #[inline]
    pub(super) fn has_body(self, status: StatusCode) -> bool {
        let by_method = match self {
            Self::Usual => true,
            Self::Head => false,
            Self::Connect => !status.is_success(),
        };
        let by_status = !status.is_informational()
            && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        by_method && by_status
    }
}

/// What the response's head says; a server sends no more than that.
#[inline]
fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl<B> http_body::Body for Body<B>
where
    B: http_body::Body,
    B::Error: 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let (guard, inner) = (this.guard, this.inner.as_mut());
        let polled = ready!(guard.in_scope(|| inner.poll_frame(task)));
        if guard.is_observed() {
            match &polled {
                None => guard.take().end(),
                Some(Err(error)) => guard.take().fail_by(error),
                Some(Ok(frame)) => {
                    guard.sent(bytes_of(frame));
                    if is_last(frame, this.remaining) || this.inner.is_end_stream() {
                        guard.take().end();
                    }
                }
            }
        }
        Poll::Ready(polled)
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[inline]
fn bytes_of<D: Buf>(frame: &Frame<D>) -> u64 {
    frame.data_ref().map_or(0, |data| data.remaining() as u64)
}

/// Whether nothing comes after `frame`; counts down by its bytes.
#[inline]
fn is_last<D: Buf>(frame: &Frame<D>, remaining: &mut Option<NonZeroU64>) -> bool {
    let (Some(left), true) = (*remaining, frame.is_data()) else {
        return frame.is_trailers();
    };
    *remaining = NonZeroU64::new(left.get().saturating_sub(bytes_of(frame)));
    remaining.is_none()
}
