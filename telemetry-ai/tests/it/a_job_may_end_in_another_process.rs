//! A job is submitted in one process and its end is seen in another.

use std::process::Command;

use reqwest_middleware::ClientBuilder;
use telemetry_ai::{
    AiCost, Attribution, CostStatus, Decimal, EndpointRule, Middleware, PriceTable, Provider,
    Settings,
};
use telemetry_core::{Baggage, ContextExt as _, testing::Capture};

use crate::{
    assert_attribute,
    provider::{PATIENCE, Server, only_span, plain_client},
};

const SUBMITTED: &str = r#"{"id":"abc","model":"acme/dog","version":"v","status":"starting","created_at":"2026-01-01T00:00:00Z"}"#;
const DONE: &[u8] = br#"{"id":"abc","model":"acme/dog","version":"v","status":"succeeded","created_at":"2026-01-01T00:00:00Z","started_at":"2026-01-01T00:00:02Z","completed_at":"2026-01-01T00:00:12Z","output":["https://secret"],"metrics":{"predict_time":10}}"#;

/// Has the token for the process that is the other one.
const TOKEN: &str = "TELEMETRY_TEST_JOB_TOKEN";
const OTHER: &str = "a_job_may_end_in_another_process::the_end_is_billed_to_whoever_began_it";

/// A second costs 0.000975 dollars.
fn prices() -> PriceTable {
    PriceTable::builtin().with_hardware(Provider::REPLICATE, "acme/*", "gpu-l40s")
}

/// Submits a job for a tenant and hands it over.
async fn begin(capture: &Capture) -> String {
    let server = Server::of_json(SUBMITTED).await;
    let port = server.address.port();
    let rule = EndpointRule::host("127.0.0.1").port(port).provider(Provider::REPLICATE);
    let middleware = Middleware::builder().prices(prices()).endpoint(rule).build();
    let jobs = middleware.settings().jobs();
    let client = ClientBuilder::new(plain_client()).with(middleware).build();
    let context =
        capture.pipeline().context().with_baggage(Baggage::default().with("tenant.id", "acme"));
    let url = format!("http://127.0.0.1:{port}/v1/models/acme/dog/predictions");
    let asked = client.post(url).body(r#"{"input":{"prompt":"secret"}}"#).send();
    let response = tokio::time::timeout(PATIENCE, asked.in_context(context)).await.unwrap();
    response.unwrap().bytes().await.unwrap();
    assert_eq!(jobs.len(), 1);
    let token = jobs.hand_over(&Provider::REPLICATE, "abc").unwrap();
    assert!(jobs.is_empty() && jobs.hand_over(&Provider::REPLICATE, "abc").is_none());
    token.to_string()
}

/// What the webhook's handler does, in whichever process it runs.
fn end(settings: &Settings, token: &str) -> (bool, Option<AiCost>) {
    let taken = settings.take_over(&token.parse().unwrap());
    (taken, settings.jobs().webhook(&Provider::REPLICATE, DONE))
}

/// Ends it, and says in one line what came of it.
fn in_the_other_process(token: &str) -> String {
    let capture = Capture::start();
    let settings = Settings::new(prices(), Attribution::default());
    let (taken, cost) = capture.run(|| end(&settings, token));
    let cost = cost.unwrap();
    assert!(taken && cost.status() == CostStatus::Estimated);
    assert_eq!(cost.amount(), Some(Decimal::new(975, 5)));
    // It comes again, as webhooks do.
    assert_eq!(capture.run(|| end(&settings, token)), (false, None));
    let span = only_span(&capture);
    assert_eq!(span.name, "generate_content acme/dog");
    assert_attribute!(span, "tenant.id", "acme");
    assert_attribute!(span, "gen_ai.response.id", "abc");
    assert_attribute!(span, "telemetry.gen_ai.usage.compute_seconds", 10.0);
    assert_attribute!(span, "telemetry.gen_ai.job.queue.duration", 2.0);
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!((rows.len(), rows[0].calls), (1, 1));
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[("tenant.id", "acme")]), 1.0);
    assert_eq!(metrics.sum("telemetry.gen_ai.cost", &[("tenant.id", "acme")]), 0.00975);
    assert!(!format!("{span:?} {metrics:?}").contains("secret"));
    format!("{} {}", span.trace_id, span.parent_span_id.unwrap())
}

#[tokio::test]
async fn the_end_is_billed_to_whoever_began_it() {
    if let Ok(token) = std::env::var(TOKEN) {
        println!("ended in {}", in_the_other_process(&token));
        return;
    }
    let capture = Capture::start();
    let token = begin(&capture).await;
    let begun = only_span(&capture);
    assert_attribute!(begun, "telemetry.outcome", "handed_over");
    assert_attribute!(begun, "gen_ai.response.id", "abc");
    assert_attribute!(begun, "tenant.id", "acme");
    assert!(!begun.status.is_error());
    // Nothing is counted here.
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[]), 0.0);
    assert_eq!(metrics.sum("telemetry.gen_ai.unpriced", &[]), 0.0);
    assert!(capture.run(telemetry_ai::spend).is_empty());

    let mut other = Command::new(std::env::current_exe().unwrap());
    let other = other.args([OTHER, "--exact", "--nocapture"]).env(TOKEN, &token).output().unwrap();
    let said = String::from_utf8_lossy(&other.stdout);
    assert!(other.status.success(), "{said} {}", String::from_utf8_lossy(&other.stderr));
    let place = format!("ended in {} {}", begun.trace_id, begun.span_id);
    assert!(said.contains(&place), "{place}: {said}");
}

#[tokio::test]
async fn one_process_may_hand_a_job_to_itself() {
    let begins = Capture::start();
    let token = begin(&begins).await;
    let line = in_the_other_process(&token);
    let begun = only_span(&begins);
    assert_eq!(line, format!("{} {}", begun.trace_id, begun.span_id));
}

#[tokio::test]
async fn a_job_is_not_taken_over_where_it_is_under_way_nor_without_telemetry() {
    let begins = Capture::start();
    let token = begin(&begins).await.parse().unwrap();
    let settings = Settings::new(prices(), Attribution::none());
    assert!(!settings.take_over(&token), "no telemetry");
    let ends = Capture::start();
    ends.run(|| {
        assert!(settings.take_over(&token));
        assert!(!settings.take_over(&token));
        assert_eq!(settings.jobs().len(), 1);
        settings.jobs().webhook(&Provider::REPLICATE, DONE).unwrap();
    });
    // Nobody is recorded here, whatever another process records.
    assert_attribute!(only_span(&ends), "tenant.id", none);
}
