//! Bedrock: converse and invoke, plain and as event streams.

use super::Exchange;

const CONVERSE: &str = r#"{"messages":[{"role":"user","content":[{"text":"secret"}]}],"inferenceConfig":{"maxTokens":512,"temperature":0.5,"topP":0.9,"stopSequences":["x"]}}"#;

/// A message of the binary event stream, its checksums as the specification has them.
fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut packed = Vec::new();
    for (name, value) in headers {
        packed.push(u8::try_from(name.len()).unwrap());
        packed.extend(name.as_bytes());
        packed.push(7);
        packed.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        packed.extend(value.as_bytes());
    }
    let mut message = Vec::new();
    let total = 16 + packed.len() + payload.len();
    message.extend(u32::try_from(total).unwrap().to_be_bytes());
    message.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
    message.extend(crc32(&message).to_be_bytes());
    message.extend(packed);
    message.extend(payload.as_bytes());
    message.extend(crc32(&message).to_be_bytes());
    message
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

pub(crate) fn event(kind: &str, payload: &str) -> Vec<u8> {
    message(
        &[(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")],
        payload,
    )
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut bits = [0; 3];
        bits[..group.len()].copy_from_slice(group);
        let bits = u32::from(bits[0]) << 16 | u32::from(bits[1]) << 8 | u32::from(bits[2]);
        for at in 0..4 {
            let sextet = (bits >> (18 - 6 * at) & 63) as usize;
            text.push(if at <= group.len() { ALPHABET[sextet] as char } else { '=' });
        }
    }
    text
}

pub(super) fn wrapped(inner: &str) -> Vec<u8> {
    event("chunk", &format!(r#"{{"bytes":"{}","p":"abcd"}}"#, base64(inner.as_bytes())))
}

pub(super) fn exchanges() -> Vec<Exchange> {
    vec![
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse", CONVERSE)
            .headed(&[("x-amzn-requestid", "aws-1")])
            .answers(r#"{"output":{"message":{"role":"assistant","content":[{"text":"secret"}]}},"stopReason":"end_turn","usage":{"inputTokens":1000,"outputTokens":500,"totalTokens":4500,"cacheReadInputTokens":2000,"cacheWriteInputTokens":1000,"cacheDetails":[{"ttl":"5m","inputTokens":1000}]},"metrics":{"latencyMs":100}}"#)
            .becomes(
                "chat us.anthropic.claude-sonnet-4-5-20250929-v1:0",
                &[
                    ("gen_ai.provider.name", "aws.bedrock"),
                    ("gen_ai.request.max_tokens", "512"),
                    ("gen_ai.response.id", "aws-1"),
                    ("gen_ai.response.finish_reasons", r#"["end_turn"]"#),
                    ("gen_ai.usage.input_tokens", "4000"),
                    ("gen_ai.usage.cache_read.input_tokens", "2000"),
                    ("gen_ai.usage.cache_write.input_tokens", "1000"),
                    ("gen_ai.usage.output_tokens", "500"),
                ],
            ),
        Exchange::json("http://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.amazon.nova-pro-v1:0/converse-stream", CONVERSE)
            .framed("application/vnd.amazon.eventstream")
            .answers([
                event("messageStart", r#"{"role":"assistant"}"#),
                event("contentBlockDelta", r#"{"delta":{"text":"secret \"stopReason\":\"x\""}}"#),
                event("messageStop", r#"{"stopReason":"max_tokens"}"#),
                event("metadata", r#"{"usage":{"inputTokens":10,"outputTokens":5,"totalTokens":15},"metrics":{"latencyMs":1}}"#),
            ].concat())
            .becomes(
                "chat eu.amazon.nova-pro-v1:0",
                &[
                    ("gen_ai.request.stream", "true"),
                    ("gen_ai.response.finish_reasons", r#"["max_tokens"]"#),
                    ("gen_ai.usage.input_tokens", "10"),
                    ("gen_ai.usage.output_tokens", "5"),
                ],
            ),
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1:0/invoke-with-response-stream", r#"{"anthropic_version":"bedrock-2023-05-31","max_tokens":7,"messages":[]}"#)
            .framed("application/vnd.amazon.eventstream")
            .answers([
                wrapped(r#"{"type":"message_start","message":{"id":"msg_bdrk_1","model":"claude-3-haiku-20240307","usage":{"input_tokens":21,"cache_read_input_tokens":100,"output_tokens":1}}}"#),
                wrapped(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"secret"}}"#),
                wrapped(r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":12}}"#),
                wrapped(r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":21,"outputTokenCount":12,"invocationLatency":500,"firstByteLatency":100}}"#),
            ].concat())
            .becomes(
                "chat anthropic.claude-3-haiku-20240307-v1:0",
                &[
                    ("gen_ai.request.max_tokens", "7"),
                    ("gen_ai.response.finish_reasons", r#"["end_turn"]"#),
                    ("gen_ai.usage.input_tokens", "121"),
                    ("gen_ai.usage.output_tokens", "12"),
                ],
            ),
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/meta.llama3-8b/invoke-with-response-stream", r#"{"prompt":"secret","max_gen_len":7}"#)
            .framed("application/vnd.amazon.eventstream")
            .answers([
                wrapped(r#"{"generation":"secret","prompt_token_count":9,"generation_token_count":1,"stop_reason":null}"#),
                wrapped(r#"{"generation":"","prompt_token_count":null,"generation_token_count":4,"stop_reason":"stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":4}}"#),
            ].concat())
            .becomes(
                "text_completion meta.llama3-8b",
                &[("gen_ai.usage.input_tokens", "9"), ("gen_ai.usage.output_tokens", "4"), ("gen_ai.response.finish_reasons", r#"["stop"]"#)],
            ),
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/amazon.titan-embed-text-v2%3A0/invoke", r#"{"inputText":"secret","dimensions":512}"#)
            .headed(&[("x-amzn-bedrock-input-token-count", "6")])
            .answers(r#"{"embedding":[0.1,0.2],"inputTextTokenCount":6}"#)
            .becomes("embeddings amazon.titan-embed-text-v2:0", &[("gen_ai.usage.input_tokens", "6")]),
        Exchange::json("http://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-x/converse-stream", CONVERSE)
            .framed("application/vnd.amazon.eventstream")
            .answers([
                event("messageStart", r#"{"role":"assistant"}"#),
                message(&[(":exception-type", "throttlingException"), (":content-type", "application/json"), (":message-type", "exception")], r#"{"message":"secret"}"#),
            ].concat())
            .becomes("chat anthropic.claude-x", &[("error.type", "throttling_exception")]),
    ]
}

/// A message that ends a stream with an exception.
pub(super) fn exception(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [
        (":exception-type", kind),
        (":content-type", "application/json"),
        (":message-type", "exception"),
    ];
    message(&headers, payload)
}
