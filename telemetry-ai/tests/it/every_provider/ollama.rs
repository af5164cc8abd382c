//! Ollama's own API, on a host that a rule declares.

use telemetry_ai::{EndpointRule, Middleware, Provider};
use telemetry_core::testing::Capture;

use super::{Exchange, client_for};
use crate::provider::{PATIENCE, Server, only_span};

const CHAT: &str = r#"{"model":"llama3.2","messages":[{"role":"user","content":"secret"}],"options":{"num_predict":64,"temperature":0.2,"top_p":0.9,"top_k":40,"seed":42,"stop":["END"]},"keep_alive":"5m"}"#;

const CHAT_LINES: &str = concat!(
    r#"{"model":"llama3.2","created_at":"2026-11-04T08:52:19.385406455-07:00","message":{"role":"assistant","content":"secret \"done\": true","images":null},"done":false}"#,
    "\n",
    r#"{"model":"llama3.2","created_at":"2026-11-04T08:52:19.485406455-07:00","message":{"role":"assistant","content":" hé"},"done":false}"#,
    "\n",
    r#"{"model":"llama3.2","created_at":"2026-11-04T19:22:45.499127Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"length","total_duration":4883583458,"load_duration":1334875,"prompt_eval_count":26,"prompt_eval_duration":342546000,"eval_count":64,"eval_duration":4535599000}"#,
    "\n",
);

const GENERATED: &str = r#"{"model":"llama3.2","created_at":"2026-11-04T14:38:31.83753Z","response":"secret","done":true,"done_reason":"stop","context":[1,2,3],"total_duration":10706818083,"load_duration":6338219291,"prompt_eval_count":7,"prompt_eval_duration":130079000,"eval_count":259,"eval_duration":4232710000}"#;

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        // Streamed, since the request doesn't say otherwise.
        Exchange::json("http://ollama.internal/api/chat", CHAT)
            .framed("application/x-ndjson")
            .answers(CHAT_LINES)
            .becomes(
                "chat llama3.2",
                &[
                    ("gen_ai.provider.name", "ollama"),
                    ("gen_ai.operation.name", "chat"),
                    ("gen_ai.request.stream", "true"),
                    ("gen_ai.request.max_tokens", "64"),
                    ("gen_ai.request.temperature", "0.2"),
                    ("gen_ai.request.top_p", "0.9"),
                    ("gen_ai.request.top_k", "40"),
                    ("gen_ai.request.seed", "42"),
                    ("gen_ai.request.stop_sequences", r#"["END"]"#),
                    ("gen_ai.response.model", "llama3.2"),
                    ("gen_ai.response.finish_reasons", r#"["length"]"#),
                    ("gen_ai.usage.input_tokens", "26"),
                    ("gen_ai.usage.output_tokens", "64"),
                    ("telemetry.gen_ai.usage.compute_seconds", "4.883583458"),
                    // Nobody said what the machine costs: that is not the same as free.
                    ("telemetry.gen_ai.cost.status", "unpriced"),
                    ("gen_ai.usage.cost.amount", "-"),
                ],
            ),
        // Below a path of a proxy's, and at once.
        Exchange::json("http://ollama.internal/ollama/api/generate", r#"{"model":"llama3.2","prompt":"secret","stream":false}"#)
            .framed("application/json; charset=utf-8")
            .answers(GENERATED)
            .becomes(
                "text_completion llama3.2",
                &[
                    ("gen_ai.provider.name", "ollama"),
                    ("gen_ai.request.stream", "-"),
                    ("gen_ai.response.finish_reasons", r#"["stop"]"#),
                    ("gen_ai.usage.input_tokens", "7"),
                    ("gen_ai.usage.output_tokens", "259"),
                    ("telemetry.gen_ai.usage.compute_seconds", "10.706818083"),
                ],
            ),
        Exchange::json("http://ollama.internal/api/embed", r#"{"model":"all-minilm","input":["secret","secret"]}"#)
            .answers(r#"{"model":"all-minilm","embeddings":[[0.010071029,-0.0017594862],[-0.0098027075,0.06042469]],"total_duration":14143917,"load_duration":1019500,"prompt_eval_count":8}"#)
            .becomes(
                "embeddings all-minilm",
                &[
                    ("gen_ai.provider.name", "ollama"),
                    ("gen_ai.request.stream", "-"),
                    ("gen_ai.usage.input_tokens", "8"),
                    ("gen_ai.usage.output_tokens", "-"),
                ],
            ),
        // The older one, which counts nothing.
        Exchange::json("http://ollama.internal/api/embeddings", r#"{"model":"all-minilm","prompt":"secret"}"#)
            .answers(r#"{"embedding":[0.5670403838157654,0.009260174818336964,0.23178744316101074]}"#)
            .becomes(
                "embeddings all-minilm",
                &[("gen_ai.usage.input_tokens", "-"), ("telemetry.gen_ai.unpriced.reason", "no_usage")],
            ),
        // What goes wrong after the first line can't change the status any more.
        Exchange::json("http://ollama.internal/api/generate", r#"{"model":"llama3.2","prompt":"secret"}"#)
            .framed("application/x-ndjson")
            .answers(concat!(
                r#"{"model":"llama3.2","created_at":"2026-11-04T08:52:19.385406455-07:00","response":"secret","done":false}"#,
                "\n",
                r#"{"error":"an error was encountered while running the model: secret"}"#,
                "\n",
            ))
            .becomes(
                "text_completion llama3.2",
                &[("error.type", "_OTHER"), ("gen_ai.response.finish_reasons", r#"["error"]"#)],
            ),
        Exchange::json("http://ollama.internal/v1/chat/completions", r#"{"model":"llama3.2","messages":[]}"#)
            .answers(r#"{"id":"chatcmpl-1","model":"llama3.2","choices":[{"index":0,"message":{"content":"secret"},"finish_reason":"stop"}],"usage":{"prompt_tokens":26,"completion_tokens":298,"total_tokens":324}}"#)
            .becomes("chat llama3.2", &[("gen_ai.provider.name", "ollama"), ("gen_ai.usage.output_tokens", "298")]),
    ]
}

#[tokio::test]
async fn ollama_is_told_by_its_rule_and_by_its_paths() {
    const SPAN: &str = "chat llama3.2";
    let rule = |host| EndpointRule::host(host).provider(Provider::OLLAMA);
    for (declared, method, path, expected) in [
        (Some("gpu-1"), "POST", "api/chat", Some(SPAN)),
        (Some("gpu-1"), "POST", "api/chat/", Some(SPAN)),
        (Some("gpu-1"), "GET", "api/chat", None),
        (Some("gpu-1"), "POST", "api/pull", None),
        (Some("gpu-1"), "POST", "api/show", None),
        (Some("gpu-1"), "POST", "my-api/chat", None),
        (Some("gpu-2"), "POST", "api/chat", None),
        // Such a path may be anybody's, on any other port than Ollama's.
        (None, "POST", "api/chat", None),
    ] {
        let capture = Capture::start();
        let server = Server::of_json(CHAT_LINES).await;
        let builder = declared
            .into_iter()
            .fold(Middleware::builder(), |builder, host| builder.endpoint(rule(host)));
        let (client, base) = client_for(&server, "http://gpu-1/", builder);
        let url = format!("{base}{path}");
        let request = client.request(method.parse().unwrap(), &url).body(CHAT).send();
        let read = capture.run_async(async {
            tokio::time::timeout(PATIENCE, request).await.unwrap().unwrap().bytes().await.unwrap()
        });
        assert_eq!(read.await, CHAT_LINES);
        let spans = capture.spans();
        let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
        assert_eq!(names, Vec::from_iter(expected), "{method} {path} of {declared:?}");
    }
}

#[tokio::test]
async fn ollama_streams_unless_the_request_says_otherwise() {
    for (path, request, streamed) in [
        ("chat", r#"{"model":"m"}"#, true),
        ("chat", r#"{"model":"m","stream":null}"#, true),
        ("generate", r#"{"model":"m","stream":true}"#, true),
        ("generate", r#"{"model":"m","stream":false}"#, false),
        ("embed", r#"{"model":"m"}"#, false),
    ] {
        // Refused, so that only the request tells.
        let server = Server::start(|_| async {
            (http::StatusCode::NOT_FOUND, r#"{"error":"model 'secret' not found"}"#)
        })
        .await;
        let (client, base) = client_for(&server, "http://ollama.internal/", super::declared());
        let capture = Capture::start();
        let asked = client.post(format!("{base}api/{path}")).body(request).send();
        let response = capture.run_async(tokio::time::timeout(PATIENCE, asked)).await;
        assert_eq!(response.unwrap().unwrap().status(), 404);
        let span = only_span(&capture);
        span.expect_error("404");
        let told = span.attribute("gen_ai.request.stream").is_some();
        assert_eq!(told, streamed, "{path} {request}");
        assert!(!format!("{span:?}").contains("secret"));
    }
}
