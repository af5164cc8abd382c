//! The way of a record from the thread that made it to the collector: one [`Ring`] a thread.
//!
//! A ring is a [`Slot`](slot::Slot) that holds the [`Segment`](segment::Segment) being filled. The
//! owner takes the segment out, leaving a mark, appends a record and puts it back; the collector takes it out and
//! gives it to the sinks on a [`Lease`](lease::Lease), whose end brings it back to the
//! [`Pool`](pool::Pool). Whoever has taken a segment owns it, so
//! nobody ever reads what another is writing, an idle thread holds no memory, and a dead thread's
//! records stay where the collector finds them.

mod lease;
mod pool;
mod producer;
mod segment;
mod slot;
mod starts;
#[cfg(test)]
#[cfg(not(telemetry_loom))]
mod tests;

pub(crate) use lease::Lease;
pub(crate) use pool::Pool;
pub(crate) use producer::Ring;
pub(crate) use segment::{
    FRAME_HEADER, Fate, FramedRecord, Frames, MAX_RECORD, Segment, begin_frame, end_frame,
    frame_header,
};
pub(crate) use slot::Found;
pub(crate) use starts::{Origin, SamplingResult, Starts};
