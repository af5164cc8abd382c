//! Cases of calls of models.

mod calls;
mod prices;
mod stream;

pub(super) mod call_4k;
pub(super) mod call_added;
pub(super) mod price;
pub(super) mod stream_chunk;
