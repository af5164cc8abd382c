//! Chat completions, and text completions of the older kind.

use super::{super::picks, service_tier};
use crate::{
    RequestParameters,
    stream::{
        Node, Reply,
        value::{integer, text},
    },
};

/// A completion, or a chunk of a streamed one.
pub(crate) static CHAT: Node<Reply> = Node::object(&[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    // The first chunk may say `auto`, the last one what it was.
    ("service_tier", Node::scalar(service_tier)),
    ("system_fingerprint", Node::scalar(system_fingerprint)),
    ("choices", Node::list(&CHOICE)),
    ("usage", USAGE),
    // Groq states the usage of a stream here.
    ("x_groq", Node::object(&[("usage", USAGE)])),
    ("error", picks::ERROR),
]);

pub(crate) static CHOICE: Node<Reply> = Node::object(&[
    ("index", Node::scalar(picks::item_index)),
    ("finish_reason", Node::scalar(picks::item_finish_reason)),
    // Moonshot states the usage of a stream here.
    ("usage", USAGE),
])
.on_open(picks::begin_item)
.on_close(Reply::end_choice);

fn system_fingerprint(reply: &mut Reply, value: &[u8]) {
    if reply.system_fingerprint.is_none() {
        reply.set_system_fingerprint(text(value).as_deref());
    }
}

pub(super) const USAGE: Node<Reply> = Node::whole_or_in_place(usage, usage_in_place);

pub(in crate::provider) fn usage(reply: &mut Reply, value: &[u8]) {
    reply.usage(crate::usage::parse(value));
}

fn usage_in_place(reply: &mut Reply, bytes: &[u8]) -> Option<usize> {
    let (usage, length) = crate::usage::parse_in_place(bytes)?;
    reply.usage(usage);
    Some(length)
}

/// The body of a request.
pub(in crate::provider) static REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("stream", Node::scalar(picks::stream)),
    ("max_tokens", Node::scalar(older_max_tokens)),
    ("max_completion_tokens", Node::scalar(newer_max_tokens)),
    ("temperature", Node::scalar(picks::temperature)),
    ("top_p", Node::scalar(picks::top_p)),
    ("top_k", Node::scalar(picks::top_k)),
    ("frequency_penalty", Node::scalar(picks::frequency_penalty)),
    ("presence_penalty", Node::scalar(picks::presence_penalty)),
    ("n", Node::scalar(picks::choice_count)),
    ("seed", Node::scalar(picks::seed)),
    ("stop", picks::STOP),
    ("reasoning_effort", Node::scalar(picks::reasoning_level)),
    ("service_tier", Node::scalar(picks::service_tier)),
    ("response_format", Node::object(&[("type", Node::scalar(output_type))])),
]);

/// The older name; the newer one wins wherever it stands.
fn older_max_tokens(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.max_tokens = parameters.max_tokens.or(integer(value));
}

fn newer_max_tokens(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.max_tokens = integer(value).or(parameters.max_tokens);
}

pub(super) fn output_type(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.output_type = match text(value).as_deref() {
        Some("text") => Some("text"),
        Some("json_object" | "json_schema") => Some("json"),
        _ => None,
    };
}
