//! With its feature `log-always`, `tracing` hands each event to the `log` crate's logger as well, right
//! after the subscriber has had it. Where both bridges are installed that would make two records.

use std::cell::Cell;

thread_local! {
    /// File and line of the event that the `tracing` bridge has just had.
    static BRIDGED: Cell<(usize, u32)> = const { Cell::new((0, 0)) };
}

/// Remembers an event of this place in the code.
#[inline]
pub(super) fn remember(file: Option<&'static str>, line: Option<u32>) {
    if let (Some(file), Some(line)) = (file, line) {
        BRIDGED.set((file.as_ptr() as usize, line));
    }
}

/// Whether a log record of this place is the event that has just been remembered.
pub(super) fn is_of(file: Option<&str>, line: Option<u32>) -> bool {
    let place = (file.map_or(0, |file| file.as_ptr() as usize), line.unwrap_or(0));
    place.0 != 0 && BRIDGED.replace((0, 0)) == place
}
