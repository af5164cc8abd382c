//! The cost, handed back to the application.

use std::sync::{Arc, OnceLock};

use crate::AiCost;

/// Will hold what a call cost, once its response has been read.
///
/// The middleware puts one into the extensions of each response that it observes. A stream's cost
/// is known at its end, so take the handle before you consume the response:
///
/// ```
/// # async fn example(response: reqwest::Response) -> Result<(), reqwest::Error> {
/// use telemetry_ai::CostHandle;
///
/// let cost = response.extensions().get::<CostHandle>().cloned();
/// let answer = response.bytes().await?;
/// if let Some(dollars) = cost.and_then(|cost| cost.cost()?.amount()) {
///     println!("{} bytes for {dollars} USD", answer.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct CostHandle {
    cell: Arc<OnceLock<AiCost>>,
}

impl CostHandle {
    /// The cost; `None` until the call has ended.
    #[must_use]
    pub fn cost(&self) -> Option<&AiCost> {
        self.cell.get()
    }

    /// Filled once, by the call's one end.
    pub(crate) fn fill(&self, cost: AiCost) -> Option<&AiCost> {
        let _ = self.cell.set(cost);
        self.cell.get()
    }
}
