//! The budgets that a call is on.

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{Event, Severity, Value, semconv::gen_ai};

use super::{Call, Observed, record::Ending};
use crate::{
    AiCost, BudgetExceeded, SCOPE,
    attribution::{Crossing, Models, OTHER, Share},
    names,
};

impl Call {
    /// Whether the call may be made, by the budgets that block. If it may not, it has ended with the
    /// `error.type` `budget_exceeded`, without having cost anything.
    ///
    /// # Errors
    ///
    /// If a blocking [`Budget`](crate::Budget) is spent.
    ///
    /// ```
    /// use telemetry_ai::{BudgetExceeded, Call, Operation, Provider};
    ///
    /// # fn example() -> Result<(), BudgetExceeded> {
    /// let mut call = Call::builder(Operation::CHAT, Provider::VLLM).model("llama3.2").start();
    /// call.check_budgets()?;
    /// // ... send the request
    /// # call.end();
    /// # Ok(())
    /// # }
    /// # example().unwrap();
    /// ```
    pub fn check_budgets(&mut self) -> Result<(), BudgetExceeded> {
        let Some(observed) = self.observed.as_deref() else { return Ok(()) };
        let attribution = observed.settings.attribution();
        let model = observed.about.request.model.as_deref();
        let checked = attribution.check_for(&observed.attributed, &observed.about.provider, model);
        if let Err(refused) = &checked {
            let labels = [
                (gen_ai::PROVIDER_NAME, Value::from(observed.about.provider.as_str())),
                (names::BUDGET_NAME, Value::from(refused.budget())),
            ];
            observed.instruments.budget_refused.add(1, &labels);
            self.fail("budget_exceeded");
            self.finish(Ending::Completed);
        }
        checked
    }
}

impl Observed {
    /// Books the cost to the budgets and tells which thresholds it passed; the events belong to the
    /// call's span.
    pub(super) fn book(&self, cost: &AiCost) -> Vec<Share> {
        let Some(amount) = cost.amount() else { return Vec::new() };
        let models = Models {
            asked: self.about.request.model.as_deref(),
            answered: self.reply.model.as_deref(),
        };
        let attribution = self.settings.attribution();
        let (crossings, shares) =
            attribution.book(&self.attributed, &self.about.provider, models, amount);
        for crossing in &crossings {
            self.tell(crossing);
        }
        shares
    }

    fn tell(&self, crossing: &Crossing) {
        let spent = crossing.threshold >= 100;
        Event::new(&SCOPE, names::BUDGET_THRESHOLD_EVENT)
            .severity(if spent { Severity::Error } else { Severity::Warn })
            .context(self.span.context())
            .attribute(names::BUDGET_NAME, crossing.budget.as_str())
            .attribute(names::BUDGET_KEY, Some(&*crossing.key).filter(|key| !key.is_empty()))
            .attribute(names::BUDGET_THRESHOLD, i64::from(crossing.threshold))
            .attribute(names::BUDGET_SPENT, crossing.spent.to_f64())
            .attribute(names::BUDGET_LIMIT, crossing.limit.to_f64())
            .emit();
    }

    pub(super) fn measure_budgets(&self, shares: &[Share]) {
        let most = self.settings.attribution().most_values();
        for share in shares {
            let (budget, key) = (share.budget.as_str(), share.key.as_str());
            // The many share a series that would show now one, now another.
            if key == OTHER || !self.instruments.accounts.admits_key(budget, key, most) {
                continue;
            }
            let key = Some(key).filter(|key| !key.is_empty());
            let labels =
                [(names::BUDGET_NAME, Value::from(budget)), (names::BUDGET_KEY, Value::from(key))];
            self.instruments.budget_used.set(share.used, &labels);
        }
    }
}
