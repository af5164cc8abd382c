use std::num::NonZeroU64;

use bytes::Buf;
use http::HeaderMap;
use http_body::{Body, Frame};

use super::declared;

/// Bytes of a body that are still to come, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remaining(Option<NonZeroU64>);

impl Remaining {
    /// Of a body that is about to come with `headers`; none when there is nothing to come.
    #[inline]
    pub(crate) fn of<B: Body>(body: &B, headers: &HeaderMap, has_body: bool) -> Option<Self> {
        let length = declared(headers).or_else(|| body.size_hint().exact());
        let is_over = !has_body || length == Some(0) || body.is_end_stream();
        (!is_over).then(|| Self(length.and_then(NonZeroU64::new)))
    }

    #[inline]
    pub(crate) fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// Counts down by `frame`: its bytes, and whether nothing comes after it.
    #[inline]
    pub(crate) fn pass<D: Buf>(&mut self, frame: &Frame<D>) -> (u64, bool) {
        let Some(data) = frame.data_ref() else {
            return (0, frame.is_trailers());
        };
        let bytes = data.remaining() as u64;
        let Some(left) = self.0 else {
            return (bytes, false);
        };
        self.0 = NonZeroU64::new(left.get().saturating_sub(bytes));
        (bytes, self.0.is_none())
    }
}
