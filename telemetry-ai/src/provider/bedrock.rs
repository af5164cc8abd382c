//! Amazon Bedrock: `Converse` and `InvokeModel`, plain and streamed.

use std::borrow::Cow;

use serde::Deserialize;

use super::{
    anthropic, openai, picks,
    protocol::{HeaderLookup, Protocol, RequestLine, Target},
};
use crate::{
    Operation, RequestParameters, Usage,
    error_code::snake_case,
    stream::{
        Node, Reply, decode_base64, set_word,
        value::{count, text},
    },
    usage::{Count, Word},
};

/// The runtime of Bedrock.
#[derive(Debug)]
pub(crate) struct Bedrock;

/// An event that wraps another provider's may be as long as this, in base64.
const LONGEST_WRAPPED: usize = 256 * 1024;

impl Protocol for Bedrock {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let (_, rest) = request.path.split_once("/model/")?;
        let (model, method) = rest.rsplit_once('/')?;
        if !request.is_post() {
            return None;
        }
        let model = percent_decoded(model);
        let invoked = |operation| Target::new(operation, &Bedrock, &INVOKE_REQUEST, &INVOKED);
        let operation = operation_of(&model);
        let target = match method {
            "converse" => Target::new(Operation::CHAT, &Bedrock, &REQUEST, &CONVERSED),
            "converse-stream" => {
                Target::new(Operation::CHAT, &Bedrock, &REQUEST, &CONVERSED).streamed(true)
            }
            "invoke" => invoked(operation),
            "invoke-with-response-stream" => invoked(operation).streamed(true),
            _ => return None,
        };
        let geography = geography(&model).map(str::to_owned);
        Some(target.model(Some(&model)).geography(geography.as_deref()).wrapping(&INVOKED))
    }

    fn declared(&self, operation: &Operation) -> Target {
        Target::new(operation.clone(), &Bedrock, &REQUEST, &CONVERSED).wrapping(&INVOKED)
    }

    fn headers(&self, headers: HeaderLookup<'_>, reply: &mut Reply) {
        reply.set_id(headers("x-amzn-requestid"));
        set_word(&mut reply.service_tier, headers("x-amzn-bedrock-service-tier"));
        let stated = |name| headers(name).and_then(|value| count(value.as_bytes()));
        let Some(input) = stated("x-amzn-bedrock-input-token-count") else {
            return;
        };
        reply.fresh_input_tokens = Some(input);
        let usage = reply.usage_mut();
        usage.output_tokens = stated("x-amzn-bedrock-output-token-count");
        usage.cache_read_input_tokens = stated("x-amzn-bedrock-cache-read-input-token-count");
        usage.cache_write_input_tokens = stated("x-amzn-bedrock-cache-write-input-token-count");
        anthropic::add_up_input(reply);
    }
}

/// What a model does when it is invoked, by its name.
fn operation_of(model: &str) -> Operation {
    if model.contains("embed") {
        Operation::EMBEDDINGS
    } else if model.contains("rerank") {
        Operation::RERANK
    } else if ["stability", "canvas", "image"].iter().any(|part| model.contains(part)) {
        Operation::GENERATE_IMAGE
    } else if model.contains("anthropic") || model.contains("openai.") {
        Operation::CHAT
    } else {
        Operation::TEXT_COMPLETION
    }
}

/// Inference profiles carry where they may run, which changes the price.
fn geography(model: &str) -> Option<&str> {
    // arn:aws:bedrock:us-east-1:1234:inference-profile/us.anthropic.…
    let name = model.rsplit('/').next().unwrap_or(model);
    let (prefix, _) = name.split_once('.')?;
    matches!(prefix, "us" | "eu" | "apac" | "global" | "us-gov" | "jp" | "au" | "ca")
        .then_some(prefix)
}

/// A model's id in a path has its colon and slashes encoded.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = tail.get(..2).filter(|_| *first == b'%').and_then(|hex| str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = &tail[2..];
            }
            None => {
                decoded.push(*first);
                rest = tail;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

/// An answer of `Converse`, or the payload of any event of its stream.
static CONVERSED: Node<Reply> = Node::object(&[
    ("stopReason", Node::scalar(picks::finish_reason)),
    ("usage", Node::whole(usage)),
    ("serviceTier", Node::object(&[("type", Node::scalar(service_tier))])),
    // The payload of an event of `InvokeModelWithResponseStream`.
    ("bytes", WRAPPED),
    ("__type", Node::scalar(exception)),
]);

const WRAPPED: Node<Reply> = Node::scalar(wrapped).at_most(LONGEST_WRAPPED);

/// What a model answers in its own vendor's words: Anthropic's message, Amazon's own, Meta's,
/// Mistral's, Cohere's, or OpenAI's, which many speak.
static INVOKED: Node<Reply> = Node::object(&[
    ("bytes", WRAPPED),
    ("type", Node::scalar(anthropic::event_type)),
    ("message", Node::object(anthropic::MEMBERS)),
    ("delta", Node::object(&[("stop_reason", Node::scalar(picks::finish_reason))])),
    ("stop_reason", Node::scalar(picks::finish_reason)),
    ("stopReason", Node::scalar(picks::finish_reason)),
    ("usage", Node::whole(vendor_usage)),
    ("choices", Node::list(&openai::CHOICE)),
    ("prompt_token_count", Node::scalar(prompt_tokens)),
    ("generation_token_count", Node::scalar(generated_tokens)),
    ("inputTextTokenCount", Node::scalar(prompt_tokens)),
    ("images", Node::list(&IMAGE)),
    ("error", picks::ERROR),
    ("__type", Node::scalar(exception)),
    ("amazon-bedrock-invocationMetrics", Node::whole(anthropic::invocation_metrics)),
]);

static IMAGE: Node<Reply> = Node::scalar(image);

/// The body of a `Converse` request.
static REQUEST: Node<RequestParameters> = Node::object(&[
    (
        "inferenceConfig",
        Node::object(&[
            ("maxTokens", Node::scalar(picks::max_tokens)),
            ("temperature", Node::scalar(picks::temperature)),
            ("topP", Node::scalar(picks::top_p)),
            ("stopSequences", picks::STOP),
        ]),
    ),
    (
        "guardrailConfig",
        Node::object(&[("guardrailIdentifier", Node::scalar(picks::guardrail_id))]),
    ),
]);

/// The body of an `InvokeModel` request, in the words of most vendors.
static INVOKE_REQUEST: Node<RequestParameters> = Node::object(&[
    ("max_tokens", Node::scalar(picks::max_tokens)),
    ("max_gen_len", Node::scalar(picks::max_tokens)),
    ("temperature", Node::scalar(picks::temperature)),
    ("top_p", Node::scalar(picks::top_p)),
    ("top_k", Node::scalar(picks::top_k)),
    ("stop_sequences", picks::STOP),
    ("seed", Node::scalar(picks::seed)),
    ("dimensions", Node::scalar(picks::dimensions)),
]);

fn wrapped(reply: &mut Reply, value: &[u8]) {
    let inner = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    reply.wrapped = inner.and_then(decode_base64).unwrap_or_default();
}

/// `com.amazon.coral.service#AccessDeniedException`, in a body.
fn exception(reply: &mut Reply, value: &[u8]) {
    if let Some(name) = text(value) {
        reply.failed(Some(&snake_case(name.rsplit('#').next().unwrap_or(&name))));
    }
}

/// The tier that served: `default`, `flex`, `priority`, `reserved`.
fn service_tier(reply: &mut Reply, value: &[u8]) {
    set_word(&mut reply.service_tier, text(value).as_deref());
}

fn prompt_tokens(reply: &mut Reply, value: &[u8]) {
    let usage = reply.usage_mut();
    usage.input_tokens = count(value).or(usage.input_tokens);
}

fn generated_tokens(reply: &mut Reply, value: &[u8]) {
    let usage = reply.usage_mut();
    usage.output_tokens = count(value).or(usage.output_tokens);
}

fn image(reply: &mut Reply, _: &[u8]) {
    *reply.usage_mut().units.output_images.get_or_insert(0) += 1;
}

/// The usage of a vendor's body: Amazon's own words, OpenAI's, or Anthropic's.
fn vendor_usage(reply: &mut Reply, value: &[u8]) {
    let says = |word: &[u8]| value.windows(word.len()).any(|part| part == word);
    if says(b"inputTokens") {
        usage(reply, value);
    } else if says(b"prompt_tokens") {
        openai::usage(reply, value);
    } else {
        anthropic::usage(reply, value);
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Wire {
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_read_input_token_count: Count,
    cache_write_input_tokens: Count,
    cache_write_input_token_count: Count,
    cache_details: Option<Vec<CacheDetail>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct CacheDetail {
    ttl: Word,
    input_tokens: Count,
}

/// `inputTokens` leaves the cache out.
fn usage(reply: &mut Reply, value: &[u8]) {
    let Ok(wire) = serde_json::from_slice::<Wire>(value) else {
        return;
    };
    reply.fresh_input_tokens = wire.input_tokens.0.or(reply.fresh_input_tokens);
    let mut later = Usage {
        output_tokens: wire.output_tokens.0,
        cache_read_input_tokens: wire
            .cache_read_input_tokens
            .0
            .or(wire.cache_read_input_token_count.0),
        cache_write_input_tokens: wire
            .cache_write_input_tokens
            .0
            .or(wire.cache_write_input_token_count.0),
        ..Usage::default()
    };
    for detail in wire.cache_details.unwrap_or_default() {
        match detail.ttl.0.as_deref() {
            Some("5m") => later.cache_writes.five_minutes = detail.input_tokens.0,
            Some("1h") => later.cache_writes.one_hour = detail.input_tokens.0,
            _ => {}
        }
    }
    reply.usage(Some(later));
    anthropic::add_up_input(reply);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_and_its_geography_are_read_from_the_path() {
        let of = |path| {
            let request = RequestLine { method: "POST", host: "", path, query: "" };
            Bedrock.recognise(&request).map(|target| {
                (target.operation.to_string(), target.model.unwrap_or_default(), target.geography)
            })
        };
        let chat = |model: &str, geography: Option<&str>| {
            Some(("chat".to_owned(), model.to_owned(), geography.map(str::to_owned)))
        };
        assert_eq!(
            of("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"),
            chat("us.anthropic.claude-sonnet-4-5-20250929-v1:0", Some("us"))
        );
        assert_eq!(
            of(
                "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Feu.anthropic.claude-x/invoke"
            ),
            chat("arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-x", Some("eu"))
        );
        assert_eq!(
            of("/model/anthropic.claude-x/invoke-with-response-stream"),
            chat("anthropic.claude-x", None)
        );
        assert_eq!(
            of("/model/amazon.titan-embed-text-v2:0/invoke").map(|found| found.0).as_deref(),
            Some("embeddings")
        );
        assert_eq!(of("/model/x/count-tokens"), None);
        assert_eq!(percent_decoded("a%2"), "a%2");
        assert_eq!(percent_decoded("%zz%3A"), "%zz:");
    }
}
