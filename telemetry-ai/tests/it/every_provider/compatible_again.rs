//! What each of those who speak OpenAI's protocol answers plainly, in streams, and to other operations.

use super::Exchange;

const PLAIN: &str =
    r#"{"model":"m","messages":[{"role":"user","content":"secret"}],"temperature":0.5}"#;
const STREAM: &str = r#"{"model":"m","stream":true,"messages":[]}"#;

fn chunks(model: &str, usage: &str) -> String {
    format!(
        "data: {{\"id\":\"c\",\"model\":\"{model}\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"secret\"}},\"finish_reason\":null}}]}}\n\ndata: {{\"id\":\"c\",\"model\":\"{model}\",\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}],\"usage\":{usage}}}\n\ndata: [DONE]\n\n"
    )
}

fn completion(model: &str, usage: &str) -> String {
    format!(
        r#"{{"id":"c","object":"chat.completion","model":"{model}","choices":[{{"index":0,"message":{{"role":"assistant","content":"secret"}},"finish_reason":"stop"}}],"usage":{usage}}}"#
    )
}

const USAGE: &str = r#"{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100}"#;

pub(super) fn exchanges() -> Vec<Exchange> {
    [plainly(), in_streams(), otherwise(), of_ones_own()].into_iter().flatten().collect()
}

fn plainly() -> Vec<Exchange> {
    vec![
        Exchange::json("http://openrouter.ai/api/v1/chat/completions", PLAIN)
            .answers(completion("openai/gpt-4o", r#"{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"cost":0.00365,"is_byok":false,"cost_details":{"upstream_inference_cost":null}}"#))
            .becomes("chat m", &[("gen_ai.provider.name", "openrouter"), ("gen_ai.usage.cost.amount", "0.00365"), ("gen_ai.usage.cost.source", "provider")]),
        Exchange::json("http://api.groq.com/openai/v1/chat/completions", PLAIN)
            .headed(&[("x-ratelimit-remaining-tokens", "5999"), ("x-ratelimit-limit-tokens", "6000")])
            .answers(completion("llama-3.3-70b-versatile", r#"{"queue_time":0.05,"prompt_tokens":1000,"prompt_time":0.01,"completion_tokens":100,"completion_time":0.1,"total_tokens":1100,"total_time":0.11}"#))
            .becomes("chat m", &[("gen_ai.provider.name", "groq"), ("gen_ai.usage.input_tokens", "1000"), ("gen_ai.usage.output_tokens", "100")]),
        Exchange::json("http://api.mistral.ai/v1/chat/completions", PLAIN)
            .answers(completion("mistral-large-latest", USAGE))
            .becomes("chat m", &[("gen_ai.provider.name", "mistral_ai"), ("gen_ai.usage.input_tokens", "1000")]),
        Exchange::json("http://api.together.ai/v1/chat/completions", PLAIN)
            .answers(completion("meta-llama/Llama-3.3-70B-Instruct-Turbo", USAGE))
            // 1,100 at 1.04 dollars the million.
            .becomes("chat m", &[("gen_ai.provider.name", "together_ai"), ("gen_ai.usage.cost.amount", "0.001144")]),
        Exchange::json("http://api.cerebras.ai/v1/chat/completions", PLAIN)
            .answers(completion("llama-3.3-70b", USAGE))
            // 1,000 at .85 and 100 at 1.2.
            .becomes("chat m", &[("gen_ai.provider.name", "cerebras"), ("gen_ai.usage.cost.amount", "0.00097")]),
        Exchange::json("http://api.moonshot.cn/v1/chat/completions", PLAIN)
            .answers(completion("kimi-k2.6", r#"{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"cached_tokens":500}"#))
            // 500 at .95, 500 at .16 and 100 at 4.
            .becomes("chat m", &[("gen_ai.provider.name", "moonshot_ai"), ("gen_ai.usage.cache_read.input_tokens", "500"), ("gen_ai.usage.cost.amount", "0.000955")]),
    ]
}

fn in_streams() -> Vec<Exchange> {
    const SEEN: [(&str, &str); 4] = [
        ("gen_ai.request.stream", "true"),
        ("gen_ai.usage.input_tokens", "1000"),
        ("gen_ai.usage.output_tokens", "100"),
        ("gen_ai.response.finish_reasons", r#"["stop"]"#),
    ];
    let of = |url, model: &str, usage: &str, expected| {
        Exchange::events(url, STREAM).answers(chunks(model, usage)).becomes("chat m", expected)
    };
    vec![
        of("http://api.together.xyz/v1/chat/completions", "meta-llama/Llama-3.3-70B-Instruct-Turbo", USAGE, &SEEN),
        of("http://api.fireworks.ai/inference/v1/chat/completions", "accounts/fireworks/models/x", USAGE, &SEEN),
        of("http://api.cerebras.ai/v1/chat/completions", "llama-3.3-70b", USAGE, &SEEN),
        of(
            "http://api.deepseek.com/chat/completions",
            "deepseek-chat",
            r#"{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_tokens_details":{"cached_tokens":900},"prompt_cache_hit_tokens":900,"prompt_cache_miss_tokens":100}"#,
            &[("gen_ai.usage.input_tokens", "1000"), ("gen_ai.usage.cache_read.input_tokens", "900")],
        ),
        of(
            "http://api.x.ai/v1/chat/completions",
            "grok-4",
            r#"{"prompt_tokens":37,"completion_tokens":5,"total_tokens":842,"completion_tokens_details":{"reasoning_tokens":800},"cost_in_usd_ticks":20580000}"#,
            &[("gen_ai.usage.output_tokens", "805"), ("gen_ai.usage.cost.amount", "0.002058")],
        ),
        of(
            "http://api.perplexity.ai/chat/completions",
            "sonar",
            r#"{"prompt_tokens":7,"completion_tokens":50,"total_tokens":57,"num_search_queries":1,"cost":{"total_cost":0.0055}}"#,
            &[("telemetry.gen_ai.usage.web_searches", "1"), ("gen_ai.usage.cost.amount", "0.0055")],
        ),
        // Within the choice, as Moonshot has it.
        Exchange::events("http://api.moonshot.ai/v1/chat/completions", STREAM)
            .answers(concat!(
                "data: {\"id\":\"c\",\"model\":\"kimi-k2.6\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"secret\"},\"finish_reason\":null}]}\n\n",
                "data: {\"id\":\"c\",\"model\":\"kimi-k2.6\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"usage\":{\"prompt_tokens\":1000,\"completion_tokens\":100,\"total_tokens\":1100,\"cached_tokens\":500}}]}\n\n",
                "data: [DONE]\n\n",
            ))
            .becomes(
                "chat m",
                &[
                    ("gen_ai.usage.input_tokens", "1000"),
                    ("gen_ai.response.finish_reasons", r#"["stop"]"#),
                    ("gen_ai.usage.cost.amount", "0.000955"),
                    ("telemetry.gen_ai.cost.status", "exact"),
                ],
            ),
    ]
}

/// Embeddings, speech and pictures of others than OpenAI.
fn otherwise() -> Vec<Exchange> {
    const EMBEDDED: &str = r#"{"object":"list","data":[{"index":0,"embedding":[0.1]}],"model":"e","usage":{"prompt_tokens":8,"total_tokens":8}}"#;
    let embeddings = |url, provider| {
        Exchange::json(url, r#"{"model":"e","input":["secret"]}"#)
            .answers(EMBEDDED)
            .becomes("embeddings e", provider)
    };
    vec![
        embeddings("http://api.mistral.ai/v1/embeddings", &[("gen_ai.provider.name", "mistral_ai"), ("gen_ai.usage.input_tokens", "8")]),
        embeddings("http://api.together.xyz/v1/embeddings", &[("gen_ai.provider.name", "together_ai"), ("gen_ai.usage.input_tokens", "8")]),
        embeddings("http://api.fireworks.ai/inference/v1/embeddings", &[("gen_ai.provider.name", "fireworks_ai"), ("gen_ai.usage.input_tokens", "8")]),
        Exchange::json("http://api.groq.com/openai/v1/audio/transcriptions", "--form--")
            .answers(r#"{"task":"transcribe","duration":10.5,"text":"secret","x_groq":{"id":"req_1"}}"#)
            .becomes("transcribe", &[("gen_ai.provider.name", "groq"), ("telemetry.gen_ai.usage.input_audio_seconds", "10.5")]),
        Exchange::json("http://api.x.ai/v1/images/generations", r#"{"model":"grok-2-image","prompt":"secret","n":2}"#)
            .answers(r#"{"data":[{"url":"https://secret"},{"url":"https://secret"}]}"#)
            .becomes("generate_image grok-2-image", &[("gen_ai.provider.name", "x_ai"), ("telemetry.gen_ai.usage.images", "2")]),
        Exchange::json("http://api.openai.com/v1/images/variations", "--form--")
            .answers(r#"{"created":1,"data":[{"url":"https://secret"}]}"#)
            .becomes("generate_image", &[("gen_ai.provider.name", "openai"), ("telemetry.gen_ai.usage.images", "1")]),
        Exchange::json("http://api.x.ai/v1/responses", r#"{"model":"grok-4","input":"secret"}"#)
            .answers(r#"{"id":"resp_1","status":"completed","model":"grok-4","output":[{"type":"message"}],"usage":{"input_tokens":10,"output_tokens":20,"total_tokens":30,"cost_in_usd_ticks":5000000}}"#)
            .becomes("chat grok-4", &[("openai.api.type", "-"), ("gen_ai.usage.cost.amount", "0.0005")]),
    ]
}

/// vLLM, which counts from the first chunk on if it is asked to.
fn of_ones_own() -> Vec<Exchange> {
    let counted = |output: u32, end: &str| {
        format!(
            "data: {{\"id\":\"c\",\"model\":\"qwen\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"secret\"}},\"finish_reason\":{end}}}],\"usage\":{{\"prompt_tokens\":1000,\"total_tokens\":{},\"completion_tokens\":{output}}}}}\n\n",
            1000 + output
        )
    };
    vec![
        Exchange::events("http://vllm.internal/v1/chat/completions", r#"{"model":"qwen","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true},"top_k":20}"#)
            .answers(format!("{}{}data: [DONE]\n\n", counted(1, "null"), counted(2, "\"stop\"")))
            .becomes(
                "chat qwen",
                &[
                    ("gen_ai.provider.name", "vllm"),
                    ("gen_ai.request.top_k", "20"),
                    ("gen_ai.usage.input_tokens", "1000"),
                    // The last word holds; nothing is added up.
                    ("gen_ai.usage.output_tokens", "2"),
                    ("telemetry.gen_ai.unpriced.reason", "unknown_model"),
                ],
            ),
        Exchange::json("http://vllm.internal/v1/completions", r#"{"model":"qwen","prompt":"secret","max_tokens":7}"#)
            .answers(r#"{"id":"cmpl-1","model":"qwen","choices":[{"index":0,"text":"secret","finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#)
            .becomes("text_completion qwen", &[("gen_ai.provider.name", "vllm"), ("gen_ai.usage.output_tokens", "7")]),
        Exchange::json("http://vllm.internal/v1/embeddings", r#"{"model":"bge","input":"secret"}"#)
            .answers(r#"{"data":[{"index":0,"embedding":[0.1]}],"model":"bge","usage":{"prompt_tokens":8,"total_tokens":8,"completion_tokens":0}}"#)
            .becomes("embeddings bge", &[("gen_ai.provider.name", "vllm"), ("gen_ai.usage.input_tokens", "8")]),
    ]
}
