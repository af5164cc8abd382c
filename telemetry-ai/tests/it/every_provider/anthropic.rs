//! Anthropic's messages.

use super::Exchange;

const REQUEST: &str = r#"{"model":"claude-sonnet-4-5","max_tokens":1024,"temperature":1,"top_k":5,"stop_sequences":["END"],"system":"secret","messages":[{"role":"user","content":"secret"}],"output_config":{"effort":"low"}}"#;
const STREAM_REQUEST: &str =
    r#"{"model":"claude-sonnet-4-5","max_tokens":1024,"stream":true,"messages":[]}"#;

const STREAM: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5-20250929\",\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":25,\"cache_creation_input_tokens\":100,\"cache_read_input_tokens\":2000,\"cache_creation\":{\"ephemeral_5m_input_tokens\":60,\"ephemeral_1h_input_tokens\":40},\"output_tokens\":1,\"service_tier\":\"standard\"}}}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hé \\\"usage\\\": {\"}}\n\n",
    "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":15}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        Exchange::json("http://api.anthropic.com/v1/messages", REQUEST)
            .headed(&[("request-id", "req_1"), ("anthropic-ratelimit-input-tokens-remaining", "1000")])
            .answers(r#"{"id":"msg_01","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[{"type":"text","text":"secret"},{"type":"tool_use","id":"toolu_1","name":"f","input":{"model":"x"}}],"stop_reason":"tool_use","usage":{"input_tokens":21,"cache_creation_input_tokens":1200,"cache_read_input_tokens":188086,"cache_creation":{"ephemeral_5m_input_tokens":1200,"ephemeral_1h_input_tokens":0},"output_tokens":393,"server_tool_use":{"web_search_requests":3},"service_tier":"standard"}}"#)
            .becomes(
                "chat claude-sonnet-4-5",
                &[
                    ("gen_ai.provider.name", "anthropic"),
                    ("gen_ai.request.max_tokens", "1024"),
                    ("gen_ai.request.top_k", "5"),
                    ("gen_ai.request.stop_sequences", r#"["END"]"#),
                    ("gen_ai.request.reasoning.level", "low"),
                    ("gen_ai.response.id", "msg_01"),
                    ("gen_ai.response.model", "claude-sonnet-4-5-20250929"),
                    ("gen_ai.response.finish_reasons", r#"["tool_use"]"#),
                    ("gen_ai.usage.input_tokens", "189307"),
                    ("gen_ai.usage.cache_read.input_tokens", "188086"),
                    ("gen_ai.usage.cache_write.input_tokens", "1200"),
                    ("gen_ai.usage.output_tokens", "393"),
                    ("telemetry.gen_ai.usage.web_searches", "3"),
                ],
            ),
        Exchange::events("http://api.anthropic.com/v1/messages", STREAM_REQUEST).answers(STREAM).becomes(
            "chat claude-sonnet-4-5",
            &[
                ("gen_ai.request.stream", "true"),
                ("gen_ai.response.id", "msg_1"),
                ("gen_ai.response.finish_reasons", r#"["end_turn"]"#),
                ("gen_ai.usage.input_tokens", "2125"),
                ("gen_ai.usage.cache_write.input_tokens", "100"),
                ("gen_ai.usage.output_tokens", "15"),
            ],
        ),
        Exchange::events("http://api.anthropic.com/v1/messages", STREAM_REQUEST)
            .answers(concat!(
                "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_2\",\"model\":\"claude-sonnet-4-5\",\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n",
                "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"secret\"}}\n\n",
            ))
            .becomes(
                "chat claude-sonnet-4-5",
                &[("error.type", "overloaded_error"), ("gen_ai.usage.input_tokens", "25"), ("gen_ai.response.finish_reasons", r#"["error"]"#)],
            ),
        Exchange::events("http://us-east5-aiplatform.googleapis.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929:streamRawPredict", r#"{"anthropic_version":"vertex-2023-10-16","max_tokens":9,"stream":true,"messages":[]}"#)
            .answers(STREAM)
            .becomes(
                "chat claude-sonnet-4-5@20250929",
                &[("gen_ai.provider.name", "gcp.vertex_ai"), ("gen_ai.usage.input_tokens", "2125")],
            ),
    ]
}
