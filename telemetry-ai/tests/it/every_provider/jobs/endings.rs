//! Who says how a job ended, and what of those whose end nobody sees.

use telemetry_ai::{CostStatus, EndpointRule, Middleware, Provider};
use telemetry_core::testing::Capture;

use super::{REPLICATE_DONE, ask, serve};
use crate::{
    every_provider::{assert_span, client_for},
    provider::{PATIENCE, Server, only_span},
};

#[tokio::test]
async fn what_a_worker_or_gateway_of_ones_own_states_is_taken_at_its_word() {
    let server = serve(&[(
        200,
        &[("x-cost-usd", "0.0125"), ("x-gpu-seconds", "11.5"), ("x-gpu", "A100-80GB")],
        r#"{"image":"secret"}"#,
    )])
    .await;
    let rule = EndpointRule::host("acme--studio.modal.run")
        .path("/up")
        .provider(Provider::MODAL)
        .operation(telemetry_ai::Operation::UPSCALE)
        .model("real-esrgan")
        .cost_header("x-cost-usd")
        .compute_seconds_header("x-gpu-seconds")
        .hardware_header("x-gpu");
    let builder = Middleware::builder().endpoint(rule);
    let (client, url) = client_for(&server, "http://acme--studio.modal.run/v1/up", builder);
    let capture = Capture::start();
    capture.run_async(ask(&client, &[("POST", url, "{}")])).await;
    let expected = [
        ("telemetry.gen_ai.usage.compute_seconds", "11.5"),
        ("gen_ai.usage.cost.amount", "0.0125"),
        ("gen_ai.usage.cost.source", "provider"),
        ("gen_ai.provider.name", "modal"),
    ];
    assert_span(&only_span(&capture), "upscale real-esrgan", &expected, "modal");
}

#[tokio::test]
async fn a_webhook_ends_the_job_once_and_says_its_cost() {
    for (provider, base, path, submitted, message) in [
        (
            Provider::REPLICATE,
            "http://api.replicate.com/",
            "v1/models/o/sdxl/predictions",
            r#"{"id":"abc","status":"starting"}"#,
            REPLICATE_DONE,
        ),
        (
            Provider::FAL_AI,
            "http://queue.fal.run/",
            "fal-ai/flux/dev",
            r#"{"request_id":"abc","status":"IN_QUEUE"}"#,
            r#"{"request_id":"abc","gateway_request_id":"abc","status":"OK","payload":{"images":[{"url":"https://secret"},{"url":"b"},{"url":"c"},{"url":"d"}]}}"#,
        ),
    ] {
        let submitted: &'static str = submitted;
        let server = Server::of_json(submitted).await;
        let middleware = Middleware::builder();
        let capture = Capture::start();
        let built = middleware.build();
        let jobs = built.settings().jobs();
        let host = base.strip_prefix("http://").unwrap().trim_end_matches('/');
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(PATIENCE)
            .resolve(host, server.address)
            .build()
            .unwrap();
        let client = reqwest_middleware::ClientBuilder::new(client).with(built).build();
        let url = format!("http://{host}:{}/{path}", server.address.port());
        capture.run_async(ask(&client, &[("POST", url, "{}")])).await;
        assert_eq!(jobs.len(), 1);
        assert!(jobs.webhook(&Provider::OPENAI, message.as_bytes()).is_none());
        let cost = jobs.webhook(&provider, message.as_bytes()).unwrap();
        assert_eq!(cost.usage().units.output_images, Some(4));
        assert_ne!(cost.status(), CostStatus::Exact, "no price of a picture is known here");
        assert!(jobs.is_empty());
        assert!(jobs.webhook(&provider, message.as_bytes()).is_none(), "it has ended");
        only_span(&capture);
    }
}

#[tokio::test]
async fn a_job_that_nobody_asks_after_ends_unknown_with_its_client() {
    let server = Server::of_json(r#"{"id":"abc","status":"starting"}"#).await;
    let capture = Capture::start();
    let (client, base) = client_for(&server, "http://api.replicate.com/", Middleware::builder());
    capture.run_async(ask(&client, &[("POST", format!("{base}v1/predictions"), "{}")])).await;
    assert_eq!(capture.spans().len(), 0);
    drop(client);
    let span = only_span(&capture);
    assert_eq!(span.attribute("telemetry.outcome").unwrap().to_string(), "unknown");
    let labels = [("telemetry.outcome", "unknown")];
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.requests", &labels), 1.0);
}

#[tokio::test]
async fn a_job_of_somebody_else_is_let_alone() {
    let server = Server::of_json(REPLICATE_DONE).await;
    let capture = Capture::start();
    let (client, base) = client_for(&server, "http://api.replicate.com/", Middleware::builder());
    capture.run_async(ask(&client, &[("GET", format!("{base}v1/predictions/abc"), "")])).await;
    assert_eq!(capture.spans().len(), 0);
    assert_eq!(capture.run(telemetry_ai::spend), []);
}
