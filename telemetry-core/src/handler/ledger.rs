use std::fmt;

/// The account of one handler: `accepted = handled + dropped + queued`.
///
/// ```
/// use telemetry_core::Ledger;
///
/// fn complain(ledger: &Ledger) {
///     for handler in ledger.handlers.iter().filter(|it| it.dropped + it.panicked > 0) {
///         eprintln!("{}: {} dropped, {} panicked", handler.id, handler.dropped, handler.panicked);
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandlerLedger {
    /// The id under which it is attached.
    pub id: String,
    /// Occurrences that it was to be told of.
    pub accepted: u64,
    /// Calls.
    pub handled: u64,
    /// Occurrences that found its queue full, or that were left when it ended.
    pub dropped: u64,
    /// Occurrences that wait.
    pub queued: u64,
    /// Calls that panicked, among those handled.
    pub panicked: u64,
    /// Calls that took longer than 100 ms, among those handled.
    pub slow: u64,
}

impl HandlerLedger {
    /// Whether the account is equal on both sides.
    pub fn balances(&self) -> bool {
        self.accepted == self.handled + self.dropped + self.queued
    }
}

impl fmt::Display for HandlerLedger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} accepted = {} handled ({} panicked, {} slow) + {} dropped + {} queued",
            self.accepted, self.handled, self.panicked, self.slow, self.dropped, self.queued
        )
    }
}
