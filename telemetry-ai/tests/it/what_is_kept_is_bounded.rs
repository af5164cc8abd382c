use std::time::Instant;

use telemetry_ai::{
    Attribution, Bill, Budget, Call, Decimal, JobToken, Operation, PriceTable, Provider, Settings,
    Usage,
};
use telemetry_core::{Baggage, MetricData, testing::Capture};

/// Submits a job of Replicate's by hand.
fn submit(settings: &Settings, id: usize) {
    let mut call = Call::builder(Operation::TRAIN, Provider::REPLICATE)
        .model("acme/dog")
        .settings(settings)
        .start();
    call.read_json(format!(r#"{{"id":"job-{id}","status":"starting"}}"#).as_bytes());
    assert_eq!(call.end(), None, "it is under way");
    // However coarse the clock is, the next one is heard of later.
    let now = Instant::now();
    while Instant::now() == now {
        std::hint::spin_loop();
    }
}

#[test]
fn of_too_many_jobs_the_one_that_was_heard_of_longest_ago_is_given_up() {
    const MOST: usize = 4_096;
    let capture = Capture::start();
    let settings = Settings::new(PriceTable::builtin(), Attribution::default());
    let jobs = settings.jobs();
    capture.run(|| {
        for id in 0..MOST {
            submit(&settings, id);
        }
    });
    assert_eq!((jobs.len(), capture.spans().len()), (MOST, 0));
    // The first one is heard of again, so that now the second one is the oldest.
    let told = |id: usize, status: &str| {
        let message = format!(r#"{{"id":"job-{id}","status":"{status}"}}"#);
        capture.run(|| jobs.webhook(&Provider::REPLICATE, message.as_bytes()))
    };
    assert_eq!(told(0, "processing"), None);
    capture.run(|| submit(&settings, MOST));
    assert_eq!(jobs.len(), MOST);
    let given_up = capture.spans().remove(0);
    assert_eq!(given_up.attribute("gen_ai.response.id").unwrap(), &"job-1");
    assert_eq!(given_up.attribute("telemetry.outcome").unwrap(), &"unknown");
    assert_eq!(told(1, "succeeded"), None, "nobody waits for it any more");
    // All the others end, and as many again, and each is counted once.
    for id in (0..=MOST).filter(|id| *id != 1) {
        assert!(told(id, "succeeded").is_some(), "job {id}");
    }
    assert!(jobs.is_empty());
    for id in MOST + 1..MOST + 11 {
        capture.run(|| submit(&settings, id));
        assert!(told(id, "succeeded").is_some(), "job {id}");
        assert!(told(id, "succeeded").is_none(), "job {id} has ended");
    }
    let all = u32::try_from(MOST + 11).unwrap();
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[]), f64::from(all));
    let unknown = [("telemetry.outcome", "unknown")];
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &unknown), 1.0);
}

#[test]
fn a_budget_of_very_many_tenants_holds_for_each_and_shows_only_so_many() {
    let capture = Capture::start();
    let budget = Budget::new("tenants", Decimal::ONE).per_tenant().blocking();
    let attribution = Attribution::default().max_values(3).budget(budget);
    let settings = Settings::new(PriceTable::builtin(), attribution);
    let as_tenant = |index: usize, work: &mut dyn FnMut()| {
        let baggage = Baggage::default().with("tenant.id", &format!("tenant {index}"));
        capture.pipeline().context().with_baggage(baggage).in_scope(work);
    };
    for index in 0..10 {
        as_tenant(index, &mut || {
            let mut call =
                Call::builder(Operation::CHAT, Provider::OPENAI).settings(&settings).start();
            let mut usage = Usage::default();
            usage.cost = Some(Decimal::new(i64::try_from(index).unwrap() + 1, 1));
            usage.input_tokens = Some(1);
            call.usage(&usage);
            call.end().unwrap();
        });
    }
    let metrics = capture.metrics();
    let shown = &metrics.metric("telemetry.gen_ai.budget.used").unwrap().data;
    let MetricData::Gauge { points } = shown else { panic!("{shown:?}") };
    assert_eq!(points.len(), 3, "{points:?}");
    // Whose share isn't shown is held back all the same, and nobody else.
    for index in 0..10 {
        as_tenant(index, &mut || {
            let allowed = settings.attribution().check(&Provider::OPENAI, None).is_ok();
            assert_eq!(allowed, index != 9, "tenant {index}");
        });
    }
}

#[test]
fn what_is_no_token_and_no_bill_is_refused_in_a_line() {
    let error = "https://example.com/secret".parse::<JobToken>().unwrap_err();
    assert_eq!(error.to_string(), "this is not the token of a job");
    let event =
        r#"{"billing_events":[{"endpoint_id":"fal-ai/flux","timestamp":"2026-11-26T00:00:08Z"}]}"#;
    let error = Bill::fal_billing_events(event).unwrap_err();
    assert_eq!(error.to_string(), "fal's billing events: one has no `cost_total`");
}
