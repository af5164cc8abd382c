use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::BudgetWindow;

const DAY: u64 = 24 * 60 * 60;

/// 2026-11-27 at an hour, and days later.
fn at(days: u64, hour: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs((20_784 + days) * DAY + hour * 3_600)
}

fn tenant(name: &str) -> Attributed {
    vec![("tenant.id".into(), name.to_owned())]
}

fn asked(model: Option<&str>) -> Models<'_> {
    Models { asked: model, answered: None }
}

fn budgets(budget: Budget) -> Budgets {
    let mut budgets = Budgets::default();
    budgets.add(budget);
    budgets
}

fn book(budgets: &Budgets, who: &Attributed, dollars: i64, now: SystemTime) -> Vec<u32> {
    let (crossings, _) =
        budgets.book(who, &Provider::OPENAI, asked(Some("gpt-4o")), Decimal::from(dollars), now);
    crossings.iter().map(|crossing| crossing.threshold).collect()
}

#[test]
fn each_threshold_is_told_once_in_its_time() {
    let budgets = budgets(Budget::new("all", Decimal::from(100)).window(BudgetWindow::Day));
    let nobody = Attributed::new();
    let book = |dollars, now| book(&budgets, &nobody, dollars, now);
    assert_eq!(book(49, at(0, 1)), [0_u32; 0]);
    assert_eq!(book(1, at(0, 2)), [50]);
    assert_eq!(book(1, at(0, 3)), [0_u32; 0]);
    assert_eq!(book(50, at(0, 4)), [80, 100]);
    assert_eq!(book(500, at(0, 5)), [0_u32; 0]);
    // The next day begins anew.
    assert_eq!(book(60, at(1, 0)), [50]);
}

#[test]
fn each_tenant_has_a_budget_of_its_own() {
    let budgets = budgets(Budget::new("tenants", Decimal::from(10)).per_tenant().thresholds([100]));
    assert_eq!(book(&budgets, &tenant("acme"), 9, at(0, 0)), [0_u32; 0]);
    assert_eq!(book(&budgets, &tenant("zeta"), 9, at(0, 0)), [0_u32; 0]);
    assert_eq!(book(&budgets, &tenant("acme"), 1, at(0, 0)), [100]);
    assert_eq!(book(&budgets, &Attributed::new(), 10, at(0, 0)), [100]);
}

#[test]
fn a_budget_counts_only_what_it_is_for() {
    let budgets = budgets(
        Budget::new("some", Decimal::ONE)
            .of_provider(Provider::ANTHROPIC)
            .of_models("claude-*")
            .per_model()
            .thresholds([100]),
    );
    let book = |provider: &Provider, model| {
        let (crossings, _) =
            budgets.book(&Attributed::new(), provider, asked(model), Decimal::ONE, at(0, 0));
        crossings.into_iter().map(|crossing| crossing.key).collect::<Vec<_>>()
    };
    assert_eq!(book(&Provider::OPENAI, Some("claude-x")), Vec::<String>::new());
    assert_eq!(book(&Provider::ANTHROPIC, Some("other")), Vec::<String>::new());
    assert_eq!(book(&Provider::ANTHROPIC, None), Vec::<String>::new());
    assert_eq!(book(&Provider::ANTHROPIC, Some("claude-x")), ["claude-x"]);
    assert_eq!(book(&Provider::ANTHROPIC, Some("claude-y")), ["claude-y"]);
}

#[test]
fn only_a_blocking_budget_refuses_and_only_while_its_time_lasts() {
    let spend = |budget: Budget| {
        let budgets = budgets(budget.window(BudgetWindow::Hour));
        book(&budgets, &tenant("acme"), 10, at(0, 1));
        budgets
    };
    let check = |budgets: &Budgets, who: &str, now| {
        budgets.check(&tenant(who), &Provider::OPENAI, Some("gpt-4o"), now)
    };
    let observing = spend(Budget::new("b", Decimal::from(10)).per_tenant());
    assert_eq!(check(&observing, "acme", at(0, 1)), Ok(()));
    let blocking = spend(Budget::new("b", Decimal::from(10)).per_tenant().blocking());
    let refused = check(&blocking, "acme", at(0, 1)).unwrap_err();
    assert_eq!(refused.to_string(), "the budget `b` is spent: 10 of 10 USD");
    assert_eq!(check(&blocking, "zeta", at(0, 1)), Ok(()));
    assert_eq!(check(&blocking, "acme", at(0, 2)), Ok(()));
}

#[test]
fn keys_are_bounded_and_those_of_former_times_make_room() {
    let budgets = budgets(
        Budget::new("tenants", Decimal::ONE)
            .per_tenant()
            .window(BudgetWindow::Day)
            .thresholds([100]),
    );
    for number in 0..MOST_KEYS {
        book(&budgets, &tenant(&format!("t{number}")), 1, at(0, 0));
    }
    let key = |who: &str, now| {
        let (_, shares) =
            budgets.book(&tenant(who), &Provider::OPENAI, asked(None), Decimal::ONE, now);
        shares[0].key.clone()
    };
    assert_eq!(key("one-more", at(0, 0)), OTHER);
    assert_eq!(key("t7", at(0, 0)), "t7");
    assert_eq!(key("one-more", at(1, 0)), "one-more");
}
