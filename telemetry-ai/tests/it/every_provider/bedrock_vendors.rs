//! What vendors' models answer behind Bedrock, each in its own words, and how Bedrock refuses.

use super::{Exchange, bedrock::exception};

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        // Both lifetimes of what was written to the cache.
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1:0/converse", r#"{"messages":[]}"#)
            .answers(r#"{"output":{"message":{"role":"assistant","content":[{"text":"secret"}]}},"stopReason":"tool_use","usage":{"inputTokens":1000,"outputTokens":500,"totalTokens":4500,"cacheReadInputTokenCount":2000,"cacheWriteInputTokenCount":1000,"cacheDetails":[{"ttl":"5m","inputTokens":400},{"ttl":"1h","inputTokens":600},{"ttl":"24h","inputTokens":7}]}}"#)
            .becomes(
                "chat us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                &[
                    ("gen_ai.response.finish_reasons", r#"["tool_use"]"#),
                    ("gen_ai.usage.input_tokens", "4000"),
                    ("gen_ai.usage.cache_read.input_tokens", "2000"),
                    ("gen_ai.usage.cache_write.input_tokens", "1000"),
                    // 1,000 at 3, 2,000 at .3, 400 at 3.75, 600 at 6 and 500 at 15 dollars the million,
                    // and a tenth more in this geography.
                    ("gen_ai.usage.cost.amount", "0.01782"),
                    ("telemetry.gen_ai.cost.status", "exact"),
                ],
            ),
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-canvas-v1:0/invoke", r#"{"taskType":"TEXT_IMAGE","textToImageParams":{"text":"secret"},"imageGenerationConfig":{"numberOfImages":2}}"#)
            .answers(r#"{"images":["c2VjcmV0","c2VjcmV0"],"error":null}"#)
            .becomes(
                "generate_image amazon.nova-canvas-v1:0",
                &[("gen_ai.provider.name", "aws.bedrock"), ("telemetry.gen_ai.usage.images", "2")],
            ),
        Exchange::json("http://bedrock-runtime.us-west-2.amazonaws.com/model/stability.stable-image-core-v1:1/invoke", r#"{"prompt":"secret","seed":7}"#)
            .answers(r#"{"seeds":[7],"finish_reasons":[null],"images":["c2VjcmV0"]}"#)
            .becomes(
                "generate_image stability.stable-image-core-v1:1",
                &[("gen_ai.request.seed", "7"), ("telemetry.gen_ai.usage.images", "1")],
            ),
        Exchange::json("http://bedrock-runtime.us-west-2.amazonaws.com/model/cohere.rerank-v3-5:0/invoke", r#"{"query":"secret","documents":["secret"],"api_version":2}"#)
            .headed(&[("x-amzn-requestid", "aws-2")])
            .answers(r#"{"results":[{"index":0,"relevance_score":0.9}]}"#)
            .becomes("rerank cohere.rerank-v3-5:0", &[("gen_ai.response.id", "aws-2")]),
        // Amazon's own words, in the body of an invocation.
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.nova-lite-v1:0/invoke", r#"{"messages":[]}"#)
            .answers(r#"{"output":{"message":{"content":[{"text":"secret"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"inputTokens":12,"outputTokens":34,"totalTokens":46,"cacheReadInputTokenCount":0,"cacheWriteInputTokenCount":0}}"#)
            .becomes(
                "text_completion amazon.nova-lite-v1:0",
                &[("gen_ai.usage.input_tokens", "12"), ("gen_ai.usage.output_tokens", "34"), ("gen_ai.response.finish_reasons", r#"["end_turn"]"#)],
            ),
        // The counts of the headers, cache included.
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/mistral.mistral-7b-instruct-v0:2/invoke", r#"{"prompt":"secret","max_tokens":9,"top_k":3}"#)
            .headed(&[
                ("x-amzn-bedrock-input-token-count", "10"),
                ("x-amzn-bedrock-output-token-count", "9"),
                ("x-amzn-bedrock-cache-read-input-token-count", "100"),
                ("x-amzn-bedrock-cache-write-input-token-count", "1000"),
            ])
            .answers(r#"{"outputs":[{"text":"secret","stop_reason":"length"}]}"#)
            .becomes(
                "text_completion mistral.mistral-7b-instruct-v0:2",
                &[
                    ("gen_ai.request.max_tokens", "9"),
                    ("gen_ai.usage.input_tokens", "1110"),
                    ("gen_ai.usage.output_tokens", "9"),
                    ("gen_ai.usage.cache_read.input_tokens", "100"),
                    ("gen_ai.usage.cache_write.input_tokens", "1000"),
                ],
            ),
        // An exception that comes as a document under a status of success.
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-x/converse", r#"{"messages":[]}"#)
            .answers(r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"secret"}"#)
            .becomes("chat anthropic.claude-x", &[("error.type", "access_denied_exception")]),
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/meta.llama3-8b/invoke", r#"{"prompt":"secret"}"#)
            .answers(r#"{"__type":"ModelTimeoutException","message":"secret"}"#)
            .becomes("text_completion meta.llama3-8b", &[("error.type", "model_timeout_exception")]),
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-x/invoke-with-response-stream", r#"{"messages":[]}"#)
            .framed("application/vnd.amazon.eventstream")
            .answers(exception("modelStreamErrorException", r#"{"message":"secret","originalMessage":"secret","originalStatusCode":500}"#))
            .becomes("chat anthropic.claude-x", &[("error.type", "model_stream_error_exception")]),
    ]
}
