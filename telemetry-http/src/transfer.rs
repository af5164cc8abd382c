//! When the body of a message is complete, and how many bytes it had.

use std::num::NonZeroU64;

use bytes::Buf;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode};
use http_body::{Body, Frame};

/// A body on its way: counts its bytes and knows its last one.
#[derive(Debug, Default)]
pub(crate) struct Transfer {
    bytes: u64,
    /// Bytes to come, where that is known.
    remaining: Option<NonZeroU64>,
}

impl Transfer {
    /// Of a body that is about to come with `headers`; none when there is nothing to come.
    pub(crate) fn of<B: Body>(body: &B, headers: &HeaderMap, has_body: bool) -> Option<Self> {
        let length = declared(headers).or_else(|| body.size_hint().exact());
        let is_over = !has_body || length == Some(0) || body.is_end_stream();
        let remaining = length.and_then(NonZeroU64::new);
        (!is_over).then_some(Self { bytes: 0, remaining })
    }

    /// Counts `frame`; whether nothing comes after it.
    #[inline]
    pub(crate) fn is_last<D: Buf>(&mut self, frame: &Frame<D>) -> bool {
        let Some(data) = frame.data_ref() else {
            return frame.is_trailers();
        };
        let length = data.remaining() as u64;
        self.bytes += length;
        let Some(left) = self.remaining else {
            return false;
        };
        self.remaining = NonZeroU64::new(left.get().saturating_sub(length));
        self.remaining.is_none()
    }

    /// Bytes so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// What a message's head says of its length.
pub(crate) fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Whether the answer to a request of this method is followed by a body when it has this status.
/// What follows an accepted `CONNECT` and a change of protocol isn't the answer's.
pub(crate) fn has_body(method: &Method, status: StatusCode) -> bool {
    let by_method = match *method {
        Method::HEAD => false,
        Method::CONNECT => !status.is_success(),
        _ => true,
    };
    let without = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    by_method && !status.is_informational() && !without
}
