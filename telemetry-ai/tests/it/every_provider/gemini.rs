//! Gemini and Vertex AI.

use super::Exchange;

const REQUEST: &str = r#"{"contents":[{"parts":[{"text":"secret"}]}],"generationConfig":{"temperature":0.5,"topP":0.9,"topK":40,"maxOutputTokens":100,"stopSequences":["a"],"seed":1,"thinkingConfig":{"thinkingLevel":"low"}}}"#;
const ANSWER: &str = r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"secret"}]},"finishReason":"STOP","index":0,"groundingMetadata":{"webSearchQueries":["secret"]}}],"modelVersion":"gemini-2.5-pro","responseId":"r1","usageMetadata":{"promptTokenCount":50000,"cachedContentTokenCount":40000,"candidatesTokenCount":800,"thoughtsTokenCount":2500,"toolUsePromptTokenCount":8,"totalTokenCount":53308,"trafficType":"ON_DEMAND","promptTokensDetails":[{"modality":"TEXT","tokenCount":50000}]}}"#;

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        Exchange::json("http://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent?key=secret", REQUEST)
            .answers(ANSWER)
            .becomes(
                "generate_content gemini-2.5-pro",
                &[
                    ("gen_ai.provider.name", "gcp.gemini"),
                    ("gen_ai.request.max_tokens", "100"),
                    ("gen_ai.request.top_k", "40"),
                    ("gen_ai.request.reasoning.level", "low"),
                    ("gen_ai.response.id", "r1"),
                    ("gen_ai.response.finish_reasons", r#"["stop"]"#),
                    ("gen_ai.usage.input_tokens", "50008"),
                    ("gen_ai.usage.cache_read.input_tokens", "40000"),
                    ("gen_ai.usage.output_tokens", "3300"),
                    ("gen_ai.usage.reasoning.output_tokens", "2500"),
                    ("telemetry.gen_ai.usage.web_searches", "1"),
                ],
            ),
        Exchange::events("http://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse", REQUEST)
            .answers(format!("data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"a\"}}]}},\"index\":0}}],\"usageMetadata\":{{\"promptTokenCount\":50000,\"candidatesTokenCount\":3}}}}\r\n\r\ndata: {ANSWER}\r\n\r\n"))
            .becomes(
                "generate_content gemini-2.5-pro",
                &[("gen_ai.request.stream", "true"), ("gen_ai.usage.output_tokens", "3300")],
            ),
        Exchange::json("http://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/models/gemini-2.5-pro:streamGenerateContent", REQUEST)
            .answers(format!("[{{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"a\"}}]}}}}],\"usageMetadata\":{{\"promptTokenCount\":50000}}}}\n,\r\n{ANSWER}]"))
            .becomes(
                "generate_content gemini-2.5-pro",
                &[
                    ("gen_ai.provider.name", "gcp.vertex_ai"),
                    ("gen_ai.request.stream", "true"),
                    ("gen_ai.usage.output_tokens", "3300"),
                ],
            ),
        Exchange::json("http://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/publishers/google/models/text-embedding-005:predict", r#"{"instances":[{"content":"secret"}]}"#)
            .answers(r#"{"predictions":[{"embeddings":{"values":[0.1],"statistics":{"token_count":7,"truncated":false}}},{"embeddings":{"statistics":{"token_count":4}}}]}"#)
            .becomes("embeddings text-embedding-005", &[("gen_ai.usage.input_tokens", "11")]),
        Exchange::json("http://generativelanguage.googleapis.com/v1beta/models/imagen-4:predict", r#"{"instances":[{"prompt":"secret"}],"parameters":{"sampleCount":2,"sampleImageSize":"2K"}}"#)
            .answers(r#"{"predictions":[{"mimeType":"image/png","bytesBase64Encoded":"AAAA"},{"mimeType":"image/png"}]}"#)
            .becomes(
                "generate_image imagen-4",
                &[("telemetry.gen_ai.usage.images", "2"), ("telemetry.gen_ai.request.image.size", "2K")],
            ),
        Exchange::json("http://generativelanguage.googleapis.com/v1beta/openai/chat/completions", r#"{"model":"gemini-2.5-flash"}"#)
            .answers(r#"{"id":"x","model":"gemini-2.5-flash","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":3,"total_tokens":27}}"#)
            .becomes("chat gemini-2.5-flash", &[("gen_ai.provider.name", "gcp.gemini"), ("gen_ai.usage.input_tokens", "4")]),
    ]
}
