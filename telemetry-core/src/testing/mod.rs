//! A test kit: [`Capture`] takes the spans, events and metrics of one test, in isolation from tests
//! that run beside it, and says what was expected of them and isn't so; a [`VirtualClock`] moves when
//! the test says.

mod capture;
mod captured;
mod expect;
mod expect_record;
mod occurrences;
mod report;
mod virtual_clock;

pub use capture::{Capture, assert_ledger_balances};
pub use captured::{CapturedLink, CapturedLog, CapturedSpan, CapturedSpanEvent, OwnedValue};
pub use occurrences::{CapturedOccurrence, CapturedOccurrences};
pub use virtual_clock::VirtualClock;
