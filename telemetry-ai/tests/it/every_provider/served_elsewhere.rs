//! Models that are served by others than their makers: by Azure, Foundry, Vertex AI and Bedrock.

use super::Exchange;

const MESSAGE: &str = r#"{"id":"msg_7","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[{"type":"text","text":"secret"}],"stop_reason":"end_turn","usage":{"input_tokens":1000,"cache_creation_input_tokens":0,"cache_read_input_tokens":500,"output_tokens":100,"service_tier":"standard"}}"#;
const MESSAGE_STREAM: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_8\",\"model\":\"claude-haiku-4-5\",\"usage\":{\"input_tokens\":1000,\"cache_read_input_tokens\":500,\"output_tokens\":1}}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"secret\"}}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":100}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);
const CHAT: &str = r#"{"id":"c7","object":"chat.completion","model":"codestral-2","choices":[{"index":0,"message":{"role":"assistant","content":"secret"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}}"#;
const CHAT_STREAM: &str = concat!(
    "data: {\"id\":\"c8\",\"model\":\"codestral-2\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"secret\"},\"finish_reason\":null}]}\n\n",
    "data: {\"id\":\"c8\",\"model\":\"codestral-2\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100,\"total_tokens\":1100}}\n\n",
    "data: [DONE]\n\n",
);

pub(super) fn exchanges() -> Vec<Exchange> {
    [azure(), foundry(), vertex(), bedrock()].into_iter().flatten().collect()
}

fn azure() -> Vec<Exchange> {
    vec![
        Exchange::events("http://acme.openai.azure.com/openai/deployments/my-chat/chat/completions?api-version=2025-01-01", r#"{"stream":true,"stream_options":{"include_usage":true},"messages":[]}"#)
            .answers(crate::provider::STREAM.concat())
            .becomes(
                "chat my-chat",
                &[
                    ("gen_ai.provider.name", "azure.ai.openai"),
                    ("gen_ai.request.stream", "true"),
                    // The convention has it for OpenAI's own interfaces alone.
                    ("openai.api.type", "-"),
                    ("gen_ai.response.model", "gpt-4o-2024-08-06"),
                    ("gen_ai.usage.cost.amount", "0.0032525"),
                    ("telemetry.gen_ai.cost.status", "exact"),
                ],
            ),
        Exchange::json("http://acme.cognitiveservices.azure.com/openai/v1/responses", r#"{"model":"my-gpt","input":"secret","max_output_tokens":900}"#)
            .answers(r#"{"id":"resp_8","status":"completed","model":"gpt-4o-2024-08-06","error":null,"output":[{"id":"msg_1","type":"message"}],"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":0},"output_tokens":200,"total_tokens":1200}}"#)
            .becomes(
                "chat my-gpt",
                &[
                    ("gen_ai.provider.name", "azure.ai.openai"),
                    ("gen_ai.request.max_tokens", "900"),
                    ("gen_ai.response.id", "resp_8"),
                    ("gen_ai.usage.cost.amount", "0.0045"),
                ],
            ),
        Exchange::json("http://acme.azure-api.net/openai/deployments/my-embeddings/embeddings?api-version=2024-10-21", r#"{"input":["secret"],"dimensions":256}"#)
            .answers(r#"{"object":"list","data":[{"index":0,"embedding":[0.1]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":1000,"total_tokens":1000}}"#)
            .becomes(
                "embeddings my-embeddings",
                &[("gen_ai.usage.input_tokens", "1000"), ("gen_ai.usage.cost.amount", "0.000022")],
            ),
        Exchange::json("http://acme.openai.azure.com/openai/deployments/my-images/images/generations?api-version=2025-04-01-preview", r#"{"prompt":"secret","n":2,"size":"1024x1024","quality":"high"}"#)
            .answers(r#"{"created":1,"data":[{"b64_json":"c2VjcmV0"},{"b64_json":"c2VjcmV0"}],"usage":{"input_tokens":50,"input_tokens_details":{"image_tokens":0,"text_tokens":50},"output_tokens":8320,"total_tokens":8370}}"#)
            .becomes(
                "generate_image my-images",
                &[
                    ("gen_ai.request.choice.count", "2"),
                    ("telemetry.gen_ai.usage.images", "2"),
                    ("gen_ai.usage.output_tokens", "8320"),
                    // Nobody says which model the deployment is of.
                    ("telemetry.gen_ai.unpriced.reason", "unknown_model"),
                ],
            ),
        Exchange::json("http://acme.openai.azure.com/openai/deployments/whisper/audio/transcriptions?api-version=2024-06-01", "--form--")
            .answers(r#"{"task":"transcribe","language":"english","duration":8.5,"text":"secret"}"#)
            .becomes("transcribe whisper", &[("telemetry.gen_ai.usage.input_audio_seconds", "8.5")]),
        // Anybody's models, by the name that the request has.
        Exchange::json("http://acme.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview", r#"{"model":"Phi-4","messages":[]}"#)
            .answers(r#"{"id":"c9","model":"Phi-4","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}"#)
            .becomes(
                "chat Phi-4",
                &[("gen_ai.provider.name", "azure.ai.inference"), ("gen_ai.usage.output_tokens", "4")],
            ),
    ]
}

fn foundry() -> Vec<Exchange> {
    const URL: &str = "http://acme.services.ai.azure.com/anthropic/v1/messages";
    const SEEN: &[(&str, &str)] = &[
        ("gen_ai.provider.name", "azure.ai.inference"),
        ("gen_ai.response.model", "claude-haiku-4-5"),
        ("gen_ai.response.finish_reasons", r#"["end_turn"]"#),
        ("gen_ai.usage.input_tokens", "1500"),
        ("gen_ai.usage.cache_read.input_tokens", "500"),
        // 1,000 at 1, 500 at .1 and 100 at 5 dollars the million.
        ("gen_ai.usage.cost.amount", "0.00155"),
        ("telemetry.gen_ai.cost.status", "exact"),
    ];
    vec![
        Exchange::json(URL, r#"{"model":"claude-haiku-4-5","max_tokens":9,"messages":[]}"#)
            .answers(MESSAGE)
            .becomes("chat claude-haiku-4-5", SEEN),
        Exchange::events(URL, r#"{"model":"claude-haiku-4-5","max_tokens":9,"stream":true}"#)
            .answers(MESSAGE_STREAM)
            .becomes("chat claude-haiku-4-5", SEEN),
    ]
}

fn vertex() -> Vec<Exchange> {
    const SEEN: &[(&str, &str)] = &[
        ("gen_ai.provider.name", "gcp.vertex_ai"),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#),
        ("gen_ai.usage.input_tokens", "1000"),
        // 1,000 at .3 and 100 at .9 dollars the million.
        ("gen_ai.usage.cost.amount", "0.00039"),
    ];
    vec![
        Exchange::json("http://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict", r#"{"anthropic_version":"vertex-2023-10-16","max_tokens":9,"messages":[]}"#)
            .answers(MESSAGE.replace("claude-haiku-4-5", "claude-sonnet-4-5-20250929"))
            .becomes(
                "chat claude-sonnet-4-5@20250929",
                &[
                    ("gen_ai.provider.name", "gcp.vertex_ai"),
                    ("gen_ai.request.stream", "-"),
                    ("gen_ai.request.max_tokens", "9"),
                    // 1,000 at 3, 500 at .3 and 100 at 15 dollars the million, and a tenth more in a region.
                    ("gen_ai.usage.cost.amount", "0.005115"),
                ],
            ),
        Exchange::json("http://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/mistralai/models/codestral-2:rawPredict", r#"{"model":"codestral-2","messages":[{"role":"user","content":"secret"}]}"#)
            .answers(CHAT)
            .becomes("chat codestral-2", SEEN),
        Exchange::events("http://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/mistralai/models/codestral-2:streamRawPredict", r#"{"model":"codestral-2","stream":true,"messages":[]}"#)
            .answers(CHAT_STREAM)
            .becomes("chat codestral-2", SEEN),
        Exchange::json("http://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/endpoints/openapi/chat/completions", r#"{"model":"google/gemini-2.5-flash","messages":[]}"#)
            .answers(r#"{"id":"c10","model":"google/gemini-2.5-flash","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":7}}"#)
            .becomes(
                "chat google/gemini-2.5-flash",
                &[("gen_ai.provider.name", "gcp.vertex_ai"), ("gen_ai.usage.output_tokens", "3")],
            ),
        Exchange::json("http://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:embedContent?key=secret", r#"{"content":{"parts":[{"text":"secret"}]},"outputDimensionality":256}"#)
            .answers(r#"{"embedding":{"values":[0.1,0.2]},"usageMetadata":{"promptTokenCount":1000,"promptTokensDetails":[{"modality":"TEXT","tokenCount":1000}]}}"#)
            .becomes(
                "embeddings gemini-embedding-001",
                &[
                    ("gen_ai.operation.name", "embeddings"),
                    ("gen_ai.usage.input_tokens", "1000"),
                    ("gen_ai.usage.cost.amount", "0.00015"),
                ],
            ),
        // The older answer counts nothing.
        Exchange::json("http://generativelanguage.googleapis.com/v1beta/models/gemini-embedding-001:batchEmbedContents", r#"{"requests":[{"content":{"parts":[{"text":"secret"}]}}]}"#)
            .answers(r#"{"embeddings":[{"values":[0.1]},{"values":[0.2]}]}"#)
            .becomes(
                "embeddings gemini-embedding-001",
                &[("gen_ai.usage.input_tokens", "-"), ("telemetry.gen_ai.unpriced.reason", "no_usage")],
            ),
    ]
}

fn bedrock() -> Vec<Exchange> {
    // 1,000 at .15 and 100 at .6 dollars the million.
    const SEEN: &[(&str, &str)] = &[
        ("gen_ai.provider.name", "aws.bedrock"),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#),
        ("gen_ai.usage.input_tokens", "1000"),
        ("gen_ai.usage.output_tokens", "100"),
        ("gen_ai.usage.cost.amount", "0.00021"),
    ];
    let chunks = CHAT_STREAM
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: {"))
        .map(|rest| super::bedrock::wrapped(&format!("{{{rest}")));
    vec![
        Exchange::json("http://bedrock-runtime.us-west-2.amazonaws.com/model/openai.gpt-oss-120b-1%3A0/invoke", r#"{"messages":[{"role":"user","content":"secret"}],"max_tokens":9}"#)
            .answers(CHAT)
            .becomes("chat openai.gpt-oss-120b-1:0", SEEN),
        Exchange::json("http://bedrock-runtime.us-west-2.amazonaws.com/model/openai.gpt-oss-120b-1%3A0/invoke-with-response-stream", r#"{"messages":[]}"#)
            .framed("application/vnd.amazon.eventstream")
            .answers(chunks.collect::<Vec<_>>().concat())
            .becomes("chat openai.gpt-oss-120b-1:0", SEEN),
    ]
}
