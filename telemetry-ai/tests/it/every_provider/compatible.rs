//! Those who speak OpenAI's protocol, each with its own accent.

use super::Exchange;

const REQUEST: &str = r#"{"model":"m","messages":[{"role":"user","content":"secret"}]}"#;
const STREAM: &str = r#"{"model":"m","stream":true,"messages":[]}"#;

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        Exchange::events("http://openrouter.ai/api/v1/chat/completions", STREAM)
            .answers(concat!(
                ": OPENROUTER PROCESSING\n\n",
                "data: {\"id\":\"gen-1\",\"model\":\"anthropic/claude-x\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"secret\"},\"finish_reason\":\"stop\"}]}\n\n",
                "data: {\"id\":\"gen-1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{}}],\"usage\":{\"completion_tokens\":2,\"completion_tokens_details\":{\"reasoning_tokens\":0},\"cost\":0.95,\"cost_details\":{\"upstream_inference_cost\":19},\"prompt_tokens\":194,\"prompt_tokens_details\":{\"cached_tokens\":0,\"cache_write_tokens\":100,\"audio_tokens\":0},\"total_tokens\":196}}\n\n",
                "data: [DONE]\n\n",
            ))
            .becomes(
                "chat m",
                &[
                    ("gen_ai.provider.name", "openrouter"),
                    ("gen_ai.usage.cache_write.input_tokens", "100"),
                    ("gen_ai.usage.cost.amount", "0.95"),
                    ("gen_ai.usage.cost.source", "provider"),
                    ("telemetry.gen_ai.cost.status", "exact"),
                ],
            ),
        Exchange::events("http://api.groq.com/openai/v1/chat/completions", STREAM)
            .answers(concat!(
                "data: {\"id\":\"c\",\"model\":\"llama\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":null}],\"x_groq\":{\"id\":\"req_1\"}}\n\n",
                "data: {\"id\":\"c\",\"model\":\"llama\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"x_groq\":{\"id\":\"req_1\",\"usage\":{\"queue_time\":0.01,\"prompt_tokens\":18,\"completion_tokens\":5,\"total_tokens\":23}}}\n\n",
                "data: [DONE]\n\n",
            ))
            .becomes("chat m", &[("gen_ai.provider.name", "groq"), ("gen_ai.usage.input_tokens", "18")]),
        Exchange::events("http://api.mistral.ai/v1/chat/completions", STREAM)
            .answers(concat!(
                "data: {\"id\":\"c\",\"model\":\"mistral-large\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":4,\"total_tokens\":6,\"completion_tokens\":2}}\n\n",
                "data: [DONE]\n\n",
            ))
            .becomes("chat m", &[("gen_ai.provider.name", "mistral_ai"), ("gen_ai.usage.output_tokens", "2")]),
        Exchange::json("http://api.together.xyz/v1/images/generations", r#"{"model":"black-forest-labs/FLUX.1-schnell","prompt":"secret","width":1024,"height":768,"steps":4,"n":1}"#)
            .answers(r#"{"id":"i","model":"black-forest-labs/FLUX.1-schnell","object":"list","data":[{"index":0,"url":"https://secret"}]}"#)
            .becomes(
                "generate_image black-forest-labs/FLUX.1-schnell",
                &[
                    ("gen_ai.provider.name", "together_ai"),
                    ("telemetry.gen_ai.request.image.size", "1024x768"),
                    ("telemetry.gen_ai.request.steps", "4"),
                    ("telemetry.gen_ai.usage.images", "1"),
                ],
            ),
        Exchange::json("http://api.deepseek.com/chat/completions", REQUEST)
            .answers(r#"{"id":"c","model":"deepseek-chat","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":10000,"completion_tokens":9,"prompt_cache_hit_tokens":8000,"prompt_cache_miss_tokens":2000}}"#)
            .becomes("chat m", &[("gen_ai.provider.name", "deepseek"), ("gen_ai.usage.cache_read.input_tokens", "8000")]),
        Exchange::json("http://api.x.ai/v1/chat/completions", REQUEST)
            .answers(r#"{"id":"c","model":"grok-4","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":37,"completion_tokens":5,"total_tokens":842,"completion_tokens_details":{"reasoning_tokens":800},"cost_in_usd_ticks":20580000}}"#)
            .becomes(
                "chat m",
                &[("gen_ai.provider.name", "x_ai"), ("gen_ai.usage.output_tokens", "805"), ("gen_ai.usage.cost.amount", "0.002058")],
            ),
        Exchange::json("http://api.fireworks.ai/inference/v1/chat/completions", REQUEST)
            .answers(r#"{"id":"c","model":"accounts/fireworks/models/x","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}"#)
            .becomes("chat m", &[("gen_ai.provider.name", "fireworks_ai"), ("gen_ai.usage.input_tokens", "7")]),
        Exchange::json("http://api.perplexity.ai/chat/completions", REQUEST)
            .answers(r#"{"id":"c","model":"sonar-pro","citations":["https://secret"],"choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":50,"total_tokens":57,"search_context_size":"low","num_search_queries":2,"cost":{"input_tokens_cost":0.001,"request_cost":0.006,"total_cost":0.007}}}"#)
            .becomes(
                "chat m",
                &[("gen_ai.provider.name", "perplexity"), ("telemetry.gen_ai.usage.web_searches", "2"), ("gen_ai.usage.cost.amount", "0.007")],
            ),
        Exchange::json("http://acme--vllm.modal.run/v1/chat/completions", REQUEST)
            .answers(r#"{"id":"c","model":"qwen","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}"#)
            .becomes("chat m", &[("gen_ai.provider.name", "modal"), ("gen_ai.usage.input_tokens", "7")]),
        // A proxy that states what it has booked, at a host that nobody knows.
        Exchange::json("http://llm.internal/v1/chat/completions", REQUEST)
            .headed(&[("x-litellm-response-cost", "0.000125")])
            .answers(r#"{"id":"c","model":"gpt-4o","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}}"#)
            .becomes("chat m", &[("gen_ai.provider.name", "_OTHER"), ("gen_ai.usage.cost.amount", "0.000125"), ("gen_ai.usage.cost.source", "provider")]),
    ]
}
