//! Ollama's own API; its OpenAI-compatible one is read as such.

use rust_decimal::Decimal;

use super::{
    openai, picks,
    protocol::{Protocol, RequestLine, Target},
};
use crate::{
    Operation, RequestParameters,
    stream::{
        Node, Reply,
        value::{count, is_true},
    },
};

/// A server of Ollama's.
#[derive(Debug)]
pub(crate) struct Ollama;

impl Protocol for Ollama {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let path = request.trimmed();
        let ends = |end: &str| path == end || path.ends_with(&format!("/{end}"));
        let operation = if !request.is_post() {
            return None;
        } else if ends("api/chat") {
            Operation::CHAT
        } else if ends("api/generate") {
            Operation::TEXT_COMPLETION
        } else if ends("api/embed") || ends("api/embeddings") {
            Operation::EMBEDDINGS
        } else {
            return openai::OpenAi.recognise(request);
        };
        Some(self.declared(&operation))
    }

    fn declared(&self, operation: &Operation) -> Target {
        // Answers are streamed unless the request says otherwise.
        let streamed = *operation != Operation::EMBEDDINGS;
        Target::new(operation.clone(), &Ollama, &REQUEST, &RESPONSE).streamed(streamed)
    }
}

/// A response, or a line of a streamed one.
static RESPONSE: Node<Reply> = Node::object(&[
    ("model", Node::scalar(picks::model)),
    ("done", Node::scalar(done)),
    ("done_reason", Node::scalar(picks::finish_reason)),
    ("prompt_eval_count", Node::scalar(input_tokens)),
    ("eval_count", Node::scalar(output_tokens)),
    ("total_duration", Node::scalar(total_duration)),
    ("error", picks::ERROR),
]);

/// The body of a request.
static REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("stream", Node::scalar(stream)),
    (
        "options",
        Node::object(&[
            ("num_predict", Node::scalar(picks::max_tokens)),
            ("temperature", Node::scalar(picks::temperature)),
            ("top_p", Node::scalar(picks::top_p)),
            ("top_k", Node::scalar(picks::top_k)),
            ("seed", Node::scalar(picks::seed)),
            ("stop", picks::STOP),
        ]),
    ),
]);

fn stream(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.stream = value != b"false";
}

fn done(reply: &mut Reply, value: &[u8]) {
    reply.closing |= is_true(value);
}

fn input_tokens(reply: &mut Reply, value: &[u8]) {
    reply.usage_mut().input_tokens = count(value);
}

fn output_tokens(reply: &mut Reply, value: &[u8]) {
    reply.usage_mut().output_tokens = count(value);
}

/// Nanoseconds of the machine, the loading of the model included.
fn total_duration(reply: &mut Reply, value: &[u8]) {
    let nanoseconds = count(value).map(i128::from);
    reply.usage_mut().units.compute_seconds =
        nanoseconds.and_then(|nanoseconds| Decimal::try_from_i128_with_scale(nanoseconds, 9).ok());
}
