//! A refusal.

use std::fmt;

use rust_decimal::Decimal;

/// A call was refused because a blocking [`Budget`](crate::Budget) is spent.
///
/// The middleware returns it as the source of `reqwest_middleware::Error::Middleware`.
///
/// ```
/// use telemetry_ai::BudgetExceeded;
///
/// fn is_out_of_money(error: &(dyn std::error::Error + 'static)) -> bool {
///     error.downcast_ref::<BudgetExceeded>().is_some()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetExceeded {
    pub(super) budget: String,
    pub(super) spent: Decimal,
    pub(super) limit: Decimal,
}

impl BudgetExceeded {
    /// The budget's name.
    #[must_use]
    pub fn budget(&self) -> &str {
        &self.budget
    }

    /// US dollars spent in the budget's time.
    #[must_use]
    pub fn spent(&self) -> Decimal {
        self.spent
    }

    /// US dollars that may be spent in the budget's time.
    #[must_use]
    pub fn limit(&self) -> Decimal {
        self.limit
    }
}

impl fmt::Display for BudgetExceeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { budget, spent, limit } = self;
        write!(formatter, "the budget `{budget}` is spent: {spent} of {limit} USD")
    }
}

impl std::error::Error for BudgetExceeded {}
