//! Requests to providers that use no model.

use telemetry_ai::{EndpointRule, Middleware, Provider};
use telemetry_core::testing::Capture;

use super::client_for;
use crate::provider::{PATIENCE, PLAIN, Server};

/// Of each provider: lists, files, prices, counts of tokens, deletions, and paths that only look alike.
const REQUESTS: &[(&str, &str)] = &[
    ("GET", "http://api.openai.com/v1/models"),
    ("POST", "http://api.openai.com/v1/files"),
    ("POST", "http://api.openai.com/v1/moderations"),
    ("DELETE", "http://api.openai.com/v1/videos/video_1"),
    ("GET", "http://api.openai.com/v1/responses/resp_1/input_items"),
    ("POST", "http://api.openai.com/v1/batches//cancel"),
    ("GET", "http://acme.openai.azure.com/openai/deployments/my-chat"),
    ("GET", "http://api.anthropic.com/v1/models"),
    ("POST", "http://api.anthropic.com/v1/messages/count_tokens"),
    ("GET", "http://api.anthropic.com/v1/messages/batches"),
    ("DELETE", "http://api.anthropic.com/v1/messages/batches/msgbatch_1"),
    ("POST", "http://api.anthropic.com/v1/messages/batches/msgbatch_1/results"),
    ("GET", "http://api.anthropic.com/v1/messages/batches/msgbatch_1/other"),
    ("GET", "http://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-x/converse"),
    (
        "POST",
        "http://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-x/count-tokens",
    ),
    ("POST", "http://bedrock-runtime.us-east-1.amazonaws.com/guardrail/g/version/1/apply"),
    ("GET", "http://api.cohere.com/v1/models"),
    ("GET", "http://api.cohere.com/v2/chat"),
    ("POST", "http://api.cohere.com/v1/tokenize"),
    ("GET", "http://generativelanguage.googleapis.com/v1beta/models"),
    ("POST", "http://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:countTokens"),
    (
        "GET",
        "http://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent",
    ),
    ("POST", "http://generativelanguage.googleapis.com/v1beta/files"),
    (
        "POST",
        "http://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude:countTokens",
    ),
    (
        "GET",
        "http://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude:rawPredict",
    ),
    ("GET", "http://acme--upscaler.modal.run/upscale"),
    ("POST", "http://acme--upscaler.modal.run/result/fc-01J"),
    ("GET", "http://api.replicate.com/v1/models/stability-ai/sdxl"),
    ("GET", "http://api.replicate.com/v1/predictions"),
    ("POST", "http://api.replicate.com/v1/files"),
    ("POST", "http://api.replicate.com/v1/predictions/abc"),
    ("GET", "http://fal.run/fal-ai/flux/dev"),
    ("POST", "http://fal.run/health"),
    ("GET", "http://queue.fal.run/fal-ai/flux/requests/f1/logs"),
    ("GET", "http://queue.fal.run/fal-ai/flux/requests/f1/status/stream"),
    ("POST", "http://queue.fal.run/fal-ai/flux/requests/f1/cancel"),
    ("POST", "http://rest.fal.ai/storage/upload/initiate"),
    ("GET", "http://api.fal.ai/v1/models/pricing"),
    ("POST", "http://cloud.comfy.org/api/upload/image"),
    ("GET", "http://cloud.comfy.org/api/queue"),
    ("GET", "http://cloud.comfy.org/api/history/"),
    ("DELETE", "http://cloud.comfy.org/api/history/u1"),
    ("GET", "http://cloud.comfy.org"),
];

#[tokio::test]
async fn requests_that_use_no_model_pass_without_a_span_and_without_being_counted() {
    let server = Server::of_json(PLAIN).await;
    for (method, url) in REQUESTS {
        let capture = Capture::start();
        let fal = ["rest.fal.ai", "api.fal.ai"].map(EndpointRule::host);
        let builder = fal.into_iter().fold(Middleware::builder(), |builder, rule| {
            builder.endpoint(rule.provider(Provider::FAL_AI))
        });
        let with_path =
            if url.matches('/').count() == 2 { format!("{url}/") } else { (*url).to_owned() };
        let (client, url) = client_for(&server, &with_path, builder);
        let request = client.request(method.parse().unwrap(), url).body(r#"{"model":"m"}"#).send();
        let response = capture.run_async(tokio::time::timeout(PATIENCE, request)).await;
        let response = response.unwrap().unwrap();
        assert!(response.extensions().get::<telemetry_ai::CostHandle>().is_none());
        assert_eq!(response.bytes().await.unwrap(), PLAIN, "{method} {with_path}");
        assert_eq!(capture.spans().len(), 0, "{method} {with_path}");
        assert_eq!(capture.metrics().sum("telemetry.gen_ai.requests", &[]), 0.0);
        assert_eq!(capture.run(telemetry_ai::spend), [], "{method} {with_path}");
    }
}
