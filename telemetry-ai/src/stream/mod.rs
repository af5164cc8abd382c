//! Reading a response as it passes, without holding it.

mod base64;
mod cursor;
mod event_stream;
#[cfg(any(feature = "middleware", feature = "tower"))]
mod framing;
mod job;
mod level;
mod lines;
mod members;
mod node;
mod picking;
mod reading;
mod repeats;
mod reply;
mod scanner;
mod skip;
mod sse;
#[cfg(any(feature = "middleware", feature = "tower"))]
mod tap;
mod text;
mod time;
pub(crate) mod value;
mod words;

pub(crate) use base64::{decode as decode_base64, encode as encode_base64};
pub(crate) use cursor::Cursor;
pub(crate) use event_stream::EventStream;
pub(crate) use job::{Job, JobState};
pub(crate) use lines::Lines;
pub(crate) use members::members;
pub(crate) use node::Node;
pub(crate) use reading::{Framing, Reading, Shape};
pub(crate) use reply::{Item, LONGEST_NAME, Reply, set, set_word};
pub(crate) use scanner::Scanner;
pub(crate) use sse::Events;
#[cfg(any(feature = "middleware", feature = "tower"))]
pub(crate) use tap::{Broken, Tap};
pub(crate) use time::unix_milliseconds;
pub(crate) use words::word;
