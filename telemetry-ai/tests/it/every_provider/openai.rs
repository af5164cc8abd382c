//! OpenAI and Azure: chat, responses, embeddings.

use super::Exchange;

const CHAT: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":50,"temperature":0.2,"seed":7}"#;
const STREAM: &str =
    r#"{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
const ANSWER: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-2024-08-06","service_tier":"default","choices":[{"index":0,"message":{"role":"assistant","content":"\"usage\": {\"prompt_tokens\": 1}","annotations":[]},"finish_reason":"length"}],"usage":{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,"prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"accepted_prediction_tokens":0}}}"#;
const RESPONSE: &str = r#"{"id":"resp_1","object":"response","status":"completed","model":"gpt-5.1-2025-11-13","service_tier":"default","error":null,"incomplete_details":null,"output":[{"id":"ws_1","type":"web_search_call","status":"completed","action":{"type":"search","query":"secret"}},{"id":"rs_1","type":"reasoning","summary":[]},{"id":"ws_2","type":"web_search_call","status":"completed"},{"id":"ci_1","type":"code_interpreter_call"},{"id":"msg_1","type":"message","status":"completed","content":[{"type":"output_text","text":"hé"}]}],"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":400},"output_tokens":200,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":1200}}"#;

fn response_stream() -> String {
    [
        r#"{"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","model":"gpt-5.1-2025-11-13","output":[],"usage":null}}"#,
        r#"{"type":"response.output_item.added","output_index":0,"item":{"id":"ws_1","type":"web_search_call","status":"in_progress"}}"#,
        r#"{"type":"response.output_text.delta","item_id":"msg_1","delta":"hé \"usage\""}"#,
        &format!(r#"{{"type":"response.completed","sequence_number":9,"response":{RESPONSE}}}"#),
    ]
    .map(|event| format!("event: message\ndata: {event}\n\n"))
    .concat()
}

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        Exchange::json("http://api.openai.com/v1/chat/completions", CHAT).answers(ANSWER).becomes(
            "chat gpt-4o",
            &[
                ("gen_ai.provider.name", "openai"),
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.request.seed", "7"),
                ("gen_ai.response.model", "gpt-4o-2024-08-06"),
                ("gen_ai.response.finish_reasons", r#"["length"]"#),
                ("gen_ai.usage.input_tokens", "2006"),
                ("gen_ai.usage.cache_read.input_tokens", "1920"),
                ("gen_ai.usage.cost.amount", "0.005615"),
            ],
        ),
        Exchange::events("http://api.openai.com/v1/chat/completions", STREAM)
            .answers(crate::provider::STREAM.concat())
            .becomes(
                "chat gpt-4o",
                &[
                    ("gen_ai.request.stream", "true"),
                    ("gen_ai.response.finish_reasons", r#"["stop"]"#),
                    ("gen_ai.usage.input_tokens", "1117"),
                    ("gen_ai.usage.output_tokens", "46"),
                ],
            ),
        Exchange::json("http://eu.api.openai.com/v1/responses", r#"{"model":"gpt-5.1","input":"hi","max_output_tokens":900,"reasoning":{"effort":"high"},"text":{"format":{"type":"json_schema"}}}"#)
            .answers(RESPONSE)
            .becomes(
                "chat gpt-5.1",
                &[
                    ("gen_ai.request.max_tokens", "900"),
                    ("gen_ai.request.reasoning.level", "high"),
                    ("gen_ai.output.type", "json"),
                    ("openai.api.type", "responses"),
                    ("gen_ai.response.id", "resp_1"),
                    ("gen_ai.response.finish_reasons", r#"["completed"]"#),
                    ("gen_ai.usage.input_tokens", "1000"),
                    ("gen_ai.usage.cache_read.input_tokens", "400"),
                    ("gen_ai.usage.output_tokens", "200"),
                    ("gen_ai.usage.reasoning.output_tokens", "64"),
                    ("telemetry.gen_ai.usage.web_searches", "2"),
                    ("telemetry.gen_ai.usage.code_sessions", "1"),
                ],
            ),
        Exchange::events("http://api.openai.com/v1/responses", r#"{"model":"gpt-5.1","stream":true,"input":"hi"}"#)
            .answers(response_stream())
            .becomes(
                "chat gpt-5.1",
                &[
                    ("gen_ai.response.id", "resp_1"),
                    ("gen_ai.usage.output_tokens", "200"),
                    ("telemetry.gen_ai.usage.web_searches", "2"),
                ],
            ),
        Exchange::json("http://api.openai.com/v1/responses", r#"{"model":"gpt-5.1","input":"hi"}"#)
            .answers(r#"{"id":"resp_2","status":"incomplete","model":"gpt-5.1","incomplete_details":{"reason":"max_output_tokens"},"output":[],"usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30}}"#)
            .becomes("chat gpt-5.1", &[("gen_ai.response.finish_reasons", r#"["max_output_tokens"]"#), ("gen_ai.usage.output_tokens", "20")]),
        Exchange::json("http://api.openai.com/v1/responses", r#"{"model":"gpt-5.1","input":"hi"}"#)
            .answers(r#"{"id":"resp_3","status":"failed","model":"gpt-5.1","error":{"code":"server_error","message":"secret"},"output":[],"usage":null}"#)
            .becomes("chat gpt-5.1", &[("error.type", "server_error")]),
        Exchange::json("http://api.openai.com/v1/embeddings", r#"{"model":"text-embedding-3-small","input":"secret","dimensions":256}"#)
            .answers(r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-0.2]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}}"#)
            .becomes(
                "embeddings text-embedding-3-small",
                &[
                    ("gen_ai.operation.name", "embeddings"),
                    ("gen_ai.embeddings.dimension.count", "256"),
                    ("gen_ai.usage.input_tokens", "8"),
                    ("gen_ai.usage.output_tokens", "-"),
                ],
            ),
        Exchange::json("http://api.openai.com/v1/completions", r#"{"model":"gpt-3.5-turbo-instruct","prompt":"secret","max_tokens":7}"#)
            .answers(r#"{"id":"cmpl-1","model":"gpt-3.5-turbo-instruct","choices":[{"text":"x","index":0,"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#)
            .becomes("text_completion gpt-3.5-turbo-instruct", &[("gen_ai.usage.output_tokens", "7")]),
        Exchange::json("http://acme.openai.azure.com/openai/deployments/my-chat/chat/completions?api-version=2025-01-01", CHAT)
            .answers(ANSWER)
            .becomes(
                "chat my-chat",
                &[
                    ("gen_ai.provider.name", "azure.ai.openai"),
                    ("gen_ai.request.model", "my-chat"),
                    ("gen_ai.response.model", "gpt-4o-2024-08-06"),
                    ("gen_ai.usage.cache_read.input_tokens", "1920"),
                ],
            ),
    ]
}
