//! Bodies on their way: when one is complete, and how many bytes it had.

mod body_rule;
mod counted_body;
mod observed_body;
mod observed_response;
mod remaining;

use http::HeaderMap;
use http::header::CONTENT_LENGTH;

pub(crate) use body_rule::BodyRule;
pub(crate) use counted_body::ByteCount;
pub use counted_body::CountedBody;
pub(crate) use observed_body::{BodyGuard, ObservedBody};
pub(crate) use observed_response::{ResponseGuard, poll_response};
pub(crate) use remaining::Remaining;

/// What a message's head says of its length; a server sends no more than that.
#[inline]
pub(crate) fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
