use telemetry_ai::{
    Attribution, Budget, BudgetExceeded, Call, Decimal, Middleware, Operation, PriceTable,
    Provider, Settings, Usage,
};
use telemetry_core::{Baggage, testing::Capture};

use crate::provider::{PLAIN, REQUEST, Server, answer, ask};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A call by hand whose provider states what it cost.
fn spend(settings: &Settings, dollars: &str) {
    let mut call =
        Call::builder(Operation::CHAT, Provider::OPENROUTER).model("m").settings(settings).start();
    let mut usage = Usage::default();
    usage.cost = Some(decimal(dollars));
    usage.input_tokens = Some(1);
    call.usage(&usage);
    call.end().unwrap();
}

fn as_tenant(capture: &Capture, tenant: &str, work: impl FnOnce()) {
    let baggage = Baggage::default().with("tenant.id", tenant);
    capture.pipeline().context().with_baggage(baggage).in_scope(work);
}

#[test]
fn each_threshold_of_a_tenants_budget_is_an_event_in_the_call_that_passed_it() {
    let capture = Capture::start();
    let budget = Budget::new("tenants", decimal("1")).per_tenant();
    let settings = Settings::new(PriceTable::builtin(), Attribution::default().budget(budget));
    as_tenant(&capture, "acme", || {
        for _ in 0..11 {
            spend(&settings, "0.1");
        }
    });
    as_tenant(&capture, "zeta", || spend(&settings, "0.1"));

    let events = capture.events();
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.event_name == "telemetry.gen_ai.budget.threshold")
        .collect();
    let thresholds: Vec<_> = told
        .iter()
        .map(|event| {
            event.attribute("telemetry.gen_ai.budget.threshold_percent").unwrap().to_string()
        })
        .collect();
    assert_eq!(thresholds, ["50", "80", "100"]);
    for event in &told {
        event
            .expect_attribute("telemetry.gen_ai.budget.name", "tenants")
            .expect_attribute("telemetry.gen_ai.budget.key", "acme")
            .expect_attribute("telemetry.gen_ai.budget.limit", 1.0);
    }
    told[0].expect_attribute("telemetry.gen_ai.budget.spent", 0.5);
    // It belongs to the span of the call, the fifth of twelve.
    told[0].expect_in(&capture.spans()[4]);
    let metrics = capture.metrics();
    let used = |tenant| {
        metrics.sum(
            "telemetry.gen_ai.budget.used",
            &[("telemetry.gen_ai.budget.name", "tenants"), ("telemetry.gen_ai.budget.key", tenant)],
        )
    };
    assert_eq!((used("acme"), used("zeta")), (1.1, 0.1));
}

#[tokio::test]
async fn a_budget_that_is_spent_holds_nothing_back_unless_it_is_to() {
    for blocking in [false, true] {
        let server = Server::of_json(PLAIN).await;
        let capture = Capture::start();
        // One call costs 0.005615.
        let mut budget = Budget::new("all", decimal("0.01"));
        if blocking {
            budget = budget.blocking();
        }
        let attribution = Attribution::default().budget(budget);
        let client = server.client_of(Middleware::builder().attribution(attribution));
        for _ in 0..2 {
            capture.run_async(answer(&client, &server.url(), REQUEST)).await;
        }
        let third = capture.run_async(ask(&client, &server.url(), REQUEST)).await;
        if !blocking {
            third.unwrap().bytes().await.unwrap();
            assert_eq!(capture.spans().len(), 3);
            continue;
        }
        let error = third.unwrap_err();
        let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error}") };
        let refused = error.downcast_ref::<BudgetExceeded>().unwrap();
        assert_eq!(
            (refused.budget(), refused.spent(), refused.limit()),
            ("all", decimal("0.01123"), decimal("0.01"))
        );
        capture.spans()[2]
            .expect_error("budget_exceeded")
            .expect_no_attribute("gen_ai.usage.cost.amount");
        let metrics = capture.metrics();
        let named = [("telemetry.gen_ai.budget.name", "all")];
        assert_eq!(metrics.sum("telemetry.gen_ai.budget.refused", &named), 1.0);
        // What was refused costs nothing and isn't counted as unpriced.
        assert_eq!(metrics.sum("telemetry.gen_ai.cost", &[]), 0.01123);
        assert_eq!(metrics.sum("telemetry.gen_ai.unpriced", &[]), 0.0);
    }
}

#[test]
fn another_client_may_ask_before_it_calls() {
    let capture = Capture::start();
    let budget = Budget::new("all", decimal("1")).blocking();
    let settings = Settings::new(PriceTable::builtin(), Attribution::default().budget(budget));
    capture.run(|| {
        assert_eq!(settings.attribution().check(&Provider::OPENROUTER, None), Ok(()));
        spend(&settings, "1");
        let refused = settings.attribution().check(&Provider::OPENROUTER, None).unwrap_err();
        assert_eq!(refused.to_string(), "the budget `all` is spent: 1 of 1 USD");
    });
}
