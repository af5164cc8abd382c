//! What can fail.

use std::fmt;

use crate::BudgetExceeded;

/// Why there is no response.
///
/// ```
/// use telemetry_ai::tower::Error;
///
/// fn is_out_of_money<E>(error: &Error<E>) -> bool {
///     matches!(error, Error::Budget(_))
/// }
/// # assert!(!is_out_of_money(&Error::Client("connection refused")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error<E> {
    /// The call was not made, since a [blocking](crate::Budget::blocking) budget is spent.
    Budget(BudgetExceeded),
    /// The client's own.
    Client(E),
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget(refused) => refused.fmt(formatter),
            Self::Client(error) => error.fmt(formatter),
        }
    }
}

/// It stands in the client's place: what that one is caused by is its cause.
impl<E: std::error::Error> std::error::Error for Error<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Budget(refused) => refused.source(),
            Self::Client(error) => error.source(),
        }
    }
}
