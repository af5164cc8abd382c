//! What has been spent of each budget.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{Budget, BudgetExceeded, Models};
use crate::{
    Provider,
    attribution::{Attributed, OTHER},
};

/// A budget knows so many keys at most; what exceeds them shares one.
const MOST_KEYS: usize = 4_096;

/// Budgets and what was spent of them. All clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Budgets {
    kept: Vec<Arc<Kept>>,
}

#[derive(Debug)]
struct Kept {
    budget: Budget,
    spent: Mutex<HashMap<String, Spent>>,
}

#[derive(Debug, Clone, Copy)]
struct Spent {
    window: i64,
    amount: Decimal,
    /// How many thresholds have been told.
    told: usize,
}

/// A threshold that a call passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crossing {
    pub(crate) budget: String,
    pub(crate) key: String,
    pub(crate) threshold: u32,
    pub(crate) spent: Decimal,
    pub(crate) limit: Decimal,
}

/// How much of a budget is used, after a call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Share {
    pub(crate) budget: String,
    pub(crate) key: String,
    pub(crate) used: f64,
}

impl Budgets {
    pub(crate) fn add(&mut self, budget: Budget) {
        self.kept.push(Arc::new(Kept { budget, spent: Mutex::default() }));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Books what a call cost, and says which thresholds it passed and what is used.
    pub(crate) fn book(
        &self,
        who: &Attributed,
        provider: &Provider,
        models: Models<'_>,
        amount: Decimal,
        now: SystemTime,
    ) -> (Vec<Crossing>, Vec<Share>) {
        let (mut crossings, mut shares) = (Vec::new(), Vec::new());
        for kept in &self.kept {
            let budget = &kept.budget;
            let Some(key) = budget.key(who, provider, models) else { continue };
            let window = budget.window_at(now);
            let mut spent = kept.lock();
            let key = room_for(&mut spent, key, window);
            let own = spent.entry(key.to_owned()).or_insert(Spent::new(window));
            own.roll(window);
            own.amount = own.amount.checked_add(amount).unwrap_or(Decimal::MAX);
            let reached = budget.reached(own.amount);
            for threshold in budget.thresholds.get(own.told..reached).unwrap_or_default() {
                crossings.push(Crossing {
                    budget: budget.name.clone().into_owned(),
                    key: key.to_owned(),
                    threshold: *threshold,
                    spent: own.amount,
                    limit: budget.limit,
                });
            }
            own.told = own.told.max(reached);
            let used = own.amount.checked_div(budget.limit).and_then(|used| used.to_f64());
            if let Some(used) = used {
                let budget = budget.name.clone().into_owned();
                shares.push(Share { budget, key: key.to_owned(), used });
            }
        }
        (crossings, shares)
    }

    /// Whether a call may be made, by the budgets that block.
    pub(crate) fn check(
        &self,
        who: &Attributed,
        provider: &Provider,
        model: Option<&str>,
        now: SystemTime,
    ) -> Result<(), BudgetExceeded> {
        for kept in self.kept.iter().filter(|kept| kept.budget.blocking) {
            let models = Models { asked: model, answered: None };
            let Some(key) = kept.budget.key(who, provider, models) else { continue };
            let window = kept.budget.window_at(now);
            let spent = kept.lock().get(key).filter(|spent| spent.window == window).copied();
            let spent = spent.map_or(Decimal::ZERO, |spent| spent.amount);
            if spent >= kept.budget.limit {
                return Err(BudgetExceeded {
                    budget: kept.budget.name.clone().into_owned(),
                    spent,
                    limit: kept.budget.limit,
                });
            }
        }
        Ok(())
    }
}

impl Kept {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Spent>> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Spent {
    fn new(window: i64) -> Self {
        Self { window, amount: Decimal::ZERO, told: 0 }
    }

    /// Begins anew with a new time. A call that ends late is booked to the time in which it ends, so
    /// time doesn't go back.
    fn roll(&mut self, window: i64) {
        if window > self.window {
            *self = Self::new(window);
        }
    }
}

/// The key to book under, with room for it: those of former times make place for new ones, and
/// where that isn't enough, what is new is booked together.
fn room_for<'a>(spent: &mut HashMap<String, Spent>, key: &'a str, window: i64) -> &'a str {
    if spent.len() < MOST_KEYS || spent.contains_key(key) {
        return key;
    }
    spent.retain(|_, spent| spent.window >= window);
    if spent.len() < MOST_KEYS { key } else { OTHER }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
