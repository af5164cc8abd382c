//! [`Failure`]: why a command or a step did not succeed, as a sentence for the user.

use std::fmt;

/// Why a command or a step did not succeed.
///
/// Nothing in this crate reacts to one kind of failure differently from another,
/// so it is a sentence and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure(String);

impl Failure {
    /// A failure that reads as `reason`.
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
