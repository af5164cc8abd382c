//! Cohere.

use super::Exchange;

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        Exchange::json("http://api.cohere.com/v2/chat", r#"{"model":"command-a-03-2025","messages":[],"p":0.7,"k":3,"temperature":0.3}"#)
            .answers(r#"{"id":"c1","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"text","text":"secret"}]},"usage":{"billed_units":{"input_tokens":1000,"output_tokens":169},"tokens":{"input_tokens":1066,"output_tokens":169}}}"#)
            .becomes(
                "chat command-a-03-2025",
                &[
                    ("gen_ai.provider.name", "cohere"),
                    ("gen_ai.request.top_p", "0.7"),
                    ("gen_ai.response.id", "c1"),
                    ("gen_ai.response.finish_reasons", r#"["complete"]"#),
                    // What is billed, not what was read.
                    ("gen_ai.usage.input_tokens", "1000"),
                    ("gen_ai.usage.output_tokens", "169"),
                ],
            ),
        Exchange::events("http://api.cohere.com/v2/chat", r#"{"model":"command-a-03-2025","stream":true,"messages":[]}"#)
            .answers(concat!(
                "event: message-start\ndata: {\"id\":\"c2\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\"}}}\n\n",
                "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"secret\"}}}}\n\n",
                "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"MAX_TOKENS\",\"usage\":{\"billed_units\":{\"input_tokens\":3,\"output_tokens\":4},\"tokens\":{\"input_tokens\":69,\"output_tokens\":4}}}}\n\n",
                "data: [DONE]\n\n",
            ))
            .becomes(
                "chat command-a-03-2025",
                &[("gen_ai.usage.input_tokens", "3"), ("gen_ai.response.finish_reasons", r#"["max_tokens"]"#)],
            ),
        Exchange::json("http://api.cohere.ai/v1/chat", r#"{"model":"command-r","message":"secret","stream":true}"#)
            .framed("application/stream+json")
            .answers(concat!(
                "{\"is_finished\":false,\"event_type\":\"stream-start\",\"generation_id\":\"g\"}\n",
                "{\"is_finished\":false,\"event_type\":\"text-generation\",\"text\":\"secret\"}\n",
                "{\"is_finished\":true,\"event_type\":\"stream-end\",\"response\":{\"response_id\":\"r\",\"finish_reason\":\"COMPLETE\",\"meta\":{\"billed_units\":{\"input_tokens\":5,\"output_tokens\":6}}},\"finish_reason\":\"COMPLETE\"}\n",
            ))
            .becomes("chat command-r", &[("gen_ai.usage.output_tokens", "6"), ("gen_ai.request.stream", "true")]),
        Exchange::json("http://api.cohere.com/v2/embed", r#"{"model":"embed-v4.0","texts":["secret"],"output_dimension":1024}"#)
            .answers(r#"{"id":"e1","embeddings":{"float":[[0.1]]},"texts":["secret"],"meta":{"api_version":{"version":"2"},"billed_units":{"input_tokens":2,"images":1}}}"#)
            .becomes(
                "embeddings embed-v4.0",
                &[("gen_ai.usage.input_tokens", "2"), ("telemetry.gen_ai.usage.input_images", "1"), ("gen_ai.embeddings.dimension.count", "1024")],
            ),
        Exchange::json("http://api.cohere.com/v2/rerank", r#"{"model":"rerank-v3.5","query":"secret","documents":["secret"]}"#)
            .answers(r#"{"id":"k1","results":[{"index":0,"relevance_score":0.9}],"meta":{"billed_units":{"search_units":1}}}"#)
            .becomes("rerank rerank-v3.5", &[("telemetry.gen_ai.usage.search_units", "1")]),
        // The API for those who speak OpenAI's.
        Exchange::json("http://api.cohere.ai/compatibility/v1/chat/completions", r#"{"model":"command-a-03-2025","messages":[{"role":"user","content":"secret"}],"seed":3}"#)
            .answers(r#"{"id":"c3","object":"chat.completion","model":"command-a-03-2025","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"secret"}}],"usage":{"prompt_tokens":9,"completion_tokens":11,"total_tokens":20}}"#)
            .becomes(
                "chat command-a-03-2025",
                &[
                    ("gen_ai.provider.name", "cohere"),
                    ("gen_ai.request.seed", "3"),
                    ("gen_ai.response.finish_reasons", r#"["stop"]"#),
                    ("gen_ai.usage.input_tokens", "9"),
                ],
            ),
        Exchange::json("http://api.cohere.com/v1/generate", r#"{"model":"command-light","prompt":"secret","stop_sequences":["a","b"],"frequency_penalty":0.5}"#)
            .answers(r#"{"id":"g1","generations":[{"id":"g2","text":"secret","finish_reason":"COMPLETE"}],"meta":{"billed_units":{"input_tokens":4,"output_tokens":5},"cached_tokens":2}}"#)
            .becomes(
                "text_completion command-light",
                &[
                    ("gen_ai.request.stop_sequences", r#"["a","b"]"#),
                    ("gen_ai.request.frequency_penalty", "0.5"),
                    ("gen_ai.usage.input_tokens", "4"),
                    ("gen_ai.usage.cache_read.input_tokens", "2"),
                ],
            ),
        // Cohere's reasons may be failures.
        Exchange::json("http://api.cohere.com/v2/chat", r#"{"model":"command-a-03-2025","messages":[]}"#)
            .answers(r#"{"id":"c4","finish_reason":"ERROR_TOXIC","message":{"role":"assistant"},"usage":{"tokens":{"input_tokens":12,"output_tokens":0}}}"#)
            .becomes(
                "chat command-a-03-2025",
                &[
                    ("error.type", "_OTHER"),
                    ("gen_ai.response.finish_reasons", r#"["error_toxic"]"#),
                    // Nothing was billed apart.
                    ("gen_ai.usage.input_tokens", "12"),
                ],
            ),
        Exchange::events("http://api.cohere.com/v2/chat", r#"{"model":"command-a-03-2025","stream":true}"#)
            .answers(concat!(
                "event: message-start\ndata: {\"id\":\"c5\",\"type\":\"message-start\",\"delta\":{\"message\":{\"role\":\"assistant\"}}}\n\n",
                "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"error\":\"secret\",\"finish_reason\":\"ERROR\"}}\n\n",
            ))
            .becomes("chat command-a-03-2025", &[("error.type", "_OTHER"), ("gen_ai.response.id", "c5")]),
    ]
}
