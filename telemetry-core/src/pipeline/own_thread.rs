use std::cell::Cell;

thread_local! {
    static IS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Says that the calling thread is telemetry's own. What it logs by way of other facades isn't
/// recorded: a sink whose client logs each request would have something to send for ever.
pub(super) fn mark() {
    IS_OWN.set(true);
}

/// Whether the calling thread is telemetry's own.
#[cfg(any(feature = "log", feature = "tracing"))]
#[inline]
pub(super) fn is_marked() -> bool {
    IS_OWN.get()
}
