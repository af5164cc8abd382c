//! Reading a response as it passes, without holding it.

mod field;
mod json;
mod reply;
mod sse;
#[cfg(feature = "middleware")]
mod tap;

pub(crate) use json::Scanner;
pub(crate) use reply::Reply;
pub(crate) use sse::Events;
#[cfg(feature = "middleware")]
pub(crate) use tap::{Framing, Tap};
