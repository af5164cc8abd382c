//! A test kit: [`Capture`] takes the spans, events and metrics of one test, in isolation from tests
//! that run beside it.

mod capture;
mod captured;
mod expect;
mod expect_record;
mod report;

pub use capture::Capture;
pub use captured::{CapturedLink, CapturedLog, CapturedSpan, CapturedSpanEvent, OwnedValue};
