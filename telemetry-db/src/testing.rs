//! Assertions for your own tests: no habit that costs.

use telemetry_core::testing::{Capture, CapturedLog};

use crate::names;

/// That nothing that was captured is N+1, reads keys one after the other, or
/// has a new text each time.
///
/// ```
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// capture.run(|| { /* what your test tries */ });
/// telemetry_db::testing::assert_no_patterns(&capture);
/// ```
///
/// # Panics
///
/// When there is one; the message names each, with its evidence.
#[expect(clippy::panic, reason = "that is how a test fails")]
#[track_caller]
pub fn assert_no_patterns(capture: &Capture) {
    let all: Vec<String> =
        capture.events().iter().filter(|event| is_pattern(event)).map(describe).collect();
    if !all.is_empty() {
        panic!("{} found:\n{}", all.len(), all.join("\n"));
    }
}

fn is_pattern(event: &CapturedLog) -> bool {
    [names::N_PLUS_ONE, names::SERIAL_READS, names::STATEMENT_THRASH]
        .iter()
        .any(|name| event.event_name == **name)
}

fn describe(event: &CapturedLog) -> String {
    let mut text = event.event_name.clone();
    for (key, value) in &event.attributes {
        text.push_str(&format!("\n    {key} = {value:?}"));
    }
    text
}
