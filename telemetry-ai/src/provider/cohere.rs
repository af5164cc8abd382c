//! Cohere: chat, embeddings and reranking, of both versions.

use serde::Deserialize;

use super::{
    openai, picks,
    protocol::{Protocol, RequestLine, Target},
};
use crate::{
    Operation, RequestParameters, Usage,
    stream::{Node, Reply, value::text},
    usage::Count,
};

/// Cohere's own API.
#[derive(Debug)]
pub(crate) struct Cohere;

impl Protocol for Cohere {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let path = request.trimmed();
        let operation = match path.rsplit('/').next() {
            _ if !request.is_post() => return None,
            Some("chat") => Operation::CHAT,
            Some("generate") => Operation::TEXT_COMPLETION,
            Some("embed") => Operation::EMBEDDINGS,
            Some("rerank") => Operation::RERANK,
            _ => return openai::OpenAi.recognise(request),
        };
        Some(self.declared(&operation))
    }

    fn declared(&self, operation: &Operation) -> Target {
        Target::new(operation.clone(), &Cohere, &REQUEST, &RESPONSE)
    }
}

/// A response, or an event of a streamed one.
static RESPONSE: Node<Reply> = Node::object(&[
    ("id", Node::scalar(picks::id)),
    ("response_id", Node::scalar(picks::id)),
    ("generation_id", Node::scalar(picks::id)),
    ("type", Node::scalar(event_type)),
    ("event_type", Node::scalar(event_type)),
    ("finish_reason", Node::scalar(finish_reason)),
    ("usage", Node::whole(usage)),
    ("meta", Node::whole(usage)),
    (
        "delta",
        Node::object(&[
            ("finish_reason", Node::scalar(finish_reason)),
            ("usage", Node::whole(usage)),
            ("error", Node::scalar(picks::error_text)),
        ]),
    ),
    (
        "response",
        Node::object(&[
            ("response_id", Node::scalar(picks::id)),
            ("finish_reason", Node::scalar(finish_reason)),
            ("meta", Node::whole(usage)),
        ]),
    ),
    ("error", picks::ERROR),
]);

/// The body of a request.
static REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("stream", Node::scalar(picks::stream)),
    ("max_tokens", Node::scalar(picks::max_tokens)),
    ("temperature", Node::scalar(picks::temperature)),
    ("p", Node::scalar(picks::top_p)),
    ("k", Node::scalar(picks::top_k)),
    ("frequency_penalty", Node::scalar(picks::frequency_penalty)),
    ("presence_penalty", Node::scalar(picks::presence_penalty)),
    ("seed", Node::scalar(picks::seed)),
    ("stop_sequences", picks::STOP),
    ("output_dimension", Node::scalar(picks::dimensions)),
    ("embedding_types", picks::ENCODING_FORMATS),
]);

fn event_type(reply: &mut Reply, value: &[u8]) {
    reply.closing |= matches!(text(value).as_deref(), Some("message-end" | "stream-end"));
}

/// Cohere shouts its reasons, and `ERROR` is one of them.
fn finish_reason(reply: &mut Reply, value: &[u8]) {
    let Some(reason) = text(value) else {
        return;
    };
    if reason.starts_with("ERROR") {
        reply.failed(None);
    }
    reply.choice(0, Some(&reason.to_ascii_lowercase()));
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    billed_units: Option<Units>,
    tokens: Option<Units>,
    cached_tokens: Count,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Units {
    input_tokens: Count,
    output_tokens: Count,
    search_units: Count,
    images: Count,
}

/// What is billed stands, not what was used: Cohere's own preamble is counted, but free.
fn usage(reply: &mut Reply, value: &[u8]) {
    let Ok(wire) = serde_json::from_slice::<Wire>(value) else {
        return;
    };
    let (billed, used) = (wire.billed_units.unwrap_or_default(), wire.tokens.unwrap_or_default());
    let mut later = Usage {
        input_tokens: billed.input_tokens.0.or(used.input_tokens.0),
        output_tokens: billed.output_tokens.0.or(used.output_tokens.0),
        cache_read_input_tokens: wire.cached_tokens.0,
        ..Usage::default()
    };
    later.units.search_units = billed.search_units.0;
    later.units.input_images = billed.images.0;
    reply.usage(Some(later));
}
