//! A key stands in the header that its provider wants it in, in the query, in the body of the request, in
//! what is answered, and in the error that refuses it. None of it is recorded.

use telemetry_ai::{EndpointRule, Middleware, MiddlewareBuilder, Provider};
use telemetry_core::{Baggage, ContextExt as _, MetricData, testing::Capture};

use crate::stand_in::{Answer, client};

/// Shaped like nothing that a redactor would know.
const KEY: &str = "planted-7f3a";

/// Where each provider is asked, and the headers that its key stands in.
const PROVIDERS: &[(&str, &[&str])] = &[
    ("https://api.openai.com/v1/chat/completions", &["authorization", "openai-organization"]),
    ("https://api.openai.com/v1/responses", &["authorization"]),
    ("https://api.openai.com/v1/images/generations", &["authorization"]),
    ("https://api.openai.com/v1/audio/speech", &["authorization"]),
    ("https://api.openai.com/v1/videos", &["authorization"]),
    ("https://acme.openai.azure.com/openai/deployments/d/chat/completions", &["api-key"]),
    ("https://acme.services.ai.azure.com/anthropic/v1/messages", &["x-api-key", "authorization"]),
    ("https://api.anthropic.com/v1/messages", &["x-api-key"]),
    ("https://api.anthropic.com/v1/messages/batches", &["x-api-key"]),
    (
        "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent",
        &["x-goog-api-key"],
    ),
    ("https://generativelanguage.googleapis.com/v1beta/interactions", &["x-goog-api-key"]),
    (
        "https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/m:generateContent",
        &["authorization", "x-goog-user-project"],
    ),
    (
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-x/converse",
        &["authorization", "x-amz-security-token", "x-amz-content-sha256"],
    ),
    (
        "https://bedrock-runtime.us-east-1.amazonaws.com/model/meta.llama3-8b/invoke",
        &["authorization"],
    ),
    ("https://api.cohere.com/v2/chat", &["authorization"]),
    ("https://openrouter.ai/api/v1/chat/completions", &["authorization", "http-referer"]),
    ("https://api.replicate.com/v1/models/o/m/predictions", &["authorization"]),
    ("https://fal.run/fal-ai/flux/dev", &["authorization"]),
    ("https://queue.fal.run/fal-ai/flux/dev", &["authorization", "x-fal-webhook"]),
    ("https://acme--upscaler.modal.run/upscale", &["modal-key", "modal-secret"]),
    ("https://cloud.comfy.org/api/prompt", &["x-api-key", "authorization"]),
    ("https://api.comfy.org/v2/models/kling/v2", &["x-api-key"]),
    ("http://gpu-1:8188/prompt", &["authorization", "cookie"]),
    ("http://localhost:11434/api/chat", &["authorization"]),
    ("http://vllm.internal/v1/chat/completions", &["authorization"]),
];

/// A body that has the key wherever some provider's body might.
const REQUEST: &str = r#"{"model":"m","prompt":"planted-7f3a","input":{"prompt":"planted-7f3a","api_key":"planted-7f3a","image":"https://planted-7f3a"},
 "messages":[{"role":"user","content":"planted-7f3a"}],"system":"planted-7f3a","contents":[{"parts":[{"text":"planted-7f3a"}]}],
 "user":"planted-7f3a","metadata":{"user_id":"planted-7f3a"},"extra_data":{"api_key_comfy_org":"planted-7f3a"},"webhook":"https://planted-7f3a",
 "tools":[{"type":"mcp","headers":{"Authorization":"planted-7f3a"}}],"query":"planted-7f3a","documents":["planted-7f3a"],"image_url":"planted-7f3a"}"#;

/// An answer in everybody's words at once.
const ANSWER: &str = r#"{"id":"planted-7f3a-is-no-id-but-of-a-member-below","output":"https://planted-7f3a","images":[{"url":"https://planted-7f3a"}],"logs":"planted-7f3a",
 "urls":{"get":"https://planted-7f3a"},"text":"planted-7f3a","response_url":"https://planted-7f3a","input":{"prompt":"planted-7f3a"},
 "choices":[{"index":0,"message":{"content":"planted-7f3a"},"finish_reason":"stop"}],"content":[{"type":"text","text":"planted-7f3a"}],
 "candidates":[{"content":{"parts":[{"text":"planted-7f3a"}]},"finishReason":"STOP"}],"usage":{"prompt_tokens":1,"completion_tokens":1},"node_errors":{"planted-7f3a":{}}}"#;

/// Refusals, each with the key where a provider puts what it is about.
const REFUSALS: &[&str] = &[
    r#"{"error":{"message":"Incorrect API key provided: planted-7f3a","type":"invalid_request_error","code":"invalid_api_key","param":"planted-7f3a"}}"#,
    r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key planted-7f3a"}}"#,
    r#"{"error":{"code":400,"message":"API key planted-7f3a not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"planted-7f3a"}]}}"#,
    r#"{"message":"The security token planted-7f3a is invalid.","__type":"com.amazon.coral.service#UnrecognizedClientException"}"#,
    r#"{"title":"Unauthenticated","detail":"planted-7f3a is no token","status":401}"#,
    r#"{"detail":[{"loc":["planted-7f3a"],"msg":"planted-7f3a","type":"planted-7f3a is no type"}]}"#,
    r#"{"error":"planted-7f3a"}"#,
    "planted-7f3a",
];

fn declared() -> MiddlewareBuilder {
    Middleware::builder().endpoint(EndpointRule::host("vllm.internal").provider(Provider::VLLM))
}

/// Everything that a sink or a scrape can see.
fn all_that_was_recorded(capture: &Capture) -> String {
    let metrics = capture.metrics();
    let points = metrics.metrics.iter().map(|metric| match &metric.data {
        MetricData::Sum { points, .. } | MetricData::Gauge { points } => format!("{points:?}"),
        MetricData::Histogram { points, .. } => format!("{points:?}"),
        other => panic!("{other:?}"),
    });
    let points: String = points.collect();
    let spent = capture.run(|| (telemetry_ai::spend(), telemetry_ai::spend_by_day()));
    format!("{:?} {:?} {points} {spent:?}", capture.spans(), capture.events())
}

async fn asked(url: &str, headers: &[&str], answer: Answer) -> Capture {
    let capture = Capture::start();
    let client = client(declared(), [answer]);
    let baggage = Baggage::default().with("tenant.id", "acme").with("session", KEY);
    let context = capture.pipeline().context().with_baggage(baggage);
    let url = format!("{url}?key={KEY}&X-Amz-Signature={KEY}&sig={KEY}");
    let request = headers.iter().fold(client.post(url), |request, name| request.header(*name, KEY));
    let send = async {
        request.body(REQUEST).send().await.unwrap().text().await.unwrap();
    };
    send.in_context(context).await;
    // A job that was submitted is under way until its client is gone.
    drop(client);
    capture
}

#[tokio::test]
async fn neither_of_a_request_nor_of_its_answer() {
    for (url, headers) in PROVIDERS {
        let answer = ANSWER.replace("planted-7f3a-is-no-id-but-of-a-member-below", "p-1");
        let capture = asked(url, headers, Answer::json(answer).header("set-cookie", KEY)).await;
        let recorded = all_that_was_recorded(&capture);
        assert_eq!(capture.spans().len(), 1, "{url}");
        assert!(recorded.contains("acme"), "{url}: {recorded}");
        assert!(!recorded.contains(KEY), "{url}: {recorded}");
    }
}

#[tokio::test]
async fn nor_of_an_error_under_any_status() {
    for (url, headers) in PROVIDERS {
        for refusal in REFUSALS {
            for status in [200, 401] {
                let answer = Answer::json(*refusal).status(status);
                let capture = asked(url, headers, answer).await;
                let recorded = all_that_was_recorded(&capture);
                assert!(!recorded.contains(KEY), "{url} {status} {refusal}: {recorded}");
                let span = capture.spans().remove(0);
                if status == 401 {
                    assert_eq!(span.attribute("error.type").unwrap(), &"401", "{url}");
                }
            }
        }
    }
}

/// Nor does whatever prints a client, its settings or a call under way.
#[tokio::test]
async fn nor_by_printing_what_observes() {
    let capture = Capture::start();
    let middleware = declared().build();
    capture.run(|| {
        let mut call = telemetry_ai::Call::builder(telemetry_ai::Operation::CHAT, Provider::OPENAI)
            .prompt(KEY.repeat(400).as_bytes())
            .settings(middleware.settings())
            .start();
        call.read_json(format!(r#"{{"choices":[{{"message":{{"content":"{KEY}"}}}}],"#).as_bytes());
        let printed = format!("{call:?} {middleware:?} {:?}", middleware.settings().jobs());
        assert!(!printed.contains(KEY), "{printed}");
        call.end();
    });
    assert!(!all_that_was_recorded(&capture).contains(KEY));
}
